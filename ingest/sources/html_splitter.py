"""Pages of many messages, split into the element of each message without reading the whole page into memory.

Programs escape ``<`` in texts and ``"`` in attributes, so that a start tag with a class in double quotes is never a
part of either. Each element is parsed on its own: a broken one does no harm to those around it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.preview.nesting_limit import VOID
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import InvalidRecordError
from schemas import RejectReason

MAX_BLOCK_BYTES = 1 << 20
"""Longest element of a message: a text of 4,096 characters with all its markup has less than 100 kB."""
MAX_DEPTH = 200
"""Elements within elements; the parser's work grows with the square of it."""
MAX_ATTRIBUTES = 200
"""Attributes of one element; the same is true of them."""
_SMALL_BYTES = 16 << 10
"""What is no longer takes no parser long."""
_TAG_BYTES = 4096
"""Longest start tag that is found where a piece of the stream ends."""
_OPEN_DIV = re.compile(rb"<div\s", re.IGNORECASE)
_WITHIN_DIV = re.compile(rb"""<div\s(?:[^>"']|"[^"]*+"|'[^']*+')*+""", re.IGNORECASE)
"""A start tag up to a place within it: a text behind one may hold what looks like the mark."""
_DIV = re.compile(rb"<(/?)div\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(rb"""<(/?)([a-z][a-z0-9-]*)(?:[^>"']|"[^"]*"|'[^']*')*+""", re.IGNORECASE)
_QUOTED = re.compile(rb""""[^"]*"|'[^']*'""")
_ATTRIBUTE = re.compile(rb"[\s/=]+")
_FRAME = re.compile(rb"<(?:!doctype|html|head|body|main|section)\b", re.IGNORECASE)
_END_OF_PAGE = re.compile(rb"</(?:body|html)\b", re.IGNORECASE)


class BlockState(Enum):
    """How a block ended."""

    WHOLE = "whole"
    BROKEN = "not closed before the next one begins"
    CUT = "the file ends within it"
    TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True)
class HtmlBlock:
    """The element of one message."""

    raw: bytes
    """From its start tag to its end tag; empty when it is too large, and where only the page's end is missing."""
    offset: int
    """Where it begins in the stream."""
    state: BlockState = BlockState.WHOLE


def split_blocks(window: ByteWindow, mark: re.Pattern[bytes], end_of_list: re.Pattern[bytes]) -> Iterator[HtmlBlock]:
    """What is before the first message, and then one block for each; the last is CUT where the page is cut off.

    ``mark`` finds what only the start tag of a message's ``div`` has, ``end_of_list`` what follows the last message of
    a whole page. Messages that were cut out of a page, and have nothing of it around them, need no end.
    """
    is_found, end = _next_start(window, mark, 0)
    head = HtmlBlock(window.take(end), 0)
    is_whole = bool(_END_OF_PAGE.search(head.raw))
    has_frame = bool(_FRAME.search(head.raw))
    yield head
    if not is_found:
        is_found, passed = _skip(window, mark, _END_OF_PAGE)
        is_whole = is_whole or passed
    while is_found:
        block, end = _block(window, mark)
        yield block
        window.take(end)
        is_found, is_whole = _skip(window, mark, end_of_list)
        is_whole = is_whole or block.state is BlockState.CUT
    if has_frame and not is_whole:
        yield HtmlBlock(b"", window.offset, BlockState.CUT)


def check_shape(raw: bytes) -> None:
    """Raise InvalidRecordError for what would keep a parser busy: elements nested deeply, attributes without end."""
    if len(raw) <= _SMALL_BYTES:
        return
    depth = 0
    for tag in _TAG.finditer(raw):
        if len(tag[0]) > MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(_QUOTED.sub(b"", tag[0]))) > MAX_ATTRIBUTES:
            raise InvalidRecordError("an element has too many attributes")
        if tag[1]:
            depth = max(depth - 1, 0)
        elif tag[2].lower() not in VOID:
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidRecordError("nested too deeply")


def parse_block(raw: bytes) -> LexborNode:
    """The element of a block; raises InvalidRecordError."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidRecordError(f"invalid UTF-8 at byte {error.start} of the message", at=error.start) from None
    if (at := raw.find(0)) >= 0:  # as a disk leaves it; a parser would pass over it, and over messages around it
        raise InvalidRecordError(f"NUL at byte {at} of the message", at=at)
    check_shape(raw)
    body = LexborHTMLParser(raw).body
    node = None if body is None else body.child
    if node is None:
        raise InvalidRecordError("no element")
    return node


def error_of(block: HtmlBlock) -> InvalidRecordError | None:
    """Why a block is not read."""
    match block.state:
        case BlockState.WHOLE:
            return None
        case BlockState.BROKEN:
            return InvalidRecordError("this message is not closed before the next one begins")
        case BlockState.CUT if block.raw:
            return InvalidRecordError("the file ends within this message")
        case BlockState.CUT:
            return InvalidRecordError("the file ends before the page does; messages may be missing")
        case BlockState.TOO_LARGE:
            message = f"longer than {MAX_BLOCK_BYTES} bytes"
            return InvalidRecordError(message, reason=RejectReason.TOO_LARGE)


def _start(window: ByteWindow, mark: re.Pattern[bytes], at: int) -> int | None:
    """Where the first start tag with the mark begins at or behind ``at``, among the bytes that are there."""
    while (found := window.search(mark, at)) is not None:
        first = max(at, found[0] - _TAG_BYTES)
        tag = window.peek(found[0] - first, first)
        begin = tag.rfind(b"<")
        if begin >= 0 and _WITHIN_DIV.fullmatch(tag, begin):
            return first + begin
        at = found[1]
    return None


def _next_start(window: ByteWindow, mark: re.Pattern[bytes], at: int) -> tuple[bool, int]:
    """Whether a message begins at or behind ``at``, and where; or how much is there, all of the stream or too much."""
    while True:
        found = _start(window, mark, at)
        if found is not None:
            return True, found
        at = max(at, len(window) - _TAG_BYTES)
        if len(window) > MAX_BLOCK_BYTES or not window.fill():
            return False, len(window)


def _skip(window: ByteWindow, mark: re.Pattern[bytes], end_of_list: re.Pattern[bytes]) -> tuple[bool, bool]:
    """Go on to the next message: whether there is one, and, if not, whether the end of the list was passed."""
    is_passed = False
    while True:
        found = _start(window, mark, 0)
        if found is not None:
            window.take(found)
            return True, False
        is_passed = is_passed or bool(window.search(end_of_list))
        window.take(max(len(window) - _TAG_BYTES, 0))
        if not window.fill():
            return False, is_passed


def _block(window: ByteWindow, mark: re.Pattern[bytes]) -> tuple[HtmlBlock, int]:
    """The message at the front, and how many bytes are its own."""
    is_found, end = _next_start(window, mark, 1)
    raw = window.peek(end)
    own_end = _element_end(raw)
    if own_end is not None and own_end <= MAX_BLOCK_BYTES:
        return HtmlBlock(raw[:own_end], window.offset), own_end
    if end > MAX_BLOCK_BYTES:
        return HtmlBlock(b"", window.offset, BlockState.TOO_LARGE), end
    return HtmlBlock(raw.rstrip(), window.offset, BlockState.BROKEN if is_found else BlockState.CUT), end


def _element_end(raw: bytes) -> int | None:
    own = _without_next_frame(raw.rstrip())
    surplus = own.count(b"</div") - own.count(b"<div")
    while surplus > 0 and own.endswith(b"</div>"):  # of the frame around this message
        own, surplus = own[: -len(b"</div>")].rstrip(), surplus - 1
    if surplus == 0 and own.endswith(b"</div>"):
        return len(own)  # as nearly all are
    depth = 0
    for tag in _DIV.finditer(raw):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return None


def _without_next_frame(raw: bytes) -> bytes:
    """Without a start tag at the end: that of the frame around the next message."""
    begin = raw.rfind(b"<")
    return raw[:begin].rstrip() if _OPEN_DIV.match(raw, begin) else raw
