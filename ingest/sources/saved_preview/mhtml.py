"""The page within an ``.mhtml`` file, which holds it with its pictures as parts of one MIME message (RFC 2557)."""

import binascii
import codecs
import io
import re
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from typing import BinaryIO

_HEADER = re.compile(rb"\s*(?:[!-9;-~]+:.*\r?\n(?:[ \t].*\r?\n)*)*?content-type:\s*multipart/", re.IGNORECASE)
_MAX_LINE_BYTES = 1 << 20
_MAX_HEADER_LINES = 200
_HEAD_BYTES = 8192
_TOGETHER_BYTES = 1 << 16
"""Lines are unpacked together, since they have 76 bytes."""


def page_of(stream: BinaryIO) -> BinaryIO:
    """The HTML of a stream: the first HTML part of a MIME message as UTF-8, or else all of it."""
    head = io.BufferedReader(_Whole(stream), 2 * _HEAD_BYTES)
    if not _HEADER.match(head.peek(_HEAD_BYTES)):
        return head
    return io.BufferedReader(_Chunks(_html(head)), 1 << 18)


class _Whole(io.RawIOBase):
    """A stream as ``io.BufferedReader`` wants it; whoever opened it closes it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Chunks(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        chunk, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _html(stream: BinaryIO) -> Iterator[bytes]:
    """The body of the first HTML part, unpacked and in UTF-8."""
    boundary = _header(stream).get_boundary()
    border = b"--" + (boundary or "").encode("ascii", "replace")
    while True:
        for line in _lines(stream):
            if line.startswith(border):
                break
        else:
            return
        part = _header(stream)
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            break
    unpack, decode = _unpacker(part), _decoder(part.get_content_charset())
    lines: list[bytes] = []
    size = 0
    for line in _lines(stream):
        if line.startswith(border):
            break
        lines.append(line)
        size += len(line)
        if size >= _TOGETHER_BYTES:
            yield decode(unpack(b"".join(lines)))
            lines, size = [], 0
    yield decode(unpack(b"".join(lines)))


def _header(stream: BinaryIO) -> Message:
    lines: list[bytes] = []
    for line in _lines(stream):
        if not line.strip() and (lines or line == b""):
            break
        lines.append(line)
        if len(lines) > _MAX_HEADER_LINES:
            break
    return BytesHeaderParser().parsebytes(b"".join(lines).lstrip())


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_MAX_LINE_BYTES):
        yield line


def _unpacker(part: Message) -> Callable[[bytes], bytes]:
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp
    return _base64() if encoding == "base64" else bytes


def _base64() -> Callable[[bytes], bytes]:
    rest = b""

    def unpack(line: bytes) -> bytes:
        nonlocal rest
        packed = rest + line.translate(None, b"\r\n \t")
        end = len(packed) // 4 * 4
        rest = packed[end:]
        try:
            return binascii.a2b_base64(packed[:end])
        except binascii.Error:
            return b""

    return unpack


def _decoder(charset: str | None) -> Callable[[bytes], bytes]:
    """To UTF-8; what claims to be UTF-8 already, or names no encoding, passes unchanged."""
    try:
        codec = codecs.lookup(charset or "utf-8")
    except LookupError:
        return bytes
    if codec.name in ("utf-8", "ascii"):
        return bytes
    decoder = codec.incrementaldecoder("replace")
    return lambda chunk: decoder.decode(chunk).encode()
