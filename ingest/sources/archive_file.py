"""A file of an archive, wherever it lies: on disk, within a container, on stdin."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Protocol

from ingest.sources.channel_fields import path_identity, readable_name
from schemas.files import open_regular


class ArchiveFile(Protocol):
    """A file as formats see it: its bytes are unpacked, its name is that of what is inside."""

    @property
    def name(self) -> str:
        """``folder/file`` or ``folder/export.zip/chats/result.json``, as records and messages show it."""

    @property
    def base_name(self) -> str:
        """The last part of the name, without the ending of a compression: ``result.json`` of ``result.json.gz``."""

    @property
    def folder(self) -> str:
        """Name of the folder that holds it, without a container's: tools name it after the channel."""

    @property
    def path(self) -> Path | None:
        """The file on disk that it is, or that holds it; None for stdin."""

    @property
    def identity(self) -> str | None:
        """Key of its cursor; None when it cannot be read twice."""

    @property
    def total_bytes(self) -> int | None:
        """Size that ``bytes_read`` grows to; of a compressed file its size on disk. None when unknown."""

    @property
    def bytes_read(self) -> int:
        """How much of it the last ``open`` has read."""

    @property
    def damage(self) -> str | None:
        """Why the content of the last ``open`` ended early: cut or broken compression, a limit; None: it did not."""

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Its unpacked content as it is, from the start; OSError. Damaged content ends early and sets ``damage``."""

    def local(self) -> AbstractContextManager[Path]:
        """It as a file that can be read in any order (SQLite, Parquet): itself, or a copy that is deleted at the end.

        OSError, and SourceUnreadableError for one that is damaged or larger than what may be copied.
        """

    def sibling(self, base_name: str) -> "ArchiveFile | None":
        """A file beside it, by ``base_name``; None when there is none. For descriptions that it needs."""


class PlainFile:
    """A file on disk that is not packed."""

    damage = None

    def __init__(self, path: Path, folder: str) -> None:
        self.path = path
        self.folder = readable_name(folder)
        self.base_name = readable_name(path.name)
        self.name = f"{self.folder}/{self.base_name}"
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
        with open_regular(self.path) as stream:
            self._stream = stream
            try:
                yield stream
            finally:
                self._bytes_read, self._stream = stream.tell(), None

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return nullcontext(self.path)

    def sibling(self, base_name: str) -> ArchiveFile | None:
        """See ``ArchiveFile``."""
        path = self.path.with_name(base_name)
        return PlainFile(path, self.folder) if os.path.lexists(path) else None


class PipedFile:
    """A stream that somebody else opened and closes, such as stdin."""

    folder = ""
    path = identity = total_bytes = damage = None

    def __init__(self, stream: BinaryIO, name: str = "stdin") -> None:
        self.name = self.base_name = name
        self._stream = stream
        self.bytes_read = 0

    def open(self) -> AbstractContextManager[BinaryIO]:
        """See ``ArchiveFile``."""
        return nullcontext(self._stream)

    @contextmanager
    def local(self) -> Iterator[Path]:
        """See ``ArchiveFile``."""
        with tempfile.NamedTemporaryFile(prefix="tgwire-") as copy:
            shutil.copyfileobj(self._stream, copy)
            copy.flush()
            yield Path(copy.name)

    def sibling(self, base_name: str) -> ArchiveFile | None:
        """None: a stream has no neighbours."""
        return None
