"""Messages of Telegram -> posts: text, entities and attachments."""
