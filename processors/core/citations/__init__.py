"""Citations: single statements that a post attributes to a news outlet."""

from processors.core.citations.finder import CitationFinder
from processors.core.citations.loading import load_finder

__all__ = ["CitationFinder", "load_finder"]
