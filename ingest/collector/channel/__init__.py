"""One collected channel: its state, and the handling of its messages."""
