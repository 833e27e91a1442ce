"""How far each source has been published (SQLite)."""

from ingest.progress.acknowledgements import Acknowledgements, Advance
from ingest.progress.cursors import Cursor, Cursors

__all__ = ["Acknowledgements", "Advance", "Cursor", "Cursors"]
