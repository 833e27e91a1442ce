"""How far each source has been published (SQLite)."""
