"""Messages written by Pyrogram, Hydrogram and their forks: ``str(message)``, one after the other or in a list."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.pyrogram.reader import PyrogramReader
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample

_MESSAGE = re.compile(r'\{\s*"_"\s*:\s*"(?:[a-z]+\.(?:types\.)?)?Message"')
_CHAT = re.compile(r'[{,]\s*"(?:chat|sender_chat)"\s*:\s*\{')


class PyrogramFormat(SeparateFiles):
    """``{"_": "Message", "id"|"message_id", "chat": {"_": "Chat", "id": -100...}, "date", "text"|"caption", ...}``."""

    name = "pyrogram"
    title = "Pyrogram or Hydrogram dump"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The mark of the library's class, and the chat, which Telegram's own messages do not have."""
        shape = sample.json
        if shape is None or not _CHAT.search(sample.text):
            return None
        if _MESSAGE.search(sample.text):
            return FormatMatch(Certainty.CERTAIN)
        chat = shape.first.get("chat")
        is_chat = isinstance(chat, dict) and {"id", "type"} <= chat.keys()
        has_id = bool({"id", "message_id"} & shape.first.keys()) and "date" in shape.first
        return FormatMatch(Certainty.LIKELY) if is_chat and has_id else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, PyrogramReader)


FORMAT = PyrogramFormat()
