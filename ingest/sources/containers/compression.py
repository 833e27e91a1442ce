""".gz, .bz2, .xz and .zst, recognised by their first bytes."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.containers.copies import temporary_copy
from ingest.sources.containers.damage_guard import BROKEN, CHUNK_BYTES, GuardedStream
from ingest.sources.containers.limits import MAX_DICTIONARY_BYTES, MAX_WINDOW_LOG
from ingest.sources.containers.piped_files import PipedFile
from ingest.sources.containers.zstd_library import zstd
from ingest.sources.streams import read_some

_PIPED_BYTES = 4096
"""So much at once is unpacked of a pipe, which cannot be read again where it is broken."""


class _Decompressor(Protocol):
    """What bz2, lzma and zstd have in common; one frame."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """zlib, with the manners of the others."""

    def __init__(self, window_bits: int = 31) -> None:
        self._zlib = zlib.decompressobj(window_bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        found = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = not self._zlib.unconsumed_tail and len(found) < max_length
        return found


@dataclass(frozen=True, slots=True)
class Codec:
    """A compression of one file."""

    magics: tuple[bytes, ...]
    suffixes: tuple[str, ...]
    """The first is what it adds to a name."""
    decompressor: Callable[[], _Decompressor]


_SKIPPABLE = tuple(bytes([0x50 + number, 0x2A, 0x4D, 0x18]) for number in range(16))
"""zstd's frames without content."""

CODECS = (
    Codec((b"\x1f\x8b",), (".gz", ".tgz"), _Gunzip),
    Codec((b"BZh",), (".bz2", ".tbz2"), bz2.BZ2Decompressor),
    Codec((b"\xfd7zXZ\0",), (".xz", ".txz"), lambda: lzma.LZMADecompressor(memlimit=MAX_DICTIONARY_BYTES)),
    Codec(
        (b"\x28\xb5\x2f\xfd", *_SKIPPABLE),
        (".zst", ".tzst"),
        lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}),
    ),
)
_DEFLATE = Codec((), (), lambda: _Gunzip(-zlib.MAX_WBITS))
SUFFIXES = tuple(codec.suffixes[0] for codec in CODECS)


def codec_of(head: bytes) -> Codec | None:
    """The compression of a file by its first bytes."""
    return next((codec for codec in CODECS if head.startswith(codec.magics)), None)


def head_of(packed: bytes, codec: Codec, size: int) -> bytes:
    """What the first packed bytes of a file unpack to, up to a size; b"" when they are broken."""
    try:
        return codec.decompressor().decompress(packed, size)
    except (*BROKEN, OSError):  # no file is read: what bz2 says of broken data
        return b""


def inflated(open_packed: Callable[[], BinaryIO | io.RawIOBase]) -> io.RawIOBase:
    """The content of deflated bytes without a frame, as of a .zip's members; where they are broken, what is before that
    place is given first. ``open_packed`` opens them from their start, perhaps twice.
    """
    return _Frames(open_packed, _DEFLATE, can_repeat=True)


class CompressedFile:
    """The content of a compressed file."""

    def __init__(self, packed: ArchiveFile, codec: Codec) -> None:
        self.packed, self._codec = packed, codec
        self.name, self.folder, self.path, self.identity = packed.name, packed.folder, packed.path, packed.identity
        self.group = packed.group
        self.base_name = _without_suffix(packed.base_name, codec)
        self._damage: str | None = None

    @property
    def total_bytes(self) -> int | None:
        """Of the packed file."""
        return self.packed.total_bytes

    @property
    def bytes_read(self) -> int:
        """Of the packed file."""
        return self.packed.bytes_read

    @property
    def damage(self) -> str | None:
        """See ``ArchiveFile``."""
        return self._damage or self.packed.damage

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """See ``ArchiveFile``."""
        self._damage = None
        with ExitStack() as stack:
            can_repeat = not isinstance(self.packed, PipedFile)
            frames = _Frames(lambda: stack.enter_context(self.packed.open()), self._codec, can_repeat=can_repeat)
            guard = GuardedStream(frames, self._note, lambda: frames.bytes_taken)
            yield guard.buffered()

    def _note(self, damage: str) -> None:
        self._damage = damage

    def local(self) -> AbstractContextManager[Path]:
        """See ``ArchiveFile``."""
        return temporary_copy(self)

    def sibling(self, place: str) -> ArchiveFile | None:
        """See ``ArchiveFile``."""
        return self.packed.sibling(place)


