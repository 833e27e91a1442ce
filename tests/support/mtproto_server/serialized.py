"""TL objects as bytes: what is sent often is serialized once."""

import struct
from typing import Any, Protocol

from telethon.extensions import BinaryReader

VECTOR = struct.pack("<I", 0x1CB5C415)
TRUE, FALSE = struct.pack("<I", 0x997275B5), struct.pack("<I", 0xBC799737)


class Writable(Protocol):
    """A TL object of Telethon's, or bytes in its place."""

    def _bytes(self) -> bytes: ...


class Serialized:
    """Bytes in a TL object's field in place of the object that they encode."""

    __slots__ = ("body",)

    def __init__(self, body: bytes) -> None:
        self.body = body

    def _bytes(self) -> bytes:
        return self.body

    __bytes__ = _bytes


UNKNOWN = Serialized(struct.pack("<I", 0x0BADC0DE))
"""A constructor that no layer has: a client cannot read what holds it, nor what comes behind it in the same packet."""


def to_bytes(result: Any) -> bytes:
    """The wire form of a call's result: an object, a bool, or a list of objects."""
    if isinstance(result, bool):
        return TRUE if result else FALSE
    if isinstance(result, list):
        return VECTOR + struct.pack("<i", len(result)) + b"".join(map(to_bytes, result))
    body: bytes = result._bytes()
    return body


def parse(body: bytes) -> Any:
    """The object that bytes encode."""
    return BinaryReader(body).tgread_object()
