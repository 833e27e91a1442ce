"""Posts of snscrape (``telegram-channel``)."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.snscrape.reader import SnscrapeReader


class SnscrapeFormat(SeparateFiles):
    """``{"_type": "snscrape.modules.telegram.TelegramPost", "url", "date", "content", ...}``, lines or a list."""

    name = "snscrape"
    title = "snscrape"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The name of its class, or, of versions before 0.4, its own misspelt field."""
        shape = sample.json
        if shape is None:
            return None
        if str(shape.first.get("_type", "")).startswith("snscrape.modules.telegram."):
            return FormatMatch(Certainty.CERTAIN)
        return FormatMatch(Certainty.CERTAIN) if {"url", "content", "outlinksss"} <= set(shape.first_keys) else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, SnscrapeReader)


FORMAT = SnscrapeFormat()
