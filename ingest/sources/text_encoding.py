"""The content of a text file as UTF-8 without a byte-order mark, whatever encoding its mark names."""

import codecs
import io
from typing import BinaryIO

from ingest.sources.streams import read_some

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHUNK_BYTES = 256 << 10


def split_mark(head: bytes) -> tuple[str, bytes]:
    """The encoding of a text by its first bytes, and these without the mark; UTF-16 without one is seen by its NULs."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, head[len(mark) :]
    if len(head) >= 4 and 0x20 < head[0] < 0x7F and head[1] == head[3] == 0 != head[2]:
        return "utf-16-le", head
    if len(head) >= 4 and 0x20 < head[1] < 0x7F and head[0] == head[2] == 0 != head[3]:
        return "utf-16-be", head
    return "utf-8", head


def utf8(stream: BinaryIO) -> BinaryIO:
    """The rest of a stream as UTF-8; what is UTF-8 already passes unchanged, valid or not."""
    head = stream.read(4)
    encoding, rest = split_mark(head)
    if encoding == "utf-8":
        return io.BufferedReader(_Joined(rest, stream), _CHUNK_BYTES) if rest or head else stream
    return io.BufferedReader(_Recoded(rest, stream, encoding), _CHUNK_BYTES)


class _Joined(io.RawIOBase):
    """Bytes that were read ahead, and then the rest of the stream."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._read_some = read_some(stream)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        chunk = self._next(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _next(self, size: int) -> bytes:
        if self._head:
            chunk, self._head = self._head[:size], self._head[size:]
            return chunk + self._read_some(size - len(chunk)) if len(chunk) < size else chunk
        return self._read_some(size)


class _Recoded(_Joined):
    def __init__(self, head: bytes, stream: BinaryIO, encoding: str) -> None:
        super().__init__(b"", stream)
        self._first = head
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def _next(self, size: int) -> bytes:
        while not self._head:
            chunk, self._first = self._first + self._read_some(max(size, 4)), b""
            self._head = self._decoder.decode(chunk, final=not chunk).encode("utf-8", "replace")
            if not chunk:
                break
        chunk, self._head = self._head[:size], self._head[size:]
        return chunk
