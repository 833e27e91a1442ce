"""The store: records that people can read, query and keep, in SQLite or PostgreSQL (docs/store.md)."""
