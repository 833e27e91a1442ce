"""Channels of a file: each keeps texts and media in two maps, and a post may be in both."""

import re
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_members import CUT, AlikeValues, JsonMember, members, skip_blank, value
from ingest.sources.text_encoding import utf8
from ingest.sources.tgdataset.fields import PostParts, post_of
from ingest.sources.tgdataset.spool import Spool
from schemas import RawPost

_Records = Generator[ArchiveRecord, None, InvalidRecordError | None]
_NEXT_CHANNEL = re.compile(
    rb',\s*"-?[0-9]{5,20}"\s*:\s*\{\s*"(?:username|title|creation_date|description|scam|verified|n_subscribers|'
    rb'text_messages|generic_media)"\s*:'
)
_CHANNEL_BYTES = 200
_MAPS = ("text_messages", "generic_media")


class TGDatasetReader:
    """Posts channel by channel. Those of one channel are kept on disk until both of its maps are read."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._number = 0

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        self._number = 0
        with self._file.open() as stream, Spool() as spool:
            window = ByteWindow(utf8(stream))
            skip_blank(window)
            while True:
                fault = yield from self._channels(window, spool)
                if fault is None:
                    return
                is_lost = fault is CUT or not self._to_next_channel(window)
                yield self._broken(fault, is_open=is_lost)
                if is_lost:
                    return

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        part = record.value
        assert isinstance(part, PostParts)
        return post_of(record, part, self._context)

    def _channels(self, window: ByteWindow, spool: Spool) -> _Records:
        for member in members(window):
            if isinstance(member, InvalidRecordError):
                return member
            fault = yield from self._channel(member, window, spool)
            if fault is not None:
                return fault
        return None

    @staticmethod
    def _to_next_channel(window: ByteWindow) -> bool:
        """Go on behind broken JSON, where the next channel begins; False when there is none."""
        while (found := window.search(_NEXT_CHANNEL)) is None:
            window.take(max(len(window) - _CHANNEL_BYTES, 0))
            if not window.fill():
                return False
        window.take(found[0])
        return True

    def _channel(self, channel: JsonMember, window: ByteWindow, spool: Spool) -> _Records:
        """Posts of a channel, and the fault that ends it."""
        described: dict[str, Any] = {}
        fault: InvalidRecordError | None = None
        if not window.fill_to(1) or window.peek(1) != b"{":
            found = value(window)
            error = found.error or InvalidRecordError("expected a channel", channel.key)
            if found.is_open:
                return CUT
            yield self._broken(error)
            return None
        spool.clear()
        for member in members(window):
            if isinstance(member, InvalidRecordError):
                fault = member
                break
            skip_blank(window)
            if member.key in _MAPS and window.peek(1) == b"{":
                fault = yield from self._spooled(member.key, window, spool)
                if fault is not None:
                    break
            else:
                described[member.key] = value(window).value
        for message_id, text, media in spool.merged():
            self._number += 1
            part = PostParts(channel.key, described, message_id, text, media)
            yield ArchiveRecord((text or b"") + (media or b""), self._number, number=self._number, value=part)
        return fault

    def _spooled(self, name: str, window: ByteWindow, spool: Spool) -> _Records:
        """Put a map on disk; an error when it ends too early."""
        values = AlikeValues(window)
        for member in members(window):
            if isinstance(member, InvalidRecordError):
                return member
            found = values.next()
            if found.error is None:
                if not spool.put(name, member.key, found.raw):
                    repeat = InvalidRecordError(f"its key is before it in {name}", "id")
                    yield self._broken(repeat, raw=found.raw)
            elif found.is_open:
                return CUT
            else:
                yield self._broken(found.error, raw=found.raw)
        return None

    def _broken(self, error: InvalidRecordError, raw: bytes = b"", *, is_open: bool = False) -> ArchiveRecord:
        self._number += 1
        return ArchiveRecord(raw, self._number, number=self._number, error=error, is_open=is_open)
