"""Replay of files: source -> publisher -> acknowledgement -> cursor (SQLite)."""