def _without_suffix(name: str, codec: Codec) -> str:
    plain, short = codec.suffixes
    lower = name.lower()
    if lower.endswith(plain):
        return name[: -len(plain)]
    return f"{name[: -len(short)]}.tar" if lower.endswith(short) else name


class _BrokenDataError(Exception):
    """A library refuses packed data."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Frames(io.RawIOBase):
    """Unpacks frame after frame, in bounded memory; EOFError where one is cut off.

    Where a library finds data broken, or a checksum wrong, it drops what it has unpacked since it was asked, up to 256
    kB. So the content is unpacked once more, and from the last piece of packed bytes on byte by byte.
    """

    def __init__(self, open_packed: Callable[[], BinaryIO | io.RawIOBase], codec: Codec, *, can_repeat: bool) -> None:
        """``open_packed`` opens the packed content from its start; of a pipe it ``can_repeat`` nothing."""
        self._open, self._codec, self._can_repeat = open_packed, codec, can_repeat
        self._bytes_given = 0
        self._piece_at = 0
        """Where the last piece of packed bytes begins."""
        self._careful_from: int | None = None
        """From here on packed bytes are taken one by one, and unpacked ones given so."""
        self._start()

    def _start(self) -> None:
        self._read_some = read_some(self._open())
        self._decompressor = self._codec.decompressor()
        self._pending = b""
        """Packed bytes that are not taken yet."""
        self._damage: _BrokenDataError | None = None
        self.bytes_taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        size = len(buffer)
        try:
            chunk = self._unpacked(size) if self._can_repeat else self._in_pieces(_PIPED_BYTES, size)
        except _BrokenDataError as error:
            if not self._can_repeat or self._careful_from is not None:
                raise error.cause from None
            self._go_back()
            chunk = self._before_damage(size)
        buffer[: len(chunk)] = chunk
        self._bytes_given += len(chunk)
        return len(chunk)

    def _before_damage(self, size: int) -> bytes:
        try:
            return self._in_pieces(1, size)
        except _BrokenDataError as error:
            raise error.cause from None

    def _in_pieces(self, most: int, size: int) -> bytes:
        """What can be had without waiting for a pipe; what is before a damaged place, which is raised next time."""
        chunk = bytearray(self._unpacked(most))
        with suppress(_BrokenDataError, EOFError):
            while chunk and len(chunk) < size and (self._can_repeat or self._has_more):
                piece = self._unpacked(min(most, size - len(chunk)))
                if not piece:
                    break
                chunk += piece
        return bytes(chunk)

    @property
    def _has_more(self) -> bool:
        return not (self._decompressor.needs_input or self._decompressor.eof)

    def _go_back(self) -> None:
        """To what was given last."""
        self._careful_from = self._piece_at
        self._start()
        left = self._bytes_given
        while left and (chunk := self._unpacked(min(left, CHUNK_BYTES))):
            left -= len(chunk)

    def _unpacked(self, most: int) -> bytes:
        """The next bytes, empty at the end."""
        if self._damage is not None:
            raise self._damage
        chunk = b""
        while not chunk:
            if self._decompressor.eof and not self._next_frame():
                break
            packed = b""
            if self._decompressor.needs_input:
                packed, self._pending = self._pending or self._more(), b""
                if not packed:
                    raise EOFError
            try:
                chunk = self._decompressor.decompress(packed, most)
            except (*BROKEN, OSError) as error:
                self._damage = _BrokenDataError(error)
                raise self._damage from None
        return chunk

    def _more(self) -> bytes:
        size = CHUNK_BYTES
        if self._careful_from is not None:
            size = min(max(self._careful_from - self.bytes_taken, 1), CHUNK_BYTES)
        self._piece_at = self.bytes_taken
        chunk = self._read_some(size)
        self.bytes_taken += len(chunk)
        return chunk

    def _next_frame(self) -> bool:
        """Begin the next frame; False at the end, which may be filled up with zeros. OSError for anything else."""
        rest = self._decompressor.unused_data or self._more()
        while not rest.strip(b"\0"):
            rest = self._more()
            if not rest:
                return False
        rest = rest.lstrip(b"\0")
        while len(rest) < 6 and (more := self._more()):
            rest += more
        if not rest.startswith(self._codec.magics):
            raise OSError("something else is behind it")
        self._decompressor, self._pending = self._codec.decompressor(), rest
        return True
