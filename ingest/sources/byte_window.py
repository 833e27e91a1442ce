"""A piece of a stream that moves forward, for splitters that look ahead."""

import re
import sys
from collections.abc import Iterator
from typing import BinaryIO

from ingest.sources.streams import read_some

CHUNK_BYTES = 256 << 10


class ByteWindow:
    """Bytes of a stream from ``offset`` on; ``fill`` adds to its end, ``take`` takes from its front.

    All positions given and returned count from the front.
    """

    def __init__(self, stream: BinaryIO, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._read_some = read_some(stream)
        self._chunk_bytes = chunk_bytes
        self._data = b""
        self._start = 0
        self.offset = 0
        """Byte of the stream at the front."""
        self._is_ended = False

    def __len__(self) -> int:
        return len(self._data) - self._start

    def fill(self) -> bool:
        """Read one chunk more, or what has arrived of it; False at the end of the stream."""
        return self._add(1)

    def fill_to(self, count: int) -> bool:
        """Read until so many bytes are there; False when the stream ends before."""
        missing = count - len(self)
        if missing > 0:
            self._add(missing)
        return len(self) >= count

    def _add(self, count: int) -> bool:
        """Read at least so many bytes; whether there were any."""
        chunks, size = [], 0
        while size < count and not self._is_ended:
            chunk = self._read_some(self._chunk_bytes)
            self._is_ended = not chunk
            chunks.append(chunk)
            size += len(chunk)
        if size:
            self._data, self._start = b"".join((self._data[self._start :], *chunks)), 0
        return size > 0

    def peek(self, count: int, at: int = 0) -> bytes:
        """Bytes that are there, at a position."""
        return self._data[self._start + at : self._start + at + count]

    def take(self, count: int) -> bytes:
        """Take the first bytes off, and return them."""
        taken = self._data[self._start : self._start + count]
        self._start += len(taken)
        self.offset += len(taken)
        return taken

    def readline(self, size: int) -> bytes:
        """Take a line off with its end, at most ``size`` bytes; nothing at the end of the stream."""
        at = self.find(b"\n")
        while at < 0 and len(self) < size:
            searched = len(self)
            if not self.fill():
                break
            at = self.find(b"\n", searched)
        return self.take(min(at + 1 if at >= 0 else len(self), size))

    def find(self, needle: bytes, at: int = 0) -> int:
        """Position of the first occurrence at or behind ``at`` among the bytes that are there; -1 for none."""
        found = self._data.find(needle, self._start + at)
        return found - self._start if found >= 0 else -1

    def search(self, pattern: re.Pattern[bytes], at: int = 0) -> tuple[int, int] | None:
        """Where a pattern begins and ends first, among the bytes that are there."""
        match = pattern.search(self._data, self._start + at)
        return (match.start() - self._start, match.end() - self._start) if match else None

    def match_end(self, pattern: re.Pattern[bytes], at: int = 0) -> int | None:
        """Where a pattern that begins at a position ends."""
        match = pattern.match(self._data, self._start + at)
        return match.end() - self._start if match else None

    def match(self, pattern: re.Pattern[bytes], at: int = 0) -> re.Match[bytes] | None:
        """A pattern at a position; its groups are bytes of the window, its places are not positions."""
        return pattern.match(self._data, self._start + at)

    def tokens(
        self, pattern: re.Pattern[bytes], at: int = 0, to: int = sys.maxsize
    ) -> Iterator[tuple[int, int, int, bool]]:
        """What a pattern finds one after the other before a position: first byte, beginning, end, and whether its
        group 1 is not there; not across a ``fill``.
        """
        start, data = self._start, self._data
        for token in pattern.finditer(data, start + at, min(start + to, len(data))):
            begin, end = token.span()
            yield data[begin], begin - start, end - start, token.lastindex is None

    def view(self) -> tuple[bytes, int, int]:
        """Bytes that are there, for loops that cannot afford a call a record: the front is at the second number in
        them, and the third is the offset in the stream of their first. ``take`` what was used.
        """
        return self._data, self._start, self.offset - self._start
