"""One channel that is collected: what is known of it, and what becomes of its messages."""
