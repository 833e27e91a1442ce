"""Updates in a list, in lines, or in answers: ``{"ok": true, "result": [...]}``."""

import re
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_frames import JsonFrames
from ingest.sources.pyrogram.fields import post_of
from ingest.sources.sample import object_keys
from schemas import RawPost

_UPDATE = re.compile(rb'\{\s*"(?:update_id"\s*:|(?:edited_)?(?:channel_post|message)"\s*:\s*\{)')
_POSTS = ("channel_post", "message")
_EDITED = ("edited_channel_post", "edited_message")


class BotApiReader:
    """Each message says its own chat, in the fields that Pyrogram 1 has taken over."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            yield from JsonFrames(ByteWindow(utf8_json(stream)), _UPDATE, _is_update).records()

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        update = record.value
        if not isinstance(update, dict):
            raise InvalidRecordError("expected an object")
        field = next((name for name in (*_POSTS, *_EDITED) if update.get(name) is not None), None)
        if field is None:
            return NoPost(NoPostKind.METADATA)
        message = update[field]
        if not isinstance(message, dict):
            raise InvalidRecordError("expected an object", field)
        return post_of(record._replace(value=message | {"edit_hidden": field not in _EDITED}), self._context, update)


def _is_update(head: bytes) -> bool:
    """Whether an object that does not begin as one is an update."""
    return "update_id" in object_keys(head.decode(errors="replace"), 0)
