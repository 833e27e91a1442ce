"""Channels of a file: each keeps texts and media in two maps, and a post may be in both."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_members import CUT, AlikeValues, find, skip_blank, value
from ingest.sources.json_text import key_of
from ingest.sources.tgdataset.fields import PostParts, post_of
from ingest.sources.tgdataset.spool import Spool
from schemas import RawPost, RejectReason
from schemas.plurals import counted

_TITLE = rb'"title"\s*+:\s*+(?:null|"(?:[^"\\]|\\.){0,500}+")\s*+,\s*+'
_OF_CHANNEL = rb'"(?:username|creation_date|description|scam|verified|n_subscribers|text_messages|generic_media)"\s*+:'
_PLACE = re.compile(
    rb'"(?:(?P<map>text_messages|generic_media)|(?P<id>-?[0-9]{1,20}))"\s*+:\s*+'
    rb"(?=\{(?P<channel>\s*+(?:" + _TITLE + rb")?" + _OF_CHANNEL + rb")?)",
    re.DOTALL,
)
"""The key of a channel, of a map or of a message. No string of sound JSON looks so: quotes in it have a backslash."""
_CHANNEL = re.compile(rb'"-?[0-9]{1,20}"\s*+:\s*+(?=\{\s*+(?:' + _TITLE + rb")?" + _OF_CHANNEL + rb")", re.DOTALL)
_KEY = re.compile(rb'("(?:[^"\\]|\\.){0,2000}+")\s*+:\s*+', re.DOTALL)
_KEY_BYTES = 4096
_OF_FILE, _OF_CHANNELS, _OF_MAPS, _OF_MESSAGES = range(4)
"""What the object is in that the reader is in, by its depth: nothing, the channels, a channel, a map of it."""
_MISPLACED = InvalidRecordError("the brackets before it do not match", reason=RejectReason.INVALID_JSON)


class TGDatasetReader:
    """Posts channel by channel. Those of one channel are kept on disk until both of its maps are read.

    Where something is broken, reading goes on at the next key of a message, of a map or of a channel.
    """

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._begin()

    def _begin(self) -> None:
        self._number, self._depth = 0, _OF_FILE
        self._channel: str | None = None
        self._described: dict[str, Any] = {}
        self._map = "text_messages"
        self._last: str | None = None
        """The message just read."""

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        self._begin()
        with self._file.open() as stream, Spool() as spool:
            window = ByteWindow(utf8_json(stream))
            values = AlikeValues(window, _PLACE)
            while True:
                skip_blank(window)
                first = window.peek(1)
                if not first:
                    yield from self._merged(spool)
                    if self._depth or not window.offset:
                        yield self._broken(CUT, is_open=True)
                    return
                if first == b"{" and self._depth == _OF_FILE:
                    window.take(1)
                    self._depth = _OF_CHANNELS
                elif first == b"}" and self._depth > _OF_FILE:
                    window.take(1)
                    self._depth -= 1
                    self._last = None
                    if self._depth == _OF_CHANNELS:
                        yield from self._merged(spool)
                else:
                    yield from self._member(window, spool, values)

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        part = record.value
        assert isinstance(part, PostParts)
        return post_of(record, part, self._context)

    def _member(self, window: ByteWindow, spool: Spool, values: AlikeValues) -> Iterator[ArchiveRecord]:
        """The member at the front, of whatever it is."""
        window.fill_to(_KEY_BYTES)
        place = window.match(_PLACE)
        if place is None:
            yield from self._other(window, spool)
            return
        depth = _depth_of(place)
        if depth == _OF_MESSAGES and self._depth == _OF_CHANNELS:
            depth = _OF_CHANNELS  # a channel with other keys
        if depth != self._depth:
            yield self._broken(_MISPLACED, offset=window.offset)
            yield from self._go_to(depth, spool)
        window.take(len(place[0]))
        if depth == _OF_CHANNELS:
            self._channel, self._described, self._depth = place["id"].decode(), {}, _OF_MAPS
            self._map, self._last = "text_messages", None
            window.take(1)
        elif depth == _OF_MAPS:
            self._map, self._depth, self._last = place["map"].decode(), _OF_MESSAGES, None
            window.take(1)
        else:
            yield from self._message(place["id"].decode(), values.next(), window, spool)

    def _message(
        self, message_id: str, found: ArchiveRecord, window: ByteWindow, spool: Spool
    ) -> Iterator[ArchiveRecord]:
        self._last = message_id
        if found.error is not None:
            yield from self._faulty(found, window, spool)
        elif not spool.put(self._map, message_id, found.raw):
            repeat = InvalidRecordError(f"its key is before it in {self._map}", "id")
            yield self._broken(repeat, raw=found.raw)

    def _other(self, window: ByteWindow, spool: Spool) -> Iterator[ArchiveRecord]:
        """What is said of a channel; a message that is no object; or what is broken."""
        key = window.match(_KEY)
        if key is not None and self._depth == _OF_MESSAGES and key[1].strip(b'"').isdigit():
            window.take(len(key[0]))
            yield from self._message(key_of(key[1]), value(window, _PLACE), window, spool)  # it is no object
            return
        if key is None or self._depth not in (_OF_CHANNELS, _OF_MAPS):
            if key is not None and self._last is not None and window.peek(1, len(key[0])) != b"{":
                spool.take_back(self._map, self._last)  # it is the rest of that message
            yield from self._passed_over(window, spool)
            return
        window.take(len(key[0]))
        found = value(window, _PLACE)
        if found.error is not None:
            yield from self._faulty(found, window, spool)
        elif self._depth == _OF_MAPS:
            self._described[key_of(key[1])] = found.value
        else:
            yield self._broken(InvalidRecordError("expected a channel", key_of(key[1])))

    def _faulty(self, found: ArchiveRecord, window: ByteWindow, spool: Spool) -> Iterator[ArchiveRecord]:
        """A value that cannot be read; one that the file ends within is named at its end."""
        assert found.error is not None
        if found.is_open:
            return
        yield self._broken(found.error, raw=found.raw, offset=found.offset)
        place = window.match(_PLACE)
        if place is not None:
            yield from self._go_to(_depth_of(place), spool)

    def _passed_over(self, window: ByteWindow, spool: Spool) -> Iterator[ArchiveRecord]:
        """Go on at the next key that is known."""
        offset, pattern = window.offset, _CHANNEL if self._channel is None else _PLACE
        while (at := find(window, pattern)) is None:
            window.take(max(len(window) - _KEY_BYTES, 0))
            if not window.fill():
                window.take(len(window))
                return  # the file is said to end here
        window.take(at)
        said = f"broken JSON; left out up to what is next: {counted(window.offset - offset, 'byte')}"
        yield self._broken(InvalidRecordError(said, reason=RejectReason.INVALID_JSON), offset=offset)
        place = window.match(_PLACE)
        assert place is not None
        yield from self._go_to(_depth_of(place), spool)

    def _go_to(self, depth: int, spool: Spool) -> Iterator[ArchiveRecord]:
        """Go on in another object than the one that the brackets show."""
        if depth == _OF_CHANNELS:
            yield from self._merged(spool)
        self._depth, self._last = depth, None

    def _merged(self, spool: Spool) -> Iterator[ArchiveRecord]:
        """Posts of the channel that ends."""
        if self._channel is None:
            return
        for message_id, text, media in spool.merged():
            self._number += 1
            part = PostParts(self._channel, self._described, message_id, text, media)
            yield ArchiveRecord((text or b"") + (media or b""), self._number, number=self._number, value=part)
        spool.clear()

    def _broken(
        self, error: InvalidRecordError, raw: bytes = b"", *, offset: int | None = None, is_open: bool = False
    ) -> ArchiveRecord:
        self._number += 1
        return ArchiveRecord(raw, self._number, offset, number=self._number, error=error, is_open=is_open)


def _depth_of(place: re.Match[bytes]) -> int:
    if place["map"] is not None:
        return _OF_MAPS
    return _OF_MESSAGES if place["channel"] is None else _OF_CHANNELS
