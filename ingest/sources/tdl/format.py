"""Exports of tdl (``tdl chat export``)."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.tdl.reader import TdlReader

_NEEDED = ("id", "type", "file")
_KEYS = frozenset((*_NEEDED, "date", "text", "raw"))
_EMPTY = re.compile(r'\{\s*"id"\s*:\s*-?[0-9]{1,20}\s*,\s*"messages"\s*:\s*(?:\[\s*\]|null)\s*\}\s*')


class TdlFormat(SeparateFiles):
    """``{"id": CHAT, "messages": [{"id", "type": "message", "file"[, "date", "text"]}]}`` on one line."""

    name = "tdl"
    title = "tdl export"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The keys of the frame, and of a message, in tdl's order, or all of tdl in another one: sorted."""
        shape = sample.json
        if shape is None or shape.keys[:2] != ("id", "messages"):
            return None
        if _EMPTY.fullmatch(sample.text):
            return FormatMatch(Certainty.LIKELY)
        if shape.first_keys[:3] == _NEEDED:
            return FormatMatch(Certainty.CERTAIN)
        is_of_tdl = set(_NEEDED) <= set(shape.first_keys) <= _KEYS and shape.first.get("type") == "message"
        return FormatMatch(Certainty.CERTAIN) if is_of_tdl else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TdlReader)


FORMAT = TdlFormat()
