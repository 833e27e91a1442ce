"""Updates of the Bot API, as ``getUpdates`` and webhooks give them."""
