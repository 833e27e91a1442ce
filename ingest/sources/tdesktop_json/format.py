"""``result.json`` of Telegram Desktop: one chat, or a full export."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import JsonOutline, Sample
from ingest.sources.tdesktop_json.reader import MESSAGE_FIRST, TdesktopJsonReader

_FULL_EXPORT = frozenset(
    {"personal_information", "profile_pictures", "contacts", "frequent_contacts", "sessions", "chats", "left_chats"}
)
_CHAT = re.compile(
    r'"type"\s*:\s*"(?:(?:public|private|personal|bot)_(?:channel|supergroup|group|chat)|saved_messages)"\s*,'
    r'\s*"id"\s*:\s*-?[0-9]{1,20}\s*,\s*"messages"\s*:\s*\[|"chats"\s*:\s*\{\s*"about"\s*:\s*"'
)
"""The head of a chat, or of the chats: where what is before them is broken, the keys around them are not seen."""
_TYPES = frozenset({"message", "service", "unsupported"})
_OF_MESSAGE = frozenset(
    {"date_unixtime", "text_entities", "from_id", "actor_id", "edited", "edited_unixtime", "media_type", "action"}
)


class TdesktopJsonFormat(SeparateFiles):
    """``{"name", "type", "id", "messages": [...]}``, ``{"about", ..., "chats": {"list": [...]}}``, or messages."""

    name = "tdesktop-json"
    title = "Telegram Desktop (JSON)"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The keys of the frame beside those of a message."""
        if sample.text[:1] in ("{", "[") and _CHAT.search(sample.text):
            return FormatMatch(Certainty.CERTAIN)
        shape = sample.json
        if shape is None:
            return None
        keys = set(shape.keys)
        if not shape.is_list and "about" in keys and keys & _FULL_EXPORT:
            return FormatMatch(Certainty.CERTAIN)
        if MESSAGE_FIRST.match(sample.text[:200].encode("utf-8", "replace")):
            return FormatMatch(Certainty.CERTAIN) if set(shape.first_keys) & _OF_MESSAGE else None
        if not shape.is_list and "messages" not in keys:
            return None
        if shape.is_list and "messages" in shape.first_keys:
            is_chat = "type" in shape.first_keys and '"date"' in sample.text
            return FormatMatch(Certainty.LIKELY) if is_chat else None
        return _judge(shape, is_chat={"type", "id"} <= keys)

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TdesktopJsonReader)


def _judge(shape: JsonOutline, *, is_chat: bool) -> FormatMatch | None:
    """By a message: where there is none yet, by the chat."""
    keys = set(shape.first_keys)
    if "messages" in keys or not keys:  # the outermost object itself: its list is empty
        return FormatMatch(Certainty.LIKELY) if is_chat else None
    kind = shape.first.get("type")
    if not {"id", "type"} <= keys or not (kind is None or kind in _TYPES):
        return None
    if keys & _OF_MESSAGE or is_chat:
        return FormatMatch(Certainty.CERTAIN)
    return FormatMatch(Certainty.LIKELY) if {"date", "text"} <= keys and "file" not in keys else None


FORMAT = TdesktopJsonFormat()
