"""Duplicate detection: which posts say the same, and which of them was first. docs/duplicates.md tells how."""

from processors.core.dedup.index import WINDOW_DAYS, DedupIndex

__all__ = ["WINDOW_DAYS", "DedupIndex"]
