"""Posts of snscrape (``telegram-channel``)."""
