"""One client's connection: encrypted messages in, answers and pushes out."""

import asyncio
import struct
from itertools import islice
from typing import TYPE_CHECKING, Any

from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult

from tests.support.mtproto_server import encryption
from tests.support.mtproto_server.accounts import Account, Authorization
from tests.support.mtproto_server.errors import ProtocolError
from tests.support.mtproto_server.handshake import Handshake
from tests.support.mtproto_server.serialized import parse
from tests.support.mtproto_server.transport import FrameWriter, read_frame

if TYPE_CHECKING:
    from tests.support.mtproto_server.server import DataCentre

BAD_SALT, ID_TOO_LOW, ID_TOO_HIGH = 48, 16, 17
TOO_OLD_S, TOO_NEW_S = 300, 30
"""How far a client's message ids may be from the server's clock."""
KEY_UNKNOWN = struct.pack("<i", -404)
MAX_CONTAINER = 100
"""Messages; Telegram allows 1,020."""


class Connection:
    """Reads until the client goes; what is sent within one turn of the loop travels in one packet."""

    def __init__(self, server: "DataCentre", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._frames = server, reader, FrameWriter(writer)
        self._loop = asyncio.get_running_loop()
        self._handshake: Handshake | None = None
        self.authorization: Authorization | None = None
        self.wants_updates = False
        """Set by the first call that is none of the protocol's own: before it, Telegram pushes nothing."""
        self.unacknowledged: set[int] = set()
        """Ids of answers and pushes that the client has not yet confirmed."""
        self._session_id: int | None = None
        self._is_new_session = False
        self._salt_given: int | None = None
        self._last_id = self._content_messages = 0
        self._outgoing: list[tuple[int, int, bytes]] = []

    @property
    def account(self) -> Account | None:
        return self.authorization.account if self.authorization else None

    async def serve(self) -> None:
        """Until the connection ends, by either side."""
        has_begun = False
        try:
            while True:
                frame = await read_frame(self._reader)
                has_begun = True
                self._receive(frame)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except ProtocolError as error:
            if has_begun:  # else it is a stranger: a client of a broker that had the port before, and is gone
                self._server.errors.append(error)
        finally:
            self.abort()

    def abort(self) -> None:
        """Break the connection."""
        self._frames.abort()

    def garble(self) -> None:
        """Send a packet that something on the way has changed."""
        self._frames.write(bytes(24), is_garbled=True)

    def close(self) -> None:
        """End the connection in order."""
        self._frames.close()

    def push(self, body: bytes) -> None:
        """Send updates."""
        self._queue(body, is_reply=False, is_content=True)

    def push_alone(self, body: bytes) -> None:
        """Send updates in a packet of their own."""
        self._flush()
        self.push(body)
        self._flush()

    def reply(self, request_id: int, body: bytes) -> None:
        """Send a call's result."""
        if len(body) > self._server.gzip_over:
            body = bytes(GzipPacked(body))
        self._queue(struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, request_id) + body, is_reply=True, is_content=True)

    # -- in

    def _receive(self, data: bytes) -> None:
        (key_id,) = struct.unpack_from("<Q", data)
        if key_id == 0:
            self._answer_plain(data)
            return
        self.authorization = self._server.authorizations.get(key_id)
        if self.authorization is None:
            self._frames.write(KEY_UNKNOWN)
            return
        plain = encryption.decrypt(self.authorization.key_bytes, data[8:])
        salt, session_id, message_id, number, size = struct.unpack_from("<qqqii", plain)
        if session_id != self._session_id:
            self._session_id, self._is_new_session = session_id, True
        if (code := self._wrong_time(message_id)) is not None:
            self._notify(types.BadMsgNotification(message_id, number, code))
            return
        if salt != self._server.salt and self._salt_given != self._server.salt:
            # A client has messages with the old salt under way when it learns the new one: one notice is enough.
            self._salt_given = self._server.salt
            self._notify(types.BadServerSalt(message_id, number, BAD_SALT, self._server.salt))
            return
        if self._is_new_session:
            self._is_new_session = False
            self._notify(types.NewSessionCreated(message_id, 1, self._server.salt))
        self._handle(message_id, plain[32 : 32 + size])

    def _answer_plain(self, data: bytes) -> None:
        if self._handshake is None:
            self._handshake = Handshake(self._server.clock, self._server.register)
        body = self._handshake.answer(parse(data[20:]))._bytes()
        self._frames.write(struct.pack("<qqi", 0, self._next_id(is_reply=True), len(body)) + body)

    def _wrong_time(self, message_id: int) -> int | None:
        late_s = self._server.clock() - (message_id >> 32)
        if late_s > TOO_OLD_S:
            return ID_TOO_LOW
        return ID_TOO_HIGH if -late_s > TOO_NEW_S else None

    def _handle(self, message_id: int, body: bytes) -> None:
        (constructor,) = struct.unpack_from("<I", body)
        if constructor == MessageContainer.CONSTRUCTOR_ID:
            self._handle_container(body)
            return
        if constructor == GzipPacked.CONSTRUCTOR_ID:
            body = parse(body).data
        request = parse(body)
        match request:
            case types.MsgsAck():
                self.unacknowledged.difference_update(request.msg_ids)
            case functions.PingRequest() | functions.PingDelayDisconnectRequest():
                self._notify(types.Pong(message_id, request.ping_id))
            case types.MsgsStateInfo():
                pass
            case _:
                self._server.calls.handle(self, message_id, request)

    def _handle_container(self, body: bytes) -> None:
        (count,) = struct.unpack_from("<i", body, 4)
        position = 8
        for _ in range(count):
            message_id, _number, size = struct.unpack_from("<qii", body, position)
            position += 16
            self._handle(message_id, body[position : position + size])
            position += size

    # -- out

    def _notify(self, message: Any) -> None:
        self._queue(message._bytes(), is_reply=True, is_content=False)

    def _queue(self, body: bytes, *, is_reply: bool, is_content: bool) -> None:
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        message_id, number = self._next_id(is_reply=is_reply), self._next_number(is_content)
        if is_content:
            self.unacknowledged.add(message_id)
        self._outgoing.append((message_id, number, body))

    def _flush(self) -> None:
        queued = iter(self._outgoing)
        self._outgoing = []
        while messages := list(islice(queued, MAX_CONTAINER)):
            if len(messages) == 1:
                self._send(*messages[0])
            else:
                inner = b"".join(struct.pack("<qii", i, number, len(body)) + body for i, number, body in messages)
                container = struct.pack("<Ii", MessageContainer.CONSTRUCTOR_ID, len(messages)) + inner
                self._send(self._next_id(is_reply=True), self._next_number(is_content=False), container)

    def _send(self, message_id: int, number: int, body: bytes) -> None:
        if self.authorization is None or self._session_id is None:
            return
        head = struct.pack("<qqqii", self._server.salt, self._session_id, message_id, number, len(body))
        key = self.authorization.key
        self._frames.write(struct.pack("<Q", key.key_id) + encryption.encrypt(key.key, head + body))

    def _next_id(self, *, is_reply: bool) -> int:
        """Odd, as the server's are: one modulo four for replies, three for pushes."""
        proposed = int(self._server.clock() * 2**32) & ~3
        self._last_id = max(proposed, self._last_id + 4)
        return self._last_id | (1 if is_reply else 3)

    def _next_number(self, is_content: bool) -> int:
        number = self._content_messages * 2 + is_content
        self._content_messages += is_content
        return number
