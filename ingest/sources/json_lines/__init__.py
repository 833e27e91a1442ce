"""JSON lines: posts of ours, one a line."""
