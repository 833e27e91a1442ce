"""Telegram's id of a file out of the unique id of TDLib, Pyrogram and the Bot API: the same from every source."""

import base64
import binascii
import struct

from ingest.sources.context import ReadContext
from ingest.sources.mapping import shapes

_DOCUMENT = 2
"""Type of the ids of documents, and of photos in Pyrogram since 1.0."""
_LAYOUT = struct.Struct("<iq")


def file_id(context: ReadContext, unique_id: object, field: str) -> str | None:
    """The id; None for older photos, whose unique id does not hold it, and for what is no such id."""
    unique_id = shapes.text(context, unique_id, field)
    if unique_id is None:
        return None
    try:
        packed = base64.b64decode(unique_id + "=" * (-len(unique_id) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    unpacked = _with_zeros(packed)
    if len(unpacked) != _LAYOUT.size:
        return None
    kind, number = _LAYOUT.unpack(unpacked)
    return str(number) if kind == _DOCUMENT and number > 0 else None


def _with_zeros(packed: bytes) -> bytes:
    """A zero byte is followed by how many there are."""
    found = bytearray()
    bytes_ = iter(packed)
    for byte in bytes_:
        found += bytes(next(bytes_, 0)) if byte == 0 else bytes((byte,))
    return bytes(found)
