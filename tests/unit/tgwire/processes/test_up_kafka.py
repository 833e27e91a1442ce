"""A worker and a sink beside what fills the topics: they end together, and an end of one of them is named."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from runtime.errors import FatalError
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from sinks.store.embedded.store import EmbeddedStore
from sinks.store.errors import StoreError
from sinks.store.opening import open_database
from tests.support.patience import DEADLINE_S
from tgwire.processes import up_kafka
from tgwire.processes.up_kafka import WorkerAndSink


class Child:
    """A process that runs until it ends by a code."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.returncode: int | None = None
        self.is_stopped = False

    def poll(self) -> int | None:
        return self.returncode


class Feed:
    """Fills the topics until it is stopped, or is done at once."""

    def __init__(self, *, is_done: bool) -> None:
        self.is_running, self._stopped = Event(), Event()
        self._is_done = is_done

    def run(self) -> None:
        self.is_running.set()
        assert self._is_done or self._stopped.wait(DEADLINE_S)

    def stop(self) -> None:
        self._stopped.set()


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> dict[str, Child]:
    found: dict[str, Child] = {}

    @contextmanager
    def start(command: Sequence[str], settings: Settings, _log: Path) -> Iterator[Child]:
        found[command[0]] = child = Child(settings)
        yield child
        child.is_stopped = True

    monkeypatch.setattr(up_kafka, "child_process", start)
    monkeypatch.setattr(up_kafka, "create_topics", lambda *_, **__: None)
    monkeypatch.setattr(up_kafka, "_LOOK_S", 0.01)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ingest=IngestSettings(state_dir=tmp_path))


@pytest.mark.parametrize(("name", "is_done"), [("worker", False), ("sink", False), ("sink", True)])
def test_the_end_of_one_process_ends_all_and_names_its_log(
    tmp_path: Path, settings: Settings, children: dict[str, Child], *, name: str, is_done: bool
) -> None:
    class FeedOfAnEnd(Feed):
        def run(self) -> None:
            children[name].returncode = 4
            super().run()

    feed = WorkerAndSink(settings, f"sqlite:{tmp_path}/tgwire.db").around(FeedOfAnEnd(is_done=is_done))
    with pytest.raises(FatalError, match=f"the {name} ended with exit code 4; its log: {tmp_path}/{name}.log"):
        feed.run()
    assert all(child.is_stopped for child in children.values())


def test_they_work_on_when_an_archive_is_read_and_end_when_it_is_stopped(
    tmp_path: Path, settings: Settings, children: dict[str, Child]
) -> None:
    class StoppedLater(Feed):
        def run(self) -> None:
            super().run()
            assert not any(child.is_stopped for child in children.values())
            feed.stop()

    feed = WorkerAndSink(settings, f"sqlite:{tmp_path}/elsewhere.db").around(StoppedLater(is_done=True))
    feed.run()
    assert sorted(children) == ["sink", "worker"]
    assert all(child.is_stopped for child in children.values())
    url = children["sink"].settings.store.url
    assert url is not None
    assert url.get_secret_value() == f"sqlite:{tmp_path}/elsewhere.db"


def test_a_store_that_was_filled_without_kafka_is_to_be_moved_first(
    tmp_path: Path, settings: Settings, children: dict[str, Child]
) -> None:
    url = f"sqlite:{tmp_path}/tgwire.db"
    WorkerAndSink(settings, url).prepare()
    EmbeddedStore(open_database(url), "homes").close()
    with pytest.raises(StoreError, match="`tgwire move --to-kafka` takes it to the cluster"):
        WorkerAndSink(settings, url).prepare()
