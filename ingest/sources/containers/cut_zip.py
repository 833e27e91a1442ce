"""Members of a .zip file whose directory, at its end, is cut off or broken: by the header before each of them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ingest.sources.containers.damage_guard import CHUNK_BYTES
from ingest.sources.containers.limits import is_bomb

_HEADER = struct.Struct("<4s5H3L2H")
_MAGIC, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_AFTER_MEMBER = (_MAGIC, b"PK\x01\x02")
_HAS_DESCRIPTOR, _IS_UTF8 = 0x8, 0x800
"""Flags: sizes and checksum are behind the content; the name is UTF-8."""
_SIZE_IN_EXTRA, _ZIP64 = 0xFFFFFFFF, 1


def members_by_headers(path: Path) -> Iterator[zipfile.ZipInfo]:
    """The members up to the cut, the last one perhaps without its end; ``content_of`` opens them. OSError.

    Sizes that are behind a content are found by unpacking it; where that cannot be done, because it is stored as it is,
    nothing shows where it ends: it is not given, nor what is behind.
    """
    with path.open("rb") as stream:
        end = stream.seek(0, 2)
        at = 0
        while (info := _header(stream, at)) is not None:
            at = info.header_offset
            is_measured = bool(info.flag_bits & _HAS_DESCRIPTOR) and not info.compress_size
            if is_measured and info.compress_type != zipfile.ZIP_DEFLATED:
                return
            behind = _measure(stream, info, end) if is_measured else at + info.compress_size
            info.compress_size = min(info.compress_size, end - at)
            yield info
            at = behind


def content_of(path: Path, info: zipfile.ZipInfo) -> zipfile.ZipExtFile:
    """The content of a member, as far as it is there. OSError, NotImplementedError."""
    stream = path.open("rb")
    try:
        stream.seek(info.header_offset)
        return zipfile.ZipExtFile(stream, "r", info, close_fileobj=True)
    except BaseException:
        stream.close()
        raise


def content_offset(path: Path, info: zipfile.ZipInfo) -> int | None:
    """Where the content of a member begins; None where its header is not where the directory says. OSError."""
    with path.open("rb") as stream:
        found = _header(stream, info.header_offset)
    return None if found is None else found.header_offset


class PartOfFile(io.RawIOBase):
    """Some bytes of a file, which is closed with it. OSError."""

    def __init__(self, path: Path, at: int, size: int) -> None:
        self._stream = path.open("rb")
        self._stream.seek(at)
        self._left = size

    def readable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        """See ``io.RawIOBase``."""
        chunk = self._stream.read(min(len(buffer), self._left))
        self._left -= len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """See ``io.IOBase``."""
        self._stream.close()
        super().close()


def _header(stream: BinaryIO, at: int) -> zipfile.ZipInfo | None:
    """The member whose header is here, with the place of its content as ``header_offset``."""
    stream.seek(at)
    raw = stream.read(_HEADER.size)
    if len(raw) < _HEADER.size or not raw.startswith(_MAGIC):
        return None
    _, _, flags, method, _, _, checksum, packed, unpacked, name_size, extra_size = _HEADER.unpack(raw)
    name, extra = stream.read(name_size), stream.read(extra_size)
    info = zipfile.ZipInfo(name.decode("utf-8" if flags & _IS_UTF8 else "cp437", "replace"))
    info.header_offset = at + _HEADER.size + name_size + extra_size
    info.flag_bits, info.compress_type, info.CRC = flags, method, checksum
    info.compress_size, info.file_size = _large_sizes(extra, packed, unpacked)
    return info


def _large_sizes(extra: bytes, packed: int, unpacked: int) -> tuple[int, int]:
    """Sizes of 4 GiB and more are in a field of their own."""
    while len(extra) >= 4 and _SIZE_IN_EXTRA in (packed, unpacked):
        kind, size = struct.unpack_from("<2H", extra)
        if kind == _ZIP64 and size >= 16 and len(extra) >= 20:
            unpacked, packed = struct.unpack_from("<2Q", extra, 4)
            break
        extra = extra[4 + size :]
    return packed, unpacked


def _measure(stream: BinaryIO, info: zipfile.ZipInfo, end: int) -> int:
    """Find sizes and checksum of a member by unpacking it; where the next header is."""
    at = info.header_offset
    stream.seek(at)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    taken = given = checksum = 0
    try:
        while not inflate.eof and not is_bomb(taken, given) and (packed := stream.read(CHUNK_BYTES)):
            taken += len(packed)
            while packed and not inflate.eof:
                chunk = inflate.decompress(packed, CHUNK_BYTES)
                given, checksum, packed = given + len(chunk), zlib.crc32(chunk, checksum), inflate.unconsumed_tail
    except zlib.error:
        pass  # reading it will say so
    if not inflate.eof:
        info.compress_size, info.file_size = end - at, given
        return end
    info.compress_size, info.file_size, info.CRC = taken - len(inflate.unused_data), given, checksum
    return _behind_descriptor(stream, at + info.compress_size)


def _behind_descriptor(stream: BinaryIO, at: int) -> int:
    """Checksum and two sizes, of 4 or 8 bytes, which a mark may go before."""
    stream.seek(at)
    raw = stream.read(28)
    sizes = (16, 24) if raw.startswith(_DESCRIPTOR) else (12, 20)
    return at + next((size for size in sizes if raw[size : size + 4] in _AFTER_MEMBER), sizes[0])
