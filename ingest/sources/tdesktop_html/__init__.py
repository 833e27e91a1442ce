"""HTML exports of Telegram Desktop: pages of 1,000 messages each, of one chat or within a full export."""
