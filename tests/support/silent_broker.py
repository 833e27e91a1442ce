"""A way to a broker that falls silent at a chosen request of its clients."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress

from tests.support.patience import DEADLINE_S
from tgwire.local_broker.apache import ProxiedListener
from tgwire.local_broker.ports import HOST


class SilentAt:
    """Hands on requests and answers until the n-th request of a kind; nothing from then on, and connections stay."""

    def __init__(self, listener: ProxiedListener, request: int, number: int) -> None:
        """``request`` is Kafka's key of it, e.g. 11 for JoinGroup; ``number`` counts from 1."""
        self._listener = listener
        self._request = request
        self._left = number
        self.address = f"{HOST}:{listener.advertised_port}"
        self.is_silent = threading.Event()

    async def serve(self, is_up: threading.Event, end: asyncio.Event) -> None:
        """Take connections until the end."""
        server = await asyncio.start_server(self._accept, HOST, self._listener.advertised_port)
        is_up.set()
        await end.wait()
        server.close()

    async def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        broker, to_broker = await asyncio.open_connection(HOST, self._listener.port)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await asyncio.gather(self._requests(client, to_broker), self._answers(broker, to_client))
        finally:
            to_client.close()
            to_broker.close()

    async def _requests(self, client: asyncio.StreamReader, to_broker: asyncio.StreamWriter) -> None:
        while True:
            size = await client.readexactly(4)
            request = await client.readexactly(int.from_bytes(size))
            if int.from_bytes(request[:2]) == self._request:
                self._left -= 1
                if not self._left:
                    self.is_silent.set()
            if not self.is_silent.is_set():
                to_broker.write(size + request)

    async def _answers(self, broker: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        while chunk := await broker.read(1 << 16):
            if not self.is_silent.is_set():
                to_client.write(chunk)


@contextmanager
def silent_at(listener: ProxiedListener, request: int, number: int) -> Iterator[SilentAt]:
    """Such a way, open until the end."""
    way = SilentAt(listener, request, number)
    is_up, end = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        await way.serve(is_up, end)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with closing(loop), ThreadPoolExecutor(1) as pool:
        running = pool.submit(loop.run_until_complete, run())
        while not is_up.wait(0.01):
            if running.done():
                running.result()  # the port is not free
        try:
            yield way
        finally:
            loop.call_soon_threadsafe(end.set)
            running.result(DEADLINE_S)
