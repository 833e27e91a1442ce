"""Plain text: one file is one post."""

from collections.abc import Sequence
from pathlib import Path

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.sample import Sample
from ingest.sources.seed_text.reader import TextSource
from schemas import Lane

SUFFIXES = (".txt",)


class SeedTextFormat(SeparateFiles):
    """A text file, perhaps with a header; see ``header``."""

    name = "text"
    title = "plain text"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """A file that is named so."""
        return FormatMatch(Certainty.FALLBACK) if sample.base_name.lower().endswith(SUFFIXES) else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return TextSource(files[0], options)


FORMAT = SeedTextFormat()


def text_source(path: Path, folder: str, lane: Lane) -> TextSource:
    """One file; ``folder`` names the channel: its folder, or its path below the folder that is replayed."""
    return TextSource(PlainFile(path, folder), ReadOptions(lane=lane))
