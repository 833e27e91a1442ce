"""Lines of a pipe, with the answer to whether the next one is there already."""

import io
import os
import select
import sys
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, cast

_CHUNK_BYTES = 1 << 16
_MOST_AHEAD = 8 << 20
"""Bytes that are read ahead at most to look for the end of a line."""


class PipedLines(io.RawIOBase):
    """Reads a descriptor, which it leaves open. Nothing else may read from it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer = bytearray()
        self._is_at_end = False

    def readable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def readline(self, size: int | None = -1, /) -> bytes:
        """See ``io.IOBase``."""
        most = sys.maxsize if size is None or size < 0 else size
        looked_at = 0
        while (end := self._buffer.find(b"\n", looked_at)) < 0 and len(self._buffer) < most and not self._is_at_end:
            looked_at = len(self._buffer)
            self._fill()
        return self._take(min(most, end + 1 or len(self._buffer)))

    def peek(self, size: int = 0, /) -> bytes:
        """Bytes that come next: at least so many, if there are; waits for them."""
        while len(self._buffer) < size and not self._is_at_end:
            self._fill()
        return bytes(self._buffer)

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        """See ``io.RawIOBase``."""
        if not self._buffer and not self._is_at_end:
            self._fill()
        data = self._take(min(len(buffer), len(self._buffer)))
        buffer[: len(data)] = data
        return len(data)

    def has_line(self) -> bool:
        """Whether ``readline`` would return at once."""
        looked_at = 0
        while self._buffer.find(b"\n", looked_at) < 0 and len(self._buffer) < _MOST_AHEAD and not self._is_at_end:
            looked_at = len(self._buffer)
            if not select.select([self._descriptor], [], [], 0)[0]:
                return False
            self._fill()
        return True

    def _fill(self) -> None:
        chunk = os.read(self._descriptor, _CHUNK_BYTES)
        self._buffer += chunk
        self._is_at_end = not chunk

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


class PipedStdin(NamedTuple):
    """Stdin for a reader of lines."""

    stream: BinaryIO
    has_line: Callable[[], bool]
    """Whether it has one at once."""


def lines_of_stdin() -> PipedStdin:
    """Stdin; what is read there is gone from ``sys.stdin``."""
    if sys.stdin is None:  # closed by whoever started the process
        return PipedStdin(io.BytesIO(), lambda: True)
    try:
        lines = PipedLines(sys.stdin.fileno())
    except io.UnsupportedOperation:  # stdin was replaced by bytes in memory
        return PipedStdin(sys.stdin.buffer, lambda: True)
    return PipedStdin(cast("BinaryIO", lines), lines.has_line)
