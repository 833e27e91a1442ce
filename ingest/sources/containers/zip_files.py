"""Members of a .zip file. Nothing of it is written to disk, so a name that climbs out of its folder harms nobody; it
is left out and named all the same, since no program of good faith writes one.
"""

import io
import stat
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.containers.compression import inflated
from ingest.sources.containers.copies import temporary_copy
from ingest.sources.containers.cut_zip import PartOfFile, content_of, content_offset, members_by_headers
from ingest.sources.containers.damage_guard import GuardedStream
from ingest.sources.containers.members import MemberNames, place_of
from ingest.sources.streams import read_some

_ENCRYPTED = 1
_UNREADABLE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError)
"""What zipfile raises for a broken directory, and for compressions that it does not know."""


class ZipMember:
    """A file within a .zip file."""

    def __init__(self, zip_: "ZipMembers", info: zipfile.ZipInfo, names: MemberNames) -> None:
        self._zip, self._info = zip_, info
        self.name, self.base_name, self.folder, self.group = names.name, names.base_name, names.folder, names.group
        self.path = zip_.container.path
        self.identity = None if zip_.container.identity is None else f"{zip_.container.identity}!{info.filename}"
        self.total_bytes = info.file_size
        self.damage: str | None = None
        self._guard: GuardedStream | None = None

    @property
    def bytes_read(self) -> int:
        """Unpacked bytes."""
        return 0 if self._guard is None else self._guard.bytes_read

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """See ``ArchiveFile``."""
        self.damage = None
        with self._zip.opened(self._info) as stream:
            packed = self._info.compress_size
            guard = self._guard = GuardedStream(_Checked(stream, self._info.CRC), self._note, lambda: packed)
            yield guard.buffered()

    def _note(self, damage: str) -> None:
        self.damage = damage

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return temporary_copy(self)

    def sibling(self, place: str) -> ArchiveFile | None:
        """See ``ArchiveFile``."""
        return self._zip.find(*place_of(self.group, place))


class _Checked(io.RawIOBase):
    """Compares the checksum behind the last byte: zipfile does so before it hands that on, and loses it."""

    def __init__(self, stream: BinaryIO | io.RawIOBase, expected: int) -> None:
        if isinstance(stream, zipfile.ZipExtFile):
            stream._expected_crc = None  # type: ignore[union-attr]  # noqa: SLF001
        self._read_some, self._expected, self._found = read_some(stream), expected, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        chunk = self._read_some(len(buffer))
        self._found = zlib.crc32(chunk, self._found)
        if not chunk and self._found != self._expected:
            raise zipfile.BadZipFile("the checksum is wrong")
        buffer[: len(chunk)] = chunk
        return len(chunk)


class ZipMembers:
    """What a .zip file holds. It stays open, since its directory can be long."""

    def __init__(self, container: ArchiveFile) -> None:
        self.container = container
        self._stack = ExitStack()
        weakref.finalize(self, self._stack.close)
        self._path: Path | None = None
        self._opened: zipfile.ZipFile | None = None
        """None of a file without a directory."""
        self._found: dict[tuple[str, str], ZipMember] = {}

    def list(self) -> Iterator["ZipMember | tuple[str, str]"]:
        """Its files, and name and reason of those that are left out. OSError."""
        path, opened = self._place()
        for info in members_by_headers(path) if opened is None else opened.infolist():
            if info.is_dir():
                continue
            names = MemberNames.of(self.container, info.filename)
            if isinstance(names, str):
                yield f"{self.container.name}/{info.filename}", names
            elif info.flag_bits & _ENCRYPTED:
                yield names.name, "encrypted; unpack it first"
            elif stat.S_ISLNK(info.external_attr >> 16):
                yield names.name, "a link"
            else:
                member = ZipMember(self, info, names)
                self._found[member.group, member.base_name] = member
                yield member
        if opened is None:
            yield self.container.name, "the .zip file is cut or broken; files behind the damaged place are not found"

    @contextmanager
    def opened(self, info: zipfile.ZipInfo) -> Iterator[BinaryIO | io.RawIOBase]:
        """The content of a member. OSError."""
        try:
            path, opened = self._place()
            stream = content_of(path, info) if opened is None else opened.open(info)
            at = info.header_offset if opened is None else content_offset(path, info)
        except _UNREADABLE as error:
            raise OSError(None, str(error)) from error
        with ExitStack() as stack:
            stack.enter_context(stream)
            if info.compress_type == zipfile.ZIP_DEFLATED and info.file_size and at is not None:
                size = info.compress_size
                yield inflated(lambda: stack.enter_context(PartOfFile(path, at, size)))
            else:
                yield stream  # type: ignore[misc]

    def _place(self) -> tuple[Path, zipfile.ZipFile | None]:
        """The file on disk, and its directory, if it has one."""
        if self._path is None:
            self._path = self._stack.enter_context(self.container.local())
            with suppress(*_UNREADABLE):
                self._opened = self._stack.enter_context(zipfile.ZipFile(self._path))
        return self._path, self._opened

    def find(self, group: str, base_name: str) -> ArchiveFile | None:
        """A member by its place."""
        return self._found.get((group, base_name))
