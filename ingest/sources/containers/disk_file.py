"""Files on disk, and streams that somebody else opened."""

import os
import stat
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.channel_fields import path_identity, readable_name
from ingest.sources.containers.compression import SUFFIXES, CompressedFile, codec_of
from ingest.sources.containers.copies import temporary_copy
from schemas.regular_files import open_regular

_HEAD_BYTES = 16


class PlainFile:
    """A file on disk, as it is."""

    def __init__(self, path: Path, folder: str) -> None:
        self.path = path
        self.folder = self.group = readable_name(folder)
        self.base_name = readable_name(path.name)
        self.name = f"{self.folder}/{self.base_name}"
        self.damage: str | None = None
        self._stream: BinaryIO | None = None
        self._bytes_read = 0

    @property
    def identity(self) -> str | None:
        """The path."""
        return path_identity(self.path)

    @property
    def total_bytes(self) -> int | None:
        """Size of the file now; None when it is gone."""
        try:
            return self.path.stat().st_size
        except OSError:
            return None

    @property
    def bytes_read(self) -> int:
        """See ``ArchiveFile``."""
        return self._bytes_read if self._stream is None else self._stream.tell()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """See ``ArchiveFile``."""
        self.damage = None
        with open_regular(self.path) as stream:
            before = os.fstat(stream.fileno())
            self._stream = stream
            try:
                yield stream
            finally:
                self._bytes_read, self._stream = stream.tell(), None
                self._note_change(before, os.fstat(stream.fileno()))

    def _note_change(self, before: os.stat_result, after: os.stat_result) -> None:
        """A file that grew is one that is being written; any other change makes nonsense of what was read."""
        is_rewritten = after.st_mtime_ns != before.st_mtime_ns and after.st_size <= before.st_size
        if self._bytes_read and (after.st_size < before.st_size or is_rewritten):
            self.damage = "the file was changed while it was read; replay it again when nobody writes to it"

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return nullcontext(self.path)

    def sibling(self, base_name: str) -> ArchiveFile | None:
        """See ``ArchiveFile``."""
        for suffix in ("", *SUFFIXES):
            path = self.path.with_name(base_name + suffix)
            if os.path.lexists(path):
                return unpacked(PlainFile(path, self.folder)) if suffix else PlainFile(path, self.folder)
        return None

    @property
    def is_regular(self) -> bool:
        """Whether it is a file with bytes, or is not there at all, which reading it will say."""
        try:
            return stat.S_ISREG(self.path.stat().st_mode)
        except OSError:
            return True


def unpacked(file: ArchiveFile) -> ArchiveFile:
    """What is in a compressed file; any other as it is."""
    with file.open() as stream:
        codec = codec_of(stream.read(_HEAD_BYTES))
    return file if codec is None else CompressedFile(file, codec)


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
        head = self._stream.read(size)
        self._stream.seek(at)
        return head

    def open(self) -> AbstractContextManager[BinaryIO]:
        """See ``ArchiveFile``."""
        return nullcontext(self._stream)

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return temporary_copy(self)

    def sibling(self, base_name: str) -> ArchiveFile | None:
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

    def sibling(self, base_name: str) -> ArchiveFile | None:
        """None: a stream has no neighbours."""
        return None
