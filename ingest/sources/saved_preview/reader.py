"""The messages of a saved page. An album is one block of the page, and one record for each of its messages."""

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.live_reader import AbsenceReason, AbsentMessage, PostOrAbsence
from ingest.preview.messages.data_view import read_data_view
from ingest.preview.messages.parser import PageContext, posted_at, read_block
from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost, NoPostKind
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.html_splitter import BlockState, HtmlBlock, check_shape, error_of, parse_block, split_blocks
from ingest.sources.mapping import ids
from ingest.sources.saved_preview.mhtml import page_of
from ingest.sources.text_encoding import utf8
from schemas import Channel, RawPost

_MARK = re.compile(rb"data-post\s*=")
_END_OF_LIST = re.compile(rb"</(?:section|main|body|html)\b", re.IGNORECASE)
_POST = re.compile(r"([A-Za-z0-9_]+)/(-?[0-9]{1,20})")
_NAME = re.compile(r"""data-post\s*=\s*["']([A-Za-z0-9_]+)/""")
_VIEW = re.compile(r"""data-view\s*=\s*["']([A-Za-z0-9_=-]+)["']""")
_MAX_TAG_BYTES = 4096
_MAX_HEAD_BYTES = 256 << 10


class SavedPreviewReader:
    """Messages of one page."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._title: str | None = None
        self._ids: dict[str, int] = {}
        """Channels by name, as the first message that says its channel's id, and those read so far have them."""

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        count = 0
        if self._file.identity is not None:
            self._look_ahead()
        with self._file.open() as stream:
            blocks = split_blocks(ByteWindow(utf8(page_of(stream))), _MARK, _END_OF_LIST)
            head = next(blocks)
            self._title = _title(head.raw)
            yield Filler(b"")  # what is before the first message changes with every visit
            for number, block in enumerate(blocks, 1):
                raw = block.raw
                for value in self._entries(block):
                    count += 1
                    error = value if isinstance(value, InvalidRecordError) else None
                    is_open = block.state is BlockState.CUT
                    yield ArchiveRecord(
                        raw, count, block.offset, number=number, value=value, error=error, is_open=is_open
                    )
                    raw = b""

    def _look_ahead(self) -> None:
        """Find the first message that says its channel's id: those before it are mostly of the same channel."""
        with self._file.open() as stream:
            blocks = split_blocks(ByteWindow(utf8(page_of(stream))), _MARK, _END_OF_LIST)
            next(blocks)
            for block in blocks:
                tag = block.raw[: block.raw.find(b">")][:_MAX_TAG_BYTES].decode(errors="replace")
                name, view = _NAME.search(tag), _VIEW.search(tag)
                channel_id = read_data_view(view[1]).channel_id if name and view else None
                if name and channel_id is not None:
                    self._ids[name[1].lower()] = channel_id
                    return

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        entry = record.value
        if isinstance(entry, AbsentMessage):
            return NoPost(NoPostKind.SERVICE)
        assert isinstance(entry, RawPost)
        original = record.raw.decode() or None if self._context.options.keeps_original else None
        return self._context.taken_over(entry, place=record.number, original=original)

    def _entries(self, block: HtmlBlock) -> Sequence[PostOrAbsence | InvalidRecordError]:
        error = error_of(block)
        if error is not None:
            return (error,)
        try:
            node = parse_block(block.raw)
            entries = read_block(node, *self._reading(node))
            return [_unreadable(node) if _is_unreadable(entry) else entry for entry in entries]
        except InvalidRecordError as invalid:
            return (invalid,)

    def _reading(self, node: LexborNode) -> tuple[int, PageContext]:
        given = node.attributes
        written = given.get("data-post") or ""
        match = _POST.fullmatch(written)
        if match is None:
            message = "expected NAME/NUMBER" if written else "missing; it is required"
            raise InvalidRecordError(message, "data-post")
        message_id = ids.message_id(match[2], "data-post")
        view = read_data_view(given.get("data-view") or "")
        return message_id, PageContext(self._channel(match[1], view.channel_id), view.shown_at)

    def _channel(self, username: str, channel_id: int | None) -> Channel:
        name = username.lower()
        if channel_id is not None:
            self._ids[name] = channel_id
        known = self._ids.get(name)
        return self._context.channel(channel_id=known, username=username, title=self._title, fallback=username)


def _is_unreadable(entry: PostOrAbsence) -> bool:
    return isinstance(entry, AbsentMessage) and entry.reason is AbsenceReason.UNREADABLE


def _unreadable(node: LexborNode) -> InvalidRecordError:
    """Why a message is not read."""
    try:
        posted_at(node)
    except ValueError:
        return InvalidRecordError("expected a date and time", "datetime")
    return InvalidRecordError("the message cannot be read: a number or its markup is broken")


def _title(head: bytes) -> str | None:
    """The channel's, as the page shows it, or as it names it for search engines: styles may be between the two."""
    shown = _element(head[-_MAX_HEAD_BYTES:], ".tgme_channel_info_header_title, .tgme_header_title")
    if shown is not None and (title := " ".join(shown.text().split())):
        return title
    named = _element(head[:_MAX_HEAD_BYTES], 'meta[property="og:title"]')
    return None if named is None else named.attributes.get("content") or None


def _element(html: bytes, selector: str) -> LexborNode | None:
    """The first element; None where there is none, or where the page would keep a parser busy."""
    try:
        check_shape(html)
    except InvalidRecordError:
        return None
    return LexborHTMLParser(html).css_first(selector)
