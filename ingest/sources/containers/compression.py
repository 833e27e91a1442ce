""".gz, .bz2, .xz and .zst, recognised by their first bytes."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.containers.copies import temporary_copy
from ingest.sources.containers.damage_guard import BROKEN, CHUNK_BYTES, GuardedStream
from ingest.sources.containers.limits import MAX_DICTIONARY_BYTES, MAX_WINDOW_LOG
from ingest.sources.containers.zstd_library import zstd
from ingest.sources.streams import read_some


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

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(31)
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
SUFFIXES = tuple(codec.suffixes[0] for codec in CODECS)


def codec_of(head: bytes) -> Codec | None:
    """The compression of a file by its first bytes."""
    return next((codec for codec in CODECS if head.startswith(codec.magics)), None)


def head_of(packed: bytes, codec: Codec, size: int) -> bytes:
    """What the first packed bytes of a file unpack to, up to a size; b"" when they are broken."""
    try:
        return codec.decompressor().decompress(packed, size)
    except BROKEN:
        return b""


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
        with self.packed.open() as stream:
            frames = _Frames(stream, self._codec)
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


class _Frames(io.RawIOBase):
    """Unpacks frame after frame, in bounded memory; EOFError where one is cut off."""

    def __init__(self, stream: BinaryIO, codec: Codec) -> None:
        self._read_some = read_some(stream)
        self._codec = codec
        self._decompressor = codec.decompressor()
        self._pending = b""
        """Packed bytes that are not taken yet."""
        self.bytes_taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        chunk = b""
        while not chunk:
            if self._decompressor.eof and not self._next_frame():
                break
            packed = b""
            if self._decompressor.needs_input:
                packed, self._pending = self._pending or self._more(), b""
                if not packed:
                    raise EOFError
            chunk = self._decompressor.decompress(packed, len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _more(self) -> bytes:
        chunk = self._read_some(CHUNK_BYTES)
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
