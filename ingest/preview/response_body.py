"""The body of an answer, within bounds: of bytes as they travel, and of bytes as they are unpacked."""

import zlib
from collections.abc import AsyncIterable

from ingest.errors import ReaderLostError

MAX_PAGE_BYTES = 4 << 20
"""Most bytes of a page that are read; one of 20 posts has about 100 KB."""
ACCEPTED_ENCODINGS = "gzip"
"""What a request asks for. httpx would unpack whatever an answer names, layer by layer and without a bound."""
_PLAIN, _GZIP = ("", "identity"), ("gzip", "x-gzip")
_GZIP_HEADER = 16 + zlib.MAX_WBITS


async def read_body(chunks: AsyncIterable[bytes], encoding: str, address: str) -> bytes:
    """The unpacked bytes of a body; ``encoding`` is its Content-Encoding.

    Never holds more than MAX_PAGE_BYTES and a chunk. Raises ReaderLostError: too large, cut short, packed otherwise.
    """
    kind = encoding.strip().lower()
    if kind in _PLAIN:
        return await _plain(chunks, address)
    if kind in _GZIP:
        return await _unpacked(chunks, address)
    raise ReaderLostError(
        f"{address}: the response has a Content-Encoding that was not requested. It is requested again."
    )


async def _plain(chunks: AsyncIterable[bytes], address: str) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        _check(len(body), address)
    return bytes(body)


async def _unpacked(chunks: AsyncIterable[bytes], address: str) -> bytes:
    """Unpack one layer of gzip; each step yields at most what is left of the bound."""
    body, received = bytearray(), 0
    unpacker = zlib.decompressobj(_GZIP_HEADER)
    try:
        async for chunk in chunks:
            received += len(chunk)
            _check(received, address)
            body += unpacker.decompress(chunk, MAX_PAGE_BYTES + 1 - len(body))
            _check(len(body), address)
    except zlib.error:
        raise ReaderLostError(f"{address}: the response cannot be decompressed. It is requested again.") from None
    if received and not unpacker.eof:
        raise ReaderLostError(f"{address}: the response was cut short. It is requested again.")
    return bytes(body)


def _check(size: int, address: str) -> None:
    if size > MAX_PAGE_BYTES:
        raise ReaderLostError(f"{address}: the answer is larger than {MAX_PAGE_BYTES} bytes; no preview page is.")
