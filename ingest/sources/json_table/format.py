"""JSON of any layout: lists and lines of objects, within other objects or not."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.json_lines.format import SUFFIXES
from ingest.sources.json_table.outline import find_records
from ingest.sources.json_table.reader import JsonTableReader
from ingest.sources.options import ReadOptions
from ingest.sources.sample import Sample
from ingest.sources.table.source import TableSource
from schemas import RawPost

_SHORT_FORM = frozenset(RawPost.model_fields) | {"channel_id", "username", "title", "id", "date"}
"""What ``json_lines`` reads: lines of these alone are its own."""


class JsonTableFormat(SeparateFiles):
    """Objects whose keys are columns; those of objects within them have dots: ``channel.id``."""

    name = "json"
    title = "JSON of any layout"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Objects that read as posts; also others which a map may explain: those with what posts have, or in a list, or
        named as lines are.
        """
        if sample.text[:1] not in ("{", "["):
            return None
        records = find_records(sample.text)
        if records is None:
            return None
        if records.is_lines and set(records.keys) <= _SHORT_FORM:
            return None
        if records.layout.is_usable:
            return FormatMatch(Certainty.LIKELY)
        is_named = records.is_lines and sample.base_name.lower().endswith(SUFFIXES)
        is_explained = sample.text[:1] == "[" or is_named or records.layout.has_posts
        return FormatMatch(Certainty.FALLBACK) if is_explained else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return TableSource(self.name, files, options, JsonTableReader)


FORMAT = JsonTableFormat()
