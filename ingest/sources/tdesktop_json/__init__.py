"""``result.json`` of Telegram Desktop: one chat, or a full export."""
