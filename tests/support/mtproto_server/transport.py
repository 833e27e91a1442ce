"""TCP full, the transport that Telethon takes by default: https://core.telegram.org/mtproto/mtproto-transports#full."""

import asyncio
import struct
from zlib import crc32

from tests.support.mtproto_server.errors import ProtocolError

OVERHEAD = 12
MAX_FRAME = 1 << 24


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next packet's payload; raises `ProtocolError` for a bad length or sum, `IncompleteReadError` at the end."""
    head = await reader.readexactly(8)
    (length, _number) = struct.unpack("<ii", head)
    if not OVERHEAD < length < MAX_FRAME:
        raise ProtocolError(f"a packet of {length} bytes: not the full TCP transport?")
    body = await reader.readexactly(length - 8)
    if crc32(head + body[:-4]) != struct.unpack("<I", body[-4:])[0]:
        raise ProtocolError("a packet's sum is wrong")
    return body[:-4]


class FrameWriter:
    """Numbers packets and writes them."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer, self._number = writer, 0

    def write(self, payload: bytes, *, is_garbled: bool = False) -> None:
        """Write unless the connection is closing: then a packet is lost, as it would be on its way.

        ``is_garbled``: with a wrong sum.
        """
        if self._writer.is_closing():
            return
        frame = struct.pack("<ii", len(payload) + OVERHEAD, self._number) + payload
        self._number += 1
        self._writer.write(frame + struct.pack("<I", crc32(frame) ^ is_garbled))

    def close(self) -> None:
        """End the connection once everything is sent."""
        self._writer.close()

    def abort(self) -> None:
        """Break the connection: what is in the buffers is lost."""
        self._writer.transport.abort()
