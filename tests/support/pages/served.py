"""The pages over a filled store, asked without a network, or served on loopback."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.testclient import TestClient

from processors.loading import load_analyzer
from schemas.topics import CHANNEL_STATES
from tests.support.pages import desk
from tests.support.pages.filling import Filler
from tests.support.patience import DEADLINE_S
from web.application import application
from web.pages import Pages
from web.server import make_pages
from web.serving.access import Access

BASE = "http://127.0.0.1:8123"


def url_of(store: Path | str) -> str:
    """The address of a file, or of a database."""
    return store if isinstance(store, str) else f"sqlite:{store}"


def filled(store: Path | str) -> Filler:
    """A store with the day of ``desk``; close it."""
    filler = Filler(url_of(store), load_analyzer())
    filler.write(desk.posts())
    filler.send(CHANNEL_STATES.name, [(str(each.channel.id), each.to_json()) for each in desk.states()])
    return filler


def pages_over(store: Path | str, access: Access | None = None, *, most_clients: int = 1_000) -> Pages:
    """The pages over a store, at the end of that day."""
    # A busy machine may take longer for a question than readers wait.
    access = access or Access("127.0.0.1")
    pages = make_pages(url_of(store), access, timeout_s=DEADLINE_S, most_clients=most_clients)
    pages.now_ms = lambda: round(desk.NOW.timestamp() * 1000)
    return pages


@contextmanager
def client_of(pages: Pages) -> Iterator[TestClient]:
    """A client that asks the application in this process."""
    with TestClient(application(pages), base_url=BASE, follow_redirects=False) as client:
        yield client


@contextmanager
def served(pages: Pages) -> Iterator[str]:
    """The pages on a free port of loopback; their address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application(pages), log_config=None, access_log=False, timeout_graceful_shutdown=1)
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    deadline = time.monotonic() + DEADLINE_S
    while not server.started:
        assert time.monotonic() < deadline, "the pages did not start"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        pages.news.close()
        server.should_exit = True
        thread.join(DEADLINE_S)
        listener.close()
