"""JSON lines: posts of ours, one a line."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import BinaryIO

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.containers.piped_files import PipedFile
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.json_lines.reader import JsonLinesReader
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from schemas import Lane

SUFFIXES = (".jsonl", ".ndjson")
_OURS = {"text", "media", "is_deleted"}
"""Keys without which a line is no post of ours."""
_RAW = {"type", "schema_version", "channel", "message_id", "lane"}
"""Keys of a full ``RawPost``, whose media may pass for the first records."""


class JsonLinesFormat(SeparateFiles):
    """Full ``RawPost`` lines, or the short form; see ``fields``."""

    name = "jsonl"
    title = "JSON lines of posts"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """A ``raw_post``; else a file that is named so, or lines of objects with a text in a file not named .txt."""
        shape = sample.json
        if shape is not None and (shape.first.get("type") == "raw_post" or set(shape.keys) >= _RAW):
            return FormatMatch(Certainty.CERTAIN)
        name = sample.base_name.lower()
        is_line = shape is not None and not shape.is_list and bool(_OURS & set(shape.keys))
        is_named = name.endswith(SUFFIXES)
        return FormatMatch(Certainty.FALLBACK) if is_named or (is_line and not name.endswith(".txt")) else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, JsonLinesReader)


FORMAT = JsonLinesFormat()


def json_lines_source(origin: Path | BinaryIO, name: str, lane: Lane) -> RecordSource:
    """A file, or a stream, which is not closed; ``name`` is ``folder/file``, or e.g. ``stdin``."""
    file = PlainFile(origin, str(PurePath(name).parent)) if isinstance(origin, Path) else PipedFile(origin, name)
    return RecordSource(FORMAT.name, (file,), ReadOptions(lane=lane), JsonLinesReader)
