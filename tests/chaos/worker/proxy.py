"""A TCP proxy between clients and the broker, whose line can be cut or made slow."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from tests.support.patience import DEADLINE_S
from tgwire.local_broker.ports import HOST

CHUNK = 1 << 16


class Proxy:
    """Forwards connections to a port on loopback. Runs on a thread of its own; safe to steer from others."""

    def __init__(self, port: int, target_port: int, tls: ssl.SSLContext | None = None) -> None:
        """With ``tls`` clients come encrypted, and what goes on is not."""
        self._tls = tls
        self._port = port
        self._target_port = target_port
        self._is_cut = False
        self._delay_s = 0.0
        self._links: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="chaos-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Drop every connection and take no new ones."""
        self._do(self._set_cut(True))

    def mend(self) -> None:
        """Take connections again, without delay."""
        self._delay_s = 0.0
        self._do(self._set_cut(False))

    def delay(self, seconds: float) -> None:
        """From now on, hold every piece back for so long, in both directions."""
        self._delay_s = seconds

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE_S)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, self._port, ssl=self._tls)

    async def _set_cut(self, is_cut: bool) -> None:
        self._is_cut = is_cut
        if is_cut:
            for link in list(self._links):
                link.transport.abort()

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._set_cut(True)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}  # those in a TLS handshake too
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._links.add(writer)
        try:
            if self._is_cut:
                return
            back_reader, back_writer = await asyncio.open_connection(HOST, self._target_port)
            self._links.add(back_writer)
            try:
                await asyncio.gather(self._pump(reader, back_writer), self._pump(back_reader, writer))
            finally:
                back_writer.transport.abort()
                self._links.discard(back_writer)
        except OSError:
            pass  # the broker is away, or one side hung up: the other notices by a closed connection
        finally:
            writer.transport.abort()
            self._links.discard(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while data := await reader.read(CHUNK):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                writer.write(data)
                await writer.drain()
        raise ConnectionResetError("one side hung up")
