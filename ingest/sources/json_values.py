"""Where a JSON value ends in a stream: brackets are counted outside of strings, nothing is parsed.

A raw line break ends a string: JSON has none within one, and so a quote that is missing does no harm beyond its line.
"""

import re
from collections.abc import Iterator
from enum import Enum

from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import Filler

_TOKEN = re.compile(rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?:["\n]|(\\?\Z))|[{}\[\]]', re.DOTALL)
"""A string (group 1: that is not closed yet) or a bracket."""
_STRING_REST = re.compile(rb'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+', re.DOTALL)
_SCALAR_END = re.compile(rb"[,\]}\s]")
_BLANK = re.compile(rb"[\s,]*+")
_OPEN = b"{["
_LIST_END = 0x5D
_OBJECT = 0x7B


def blanks(window: ByteWindow) -> Iterator[Filler]:
    """Pass over blanks and commas at the front."""
    while True:
        count = window.match_end(_BLANK) or 0
        is_all = count == len(window)
        if count:
            yield Filler(window.take(count))
        if not is_all or not window.fill():
            return


class Ending(Enum):
    """How a value ends."""

    WHOLE = "by its own bracket"
    UNBALANCED = "where the list around it is closed"
    OPEN = "with the stream"
    FAR = "beyond the limit"


def value_end(window: ByteWindow, limit: int, begin: int = 0) -> tuple[int, Ending]:
    """Where the object, list or string at a position ends; reads on as far as that, or the limit, needs."""
    opened = bytearray()
    at, most = begin, begin + limit + 1
    while True:
        for byte, start, end, is_closed in window.tokens(_TOKEN, at, most):
            if not is_closed:
                at = start
                break
            if byte == _LIST_END and len(opened) == 1 and opened[0] == _OBJECT:
                return start, Ending.UNBALANCED
            at = end
            if byte in _OPEN:
                opened.append(byte)
            elif byte != 0x22:
                opened.pop()
            if not opened:
                return end, Ending.WHOLE
        size = len(window)
        if size >= most:
            return size, Ending.FAR
        window.fill_to(min(2 * size, most))  # a string that is not closed is looked at from its start
        if len(window) == size:
            return size, Ending.OPEN


def scalar_end(window: ByteWindow, limit: int) -> tuple[int, Ending]:
    """The same for a number, a word, or what is none."""
    while (found := window.search(_SCALAR_END)) is None:
        if len(window) > limit:
            return len(window), Ending.FAR
        if not window.fill():
            return len(window), Ending.OPEN
    return max(found[0], 1), Ending.WHOLE


def skip_value(window: ByteWindow) -> Iterator[Filler]:
    """Take the value at the front off, of any length and depth, in constant memory; to the end of the stream when it
    is not closed.
    """
    depth, at = 0, 0
    while True:
        in_string = False
        for byte, start, end, is_closed in window.tokens(_TOKEN, at):
            at = end if is_closed else start
            in_string = not is_closed
            if in_string:
                break
            depth += 1 if byte in _OPEN else 0 if byte == 0x22 else -1
            if depth <= 0:
                yield Filler(window.take(end))
                return
        if in_string:
            yield Filler(window.take(at + 1))
            yield from _skip_string(window)
            if depth == 0:
                return
        else:
            yield Filler(window.take(len(window)))
        at = 0
        if not window and not window.fill():
            return


def _skip_string(window: ByteWindow) -> Iterator[Filler]:
    """The rest of a string, from behind its quote on."""
    while True:
        end = window.match_end(_STRING_REST) or 0
        if end < len(window) and window.peek(1, end) != b"\\":
            yield Filler(window.take(end + 1))
            return
        yield Filler(window.take(end))  # a backslash waits for the byte behind it
        if not window.fill():
            yield Filler(window.take(len(window)))
            return
