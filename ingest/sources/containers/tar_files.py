"""Members of a .tar file, which may be compressed: read from front to back, so several are opened in one pass."""

import io
import tarfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.containers.copies import temporary_copy
from ingest.sources.containers.damage_guard import CHUNK_BYTES, GuardedStream
from ingest.sources.containers.members import MemberNames, place_of
from ingest.sources.sample import SAMPLE_BYTES

HEAD_BYTES = SAMPLE_BYTES + 1


class TarMember:
    """A file within a .tar file."""

    def __init__(self, tar: "TarMembers", number: int, info: tarfile.TarInfo, names: MemberNames, head: bytes) -> None:
        """``head`` are its first bytes: what it is, is found out without another pass."""
        self._tar, self._number, self._head = tar, number, head
        self.name, self.base_name, self.folder, self.group = names.name, names.base_name, names.folder, names.group
        self.path = tar.container.path
        self.identity = None if tar.container.identity is None else f"{tar.container.identity}!{info.name}"
        self.total_bytes = info.size
        self._damage: str | None = None
        self._guard: GuardedStream | None = None

    @property
    def bytes_read(self) -> int:
        """Bytes of the member."""
        return 0 if self._guard is None else self._guard.bytes_read

    @property
    def damage(self) -> str | None:
        """See ``ArchiveFile``."""
        is_cut = self._guard is not None and self._guard.bytes_read < self.total_bytes
        return self._damage or (self._tar.container.damage if is_cut else None)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """See ``ArchiveFile``."""
        self._damage = None
        content = _Content(self._head, self.total_bytes, partial(self._tar.opened, self._number))
        guard = self._guard = GuardedStream(content, self._note)
        with content:
            yield guard.buffered()
        self._tar.done(self._number)

    def _note(self, damage: str) -> None:
        self._damage = damage

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return temporary_copy(self)

    def sibling(self, place: str) -> ArchiveFile | None:
        """See ``ArchiveFile``."""
        return self._tar.find(*place_of(self.group, place))


class TarMembers:
    """What a .tar file holds. The pass of the last member is gone on with for the next one."""

    def __init__(self, container: ArchiveFile) -> None:
        self.container = container
        self._found: dict[tuple[str, str], TarMember] = {}
        self._last = -1
        """Number of the last member."""
        self._passes = ExitStack()
        """Closes the present pass."""
        weakref.finalize(self, self._passes.close)
        self._pass: _Pass | None = None

    def list(self) -> Iterator["TarMember | tuple[str, str]"]:
        """Its files, and name and reason of those that are left out. OSError."""
        listing = _Pass(self.container)
        with closing(listing):
            while (info := listing.next()) is not None:
                if not info.isdir():
                    yield self._member(listing, info)
        damage = listing.damage or self.container.damage
        if damage:
            yield self.container.name, f"{damage}; files behind that are not found"

    def _member(self, listing: "_Pass", info: tarfile.TarInfo) -> "TarMember | tuple[str, str]":
        names = MemberNames.of(self.container, info.name)
        if isinstance(names, str):
            return f"{self.container.name}/{info.name}", names
        if not info.isreg() or info.issparse():
            return names.name, "a link" if info.issym() or info.islnk() else "not a regular file"
        self._last = listing.number
        member = TarMember(self, listing.number, info, names, listing.head())
        self._found[member.group, member.base_name] = member
        return member

    def opened(self, number: int) -> io.RawIOBase:
        """The content of a member. OSError."""
        if self._pass is None or not self._pass.can_reach(number):
            self._passes.close()
            self._pass = _Pass(self.container)
            self._passes.callback(self._pass.close)
        return self._pass.content(number)

    def done(self, number: int) -> None:
        """A member is read; behind the last one the pass ends."""
        if number == self._last:
            self._passes.close()

    def find(self, group: str, base_name: str) -> ArchiveFile | None:
        """A member by its place."""
        return self._found.get((group, base_name))


class _Pass:
    """One way through a .tar file."""

    def __init__(self, container: ArchiveFile) -> None:
        self.number = -1
        """Of the member that is reached."""
        self.damage: str | None = None
        self._info: tarfile.TarInfo | None = None
        self._is_closed = self._is_taken = False
        with ExitStack() as stack:
            stream = stack.enter_context(container.open())
            try:
                self._tar = stack.enter_context(tarfile.open(fileobj=stream, mode="r|", errorlevel=1))
            except tarfile.TarError as error:
                raise OSError(None, str(error)) from error
            self._stack = stack.pop_all()

    def next(self) -> tarfile.TarInfo | None:
        """The header of the next member; None at the end, or where it is cut."""
        try:
            self._info = self._tar.next()
        except (tarfile.TarError, EOFError) as error:
            self.damage = f"the .tar file is cut or broken ({error})"
            self._info = None
        self._tar.members = []  # type: ignore[attr-defined]  # else it keeps every header
        self.number += 1
        self._is_taken = False
        return self._info

    def can_reach(self, number: int) -> bool:
        """Whether a member is still ahead, or reached and not read yet."""
        return not self._is_closed and (number > self.number or (number == self.number and not self._is_taken))

    def content(self, number: int) -> io.RawIOBase:
        """The content of a member ahead."""
        while self.number < number and self.next() is not None:
            pass
        if self._info is None:
            raise OSError(None, self.damage or "the container has changed")
        self._is_taken = True
        return self._body(self._info)

    def _body(self, info: tarfile.TarInfo) -> "_Body":
        stream: Any = self._tar.fileobj
        stream.seek(info.offset_data)
        return _Body(stream, info.size)

    def head(self) -> bytes:
        """The first bytes of the member that is reached; fewer where the file is cut."""
        assert self._info is not None
        body, head = self._body(self._info), b""
        with suppress(EOFError):
            while len(head) < HEAD_BYTES and (chunk := body.read(HEAD_BYTES - len(head))):
                head += chunk
        return head

    def close(self) -> None:
        self._is_closed = True
        self._stack.close()


class _Body(io.RawIOBase):
    """The bytes of one member. EOFError where the file is cut, behind the last byte that is there: what tarfile itself
    hands out forgets the bytes before.
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        chunk = self._stream.read(min(len(buffer), self._left, CHUNK_BYTES))
        if self._left and not chunk:
            raise EOFError
        self._left -= len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Content(io.RawIOBase):
    """A member's content; the pass is asked for it when more than its first bytes is wanted."""

    def __init__(self, head: bytes, size: int, open_content: Callable[[], io.RawIOBase]) -> None:
        self._head, self._size, self._open = head, size, open_content
        self._at = 0
        self._stream: io.RawIOBase | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        if self._at < len(self._head):
            chunk = self._head[self._at : self._at + len(buffer)]
        elif self._at == self._size:
            chunk = b""
        elif len(self._head) < HEAD_BYTES:
            raise EOFError
        else:
            if self._stream is None:
                self._stream = self._open()
                passed = 0
                while passed < len(self._head):
                    passed += len(self._stream.read(len(self._head) - passed) or b"")
            chunk = self._stream.read(len(buffer)) or b""
        self._at += len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)
