"""Messages of TDLib, as scripts over its JSON interface write them: lists, lines, answers and logs of updates."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.tdlib.classes import class_of
from ingest.sources.tdlib.reader import TdlibReader

_CONTENT = re.compile(r'"content"\s*:\s*\{\s*"(?:@type|_|ID)"\s*:\s*"message[A-Z]')
"""Every message has it. Quotes within texts have a backslash before them, and do not match."""
_ANSWER = re.compile(r'(?:\[\s*)?\{\s*"(?:@type|_)"\s*:\s*"(?:messages|found(?:Chat)?Messages|update[A-Z])')


class TdlibFormat(SeparateFiles):
    """``{"@type": "message", "id": 1048576 * N, "chat_id": -100..., "content": {"@type": "messageText", ...}}``."""

    name = "tdlib"
    title = "TDLib dump"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The class of a message's content, or of an answer without any."""
        shape = sample.json
        if shape is None:
            return None
        is_message = _CONTENT.search(sample.text) or class_of(shape.first.get("content")).startswith("message")
        if is_message and '"chat_id"' in sample.text:
            return FormatMatch(Certainty.CERTAIN)
        is_answer = '"@type"' in sample.text and _ANSWER.match(sample.text)
        return FormatMatch(Certainty.LIKELY) if is_answer else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TdlibReader)


FORMAT = TdlibFormat()
