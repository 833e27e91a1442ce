"""A SOCKS5 proxy on loopback that can fall silent: https://www.rfc-editor.org/rfc/rfc1928."""

import asyncio
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
WITH_PASSWORD, NO_METHOD = 2, 0xFF


class SocksProxy:
    """Lets those in who know the password. While `is_silent`, bytes are swallowed and connections stay open."""

    def __init__(self, user: str, password: str) -> None:
        self._credentials = user.encode(), password.encode()
        self.is_silent = False
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, HOST, 0)
        self.port: int = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._pass_on(reader, writer)
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _version, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        writer.write(bytes([5, WITH_PASSWORD if WITH_PASSWORD in methods else NO_METHOD]))
        (_version, length) = await reader.readexactly(2)
        user = await reader.readexactly(length)
        password = await reader.readexactly((await reader.readexactly(1))[0])
        is_known = (user, password) == self._credentials
        writer.write(bytes([1, not is_known]))
        if not is_known:
            return
        _version, _command, _, kind = await reader.readexactly(4)
        assert kind == 1  # an IPv4 address
        host = ".".join(map(str, await reader.readexactly(4)))
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        target_reader, target = await asyncio.open_connection(host, port)
        writer.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        self.connections += 1
        try:
            await asyncio.gather(self._copy(reader, target), self._copy(target_reader, writer))
        finally:
            target.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            if not self.is_silent:
                writer.write(data)
        writer.close()
