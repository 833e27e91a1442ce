"""Databases of Telegram-Archive (GeiserX): all chats of one or several accounts."""
