"""Streams that somebody else opened, such as stdin: read once, or copied to disk to be read again."""

import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.containers.copies import temporary_copy

_PEEKED_BYTES = 64 << 10
"""Of a stream in memory, at least: who asks for one byte after the other would read it over and over."""


@runtime_checkable
class Peekable(Protocol):
    """A stream that shows what comes next."""

    def peek(self, size: int = 0, /) -> bytes:
        """Bytes that ``read`` will give: at least so many, if there are, which may have to be waited for."""


class PipedFile:
    """A stream that somebody else opened and closes, such as stdin. It can be read once."""

    folder = group = ""
    path = identity = total_bytes = damage = None

    def __init__(self, stream: BinaryIO, name: str = "stdin") -> None:
        self.name = self.base_name = name
        self._stream = stream
        self.bytes_read = 0

    def peek(self, size: int) -> bytes:
        """Its first bytes, at least so many if there are; the stream stays where it is."""
        if isinstance(self._stream, Peekable):
            return self._stream.peek(size)
        at = self._stream.tell()
        head = self._stream.read(max(size, _PEEKED_BYTES))
        self._stream.seek(at)
        return head

    def open(self) -> AbstractContextManager[BinaryIO]:
        """See ``ArchiveFile``."""
        return nullcontext(self._stream)

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return temporary_copy(self)

    def sibling(self, place: str) -> ArchiveFile | None:
        """None: a stream has no neighbours."""
        return None


class SpooledFile:
    """A pipe that is copied to disk when it is first opened, so that it can be read again and in any order."""

    folder = group = ""
    path = identity = total_bytes = damage = None

    def __init__(self, pipe: PipedFile) -> None:
        self.name, self.base_name = pipe.name, pipe.base_name
        self._pipe = pipe
        self._stack = ExitStack()
        weakref.finalize(self, self._stack.close)
        self._copy: Path | None = None
        self.bytes_read = 0

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """See ``ArchiveFile``."""
        with self.local() as path, path.open("rb") as stream:
            yield stream

    @contextmanager
    def local(self) -> Iterator[Path]:
        """See ``ArchiveFile``."""
        if self._copy is None:
            self._copy = self._stack.enter_context(self._pipe.local())
        yield self._copy

    def sibling(self, place: str) -> ArchiveFile | None:
        """None: a stream has no neighbours."""
        return None
