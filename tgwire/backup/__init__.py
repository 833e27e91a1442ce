"""Backups of what a machine knows: the ledger of the collector, the cursors of replays, and the store."""
