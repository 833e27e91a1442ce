"""Serve the pages over a store until a signal comes."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn

from sinks.store.opening import open_reader
from web.application import application
from web.channel_list import EditableChannels
from web.errors import ServeError
from web.pages import Pages
from web.serving.access import Access
from web.serving.connections import connections_for
from web.serving.news import MOST_CLIENTS, News
from web.serving.pictures import Pictures
from web.serving.readers import TIMEOUT_S, Readers

PORT: Final = 8123
_BACKLOG: Final = 512
_GRACE_S: Final = 5
_SWITCH_S: Final = 0.001
"""A reader of the store lets other threads run at each row, and waits so long for each of them before it goes on; with
Python's 5 ms a list of fifty posts beside another page takes a quarter of a second."""


def serve_store(
    url: str,
    access: Access,
    *,
    port: int = PORT,
    timeout_s: float = TIMEOUT_S,
    most_clients: int = MOST_CLIENTS,
    channel_list: EditableChannels | None = None,
    media: Path | None = None,
    on_start: Callable[[str], None] = lambda _: None,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Serve the pages over the store at ``url`` until SIGTERM or SIGINT, or until ``is_over``, which is asked every
    0.1 s; ``on_start`` is given their address.

    ``port`` 0 takes any. ``channel_list`` is what readers with the token may change: that of a collector which runs
    beside the pages. ``media`` is the folder of ``collect --media``, whose pictures are shown.

    Raises StoreError where there is no store that this version reads, ServeError where the
    address cannot be used.
    """
    pages = make_pages(url, access, timeout_s=timeout_s, most_clients=most_clients)
    pages.channel_list = channel_list
    pages.pictures = None if media is None else Pictures(media)
    listener = _listener(access.host, port)
    host = f"[{access.host}]" if ":" in access.host else access.host
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        _Server(pages, lambda: on_start(f"http://{host}:{listener.getsockname()[1]}/"), is_over).run([listener])
    finally:
        sys.setswitchinterval(interval_s)
        pages.readers.close()
        listener.close()


def make_pages(url: str, access: Access, *, timeout_s: float = TIMEOUT_S, most_clients: int = MOST_CLIENTS) -> Pages:
    """The pages over a store that is there. Raises StoreError and StoreUnavailableError."""
    reader = open_reader(url, timeout_s)
    name = reader.name
    reader.close()
    readers = Readers(url, timeout_s)
    return Pages(readers, access, News(readers, most_clients), name)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else str(error)
        raise ServeError(
            f"cannot listen on {host}:{port}: {reason}; give --port a free one (0 takes any) and --host an address "
            "of this machine"
        ) from error


class _Server(uvicorn.Server):
    """uvicorn's server, which lets pages that follow go first, and ends without raising the signal again."""

    def __init__(self, pages: Pages, on_start: Callable[[], None], is_over: Callable[[], bool]) -> None:
        super().__init__(
            uvicorn.Config(
                application(pages),
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=_GRACE_S,
                limit_concurrency=connections_for(pages.news.most_clients),
            )
        )
        self._pages, self._on_start, self._is_over = pages, on_start, is_over

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn: start, then report the address."""
        await super().startup(sockets)
        if self.started:
            self._on_start()

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn: whether to end."""
        return await super().on_tick(counter) or self._is_over()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn: end, pages that follow news first."""
        self._pages.news.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order at the first signal, at once at the second."""
        before = {number: signal.signal(number, self._end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
