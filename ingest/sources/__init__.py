"""Sources of raw posts: archives of every format, files of posts, pipes."""

from ingest.sources.base import NoPost, NoPostKind, Position, Rejected, Source, SourceItem
from ingest.sources.detect import Discovery, Skipped, open_sources
from ingest.sources.json_lines.format import json_lines_source
from ingest.sources.options import ReadOptions
from ingest.sources.seed_text.format import text_source

__all__ = [
    "Discovery",
    "NoPost",
    "NoPostKind",
    "Position",
    "ReadOptions",
    "Rejected",
    "Skipped",
    "Source",
    "SourceItem",
    "json_lines_source",
    "open_sources",
    "text_source",
]
