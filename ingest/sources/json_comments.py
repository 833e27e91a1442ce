"""Comments in JSON, which has none, though editors and scripts write them: they are read as blanks, so that every other
byte keeps its place.

A comment is seen only behind what valid JSON can have before it on its line: never behind a quote that is missing, so
that the address in a broken text is none.
"""

import io
import re
from collections.abc import Callable
from typing import BinaryIO

from ingest.sources.streams import read_some
from ingest.sources.text_encoding import utf8

_BEFORE = rb'(?m:^)(?:[ \t\r\[\]{}:,0-9.+-]|true|false|null|"(?:[^"\\\n]|\\.)*+")*+'
_BLOCK = rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/"
_BLOCK_COMMENT, _LINE_COMMENT = re.compile(_BEFORE + rb"(" + _BLOCK + rb")"), re.compile(_BEFORE + rb"(//[^\n]*+)")
_BEFORE_JSON = re.compile(rb"(?:\s|//[^\n]*+\n|#[^\n]*+\n|" + _BLOCK + rb")*+(?=[\[{])")
"""Before the text, a comment may be of a script, too."""
_HASH = re.compile(rb"(?m:^)[ \t]*+#[^\n]*+")
_NO_BREAK = re.compile(rb"[^\n]")
_HEAD_BYTES, _CHUNK_BYTES, _LONGEST_LINE = 64 << 10, 256 << 10, 1 << 20
_MOST_A_LINE = 8
"""More comments on one line are not taken away: each costs a look at all of it."""


def without_comments(head: bytes) -> bytes:
    """The beginning of a text with its comments as blanks, if it is JSON."""
    before = _BEFORE_JSON.match(head)
    if before is None:
        return head
    start = _HASH.sub(lambda found: _blanks(found[0]), before[0])
    return _uncommented(start) + _uncommented(head[before.end() :])


def utf8_json(stream: BinaryIO) -> BinaryIO:
    """``utf8``, with comments as blanks if there is one among the first bytes."""
    plain = utf8(stream)
    if not isinstance(plain, io.BufferedReader):
        return plain
    head = plain.peek(1)[:_HEAD_BYTES]
    return plain if without_comments(head) == head else io.BufferedReader(_Uncommented(plain), _CHUNK_BYTES)


class _Uncommented(io.RawIOBase):
    """Whole lines, as far as lines are of a usual length."""

    def __init__(self, stream: BinaryIO) -> None:
        self._read_some = read_some(stream)
        self._rest = self._ready = b""
        self._clean: Callable[[bytes], bytes] = without_comments

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        while not self._ready:
            chunk = self._read_some(_CHUNK_BYTES)
            if not chunk and not self._rest:
                return 0
            data = self._rest + chunk
            end = data.rfind(b"\n") + 1 if chunk and len(data) < _LONGEST_LINE else len(data)
            self._ready, self._rest = self._clean(data[:end]), data[end:]
            if end:
                self._clean = _uncommented
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count


def _uncommented(text: bytes) -> bytes:
    for _ in range(_MOST_A_LINE if b"//" in text or b"/*" in text else 0):
        before = text
        text = _without(_BLOCK_COMMENT, text, text.rfind(b"*/") + 2)  # one that is not closed is not looked for
        text = _without(_LINE_COMMENT, text, len(text))
        if before == text:
            break
    return text


def _without(comment: re.Pattern[bytes], text: bytes, end: int) -> bytes:
    parts, at = [], 0
    for found in comment.finditer(text, 0, end):
        parts += [text[at : found.start(1)], _blanks(found[1])]
        at = found.end()
    return b"".join((*parts, text[at:])) if parts else text


def _blanks(text: bytes) -> bytes:
    return _NO_BREAK.sub(b" ", text)
