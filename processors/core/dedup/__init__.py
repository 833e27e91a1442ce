"""Duplicate detection: which posts have the same content, and which of them was first. See docs/duplicates.md."""

from processors.core.dedup.index import WINDOW_DAYS, DedupIndex

__all__ = ["WINDOW_DAYS", "DedupIndex"]
