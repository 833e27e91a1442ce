"""A stream of unpacked content that ends, instead of failing, where it is damaged."""

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO

from ingest.sources.containers.limits import MAX_RATIO, is_bomb
from ingest.sources.containers.zstd_library import zstd
from ingest.sources.streams import read_some

CHUNK_BYTES = 256 << 10
BROKEN = (EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError, zipfile.BadZipFile, tarfile.TarError, MemoryError)
"""What the libraries raise for packed data that is cut or broken; so is OSError without a number."""


class GuardedStream(io.RawIOBase):
    """Reads a stream and counts; what breaks it off goes to ``on_damage``, and the stream ends there.

    ``packed_bytes`` gives the packed bytes read so far, by which bombs are recognised; None: nothing is packed.
    """

    def __init__(
        self,
        stream: BinaryIO | io.RawIOBase,
        on_damage: Callable[[str], None],
        packed_bytes: Callable[[], int] | None = None,
    ) -> None:
        self._read_some = read_some(stream)
        self._on_damage, self._packed_bytes = on_damage, packed_bytes
        self.bytes_read = 0
        self._is_over = False

    def readable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        """See ``io.RawIOBase``."""
        chunk = b"" if self._is_over else self._read(len(buffer))
        self.bytes_read += len(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _read(self, size: int) -> bytes:
        try:
            chunk = self._read_some(size)
        except BROKEN as error:
            return self._end(f"the packed data is cut or broken ({_words(error)})")
        except OSError as error:
            if error.errno is not None:
                raise
            return self._end(f"the packed data is broken ({error})")
        if self._packed_bytes is not None and is_bomb(self._packed_bytes(), self.bytes_read):
            return self._end(f"it unpacks to more than {MAX_RATIO} times its size; the rest of this bomb is not read")
        return chunk

    def _end(self, damage: str) -> bytes:
        self._is_over = True
        self._on_damage(f"{damage}, after {self.bytes_read:,} unpacked bytes")
        return b""

    def buffered(self) -> BinaryIO:
        """The stream, read in large pieces."""
        return io.BufferedReader(self, CHUNK_BYTES)


def _words(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "it ends too early"
    if isinstance(error, MemoryError):
        return "it asks for too much memory"
    return str(error) or type(error).__name__
