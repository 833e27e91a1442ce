"""Messages of 4CAT's NDJSON: Telethon's, with ``_type`` instead of ``_``."""

from collections.abc import Iterator, Sequence
from typing import Any

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_objects import json_objects
from ingest.sources.mapping import entities, ids
from ingest.sources.telethon.fields import post_of
from ingest.sources.telethon.names import TelethonNames
from schemas import RawPost


class FourcatNdjsonReader:
    """Messages of many chats, each with a description of its chat."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._names = TelethonNames()

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        return json_objects(self._file)

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        message = record.value
        if not isinstance(message, dict):
            raise InvalidRecordError("expected an object")
        forward = message.get("_forward")
        chats = [message.get("_chat"), forward.get("_chat") if isinstance(forward, dict) else None]
        self._names.learn((), [_renamed(chat) for chat in chats if isinstance(chat, dict)])
        entry = post_of(record._replace(value=_renamed(message)), self._names, _chat(chats[0]), self._context)
        if isinstance(entry, RawPost) and self._context.options.keeps_original:
            return entry.model_copy(update={"original": message})
        return entry


def _renamed(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    if isinstance(value, dict):
        return {
            ("_" if key == "_type" else key): _renamed(part)
            for key, part in value.items()
            if key[:1] != "_" or key == "_type"
        }
    return [_renamed(part) for part in value] if isinstance(value, list) else value


def _chat(chat: object) -> tuple[int | None, str | None, str | None]:
    """Id, username and title of the chat that a message is in."""
    if not isinstance(chat, dict):
        return None, None, None
    title = entities.optional_text(chat.get("title"))
    return ids.optional_channel_id(chat.get("id")), entities.optional_text(chat.get("username")), title
