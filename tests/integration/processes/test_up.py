"""What fills a store beside its pages: its failure ends them, and is raised whenever it comes."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from sinks.store.opening import open_database
from tests.support.patience import DEADLINE_S
from tgwire.processes import up
from tgwire.processes.up import serve_beside
from web.serving.access import Access


class FailingFeed:
    """Fails at once, or when it is stopped."""

    def __init__(self, *, at_once: bool) -> None:
        self._may_fail = Event()
        if at_once:
            self._may_fail.set()

    def run(self) -> None:
        assert self._may_fail.wait(DEADLINE_S)
        raise OSError("the disk of the feed is full")

    def stop(self) -> None:
        self._may_fail.set()


@pytest.fixture(autouse=True)
def sigterm_is_caught() -> Iterator[None]:
    """As in the commands: outside of the server the signal breaks off what runs."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:{tmp_path}/store.db"
    open_database(found).close()
    return found


def serve(feed: FailingFeed, url: str) -> None:
    serve_beside(feed, url, Access("127.0.0.1"), port=0, timeout_s=2, on_start=lambda _: None)


def test_a_failure_ends_the_pages_and_is_raised(url: str) -> None:
    with pytest.raises(OSError, match="the disk of the feed is full"):
        serve(FailingFeed(at_once=True), url)


def test_a_failure_behind_the_end_of_the_pages_is_raised(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def serve_for_a_moment(_url: str, _access: Access, *, on_start: Callable[[str], None], **_: Any) -> None:
        on_start("http://127.0.0.1:1/")

    monkeypatch.setattr(up, "serve_store", serve_for_a_moment)
    with pytest.raises(OSError, match="the disk of the feed is full"):
        serve(FailingFeed(at_once=False), url)
