"""Duplicate detection: which posts say the same, and which of them was first. docs/duplicates.md tells how."""

from processors.core.dedup.index import DedupIndex

__all__ = ["DedupIndex"]
