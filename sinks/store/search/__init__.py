"""Search over the store: queries compiled for SQLite and for PostgreSQL, and run within a limit of time."""
