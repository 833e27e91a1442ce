"""Files of unnohwn/telegram-scraper: a SQLite database for each channel, and its exports as CSV and JSON."""
