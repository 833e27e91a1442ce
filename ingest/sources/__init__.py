"""Sources of raw posts, one file for each."""

from ingest.sources.base import Item, Position, Rejected, Source
from ingest.sources.discovery import Discovery, Skipped, open_sources
from ingest.sources.jsonl import JsonLinesSource
from ingest.sources.post_line import parse_line
from ingest.sources.text import TextSource

__all__ = [
    "Discovery",
    "Item",
    "JsonLinesSource",
    "Position",
    "Rejected",
    "Skipped",
    "Source",
    "TextSource",
    "open_sources",
    "parse_line",
]
