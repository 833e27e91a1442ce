"""Files on disk, as they are."""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.channel_fields import path_identity, readable_name
from ingest.sources.containers.changed_while_read import change_while_read
from ingest.sources.containers.compression import SUFFIXES, CompressedFile, codec_of
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
                self.damage = change_while_read(before, os.fstat(stream.fileno()), self._bytes_read)

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return nullcontext(self.path)

    def sibling(self, place: str) -> ArchiveFile | None:
        """See ``ArchiveFile``."""
        for suffix in ("", *SUFFIXES):
            path = Path(os.path.normpath(self.path.parent / f"{place}{suffix}"))
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
