"""A worker and the store's sink as processes beside what fills the topics: ``tgwire up --kafka``."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread
from typing import Final

from pydantic import SecretStr

from runtime.errors import FatalError
from runtime.kafka.topics import create_topics
from runtime.settings.process import HttpSettings
from runtime.settings.store import SQLITE
from runtime.settings.tree import Settings
from runtime.unfinished_work import refuse_unfinished
from sinks.store.database import closing
from sinks.store.errors import StoreError
from sinks.store.moving.handover import is_filled_without_kafka
from sinks.store.opening import open_database
from tgwire.processes.child import child_process
from tgwire.processes.up import StoreFeed

_COMMANDS: Final = {"worker": ("worker",), "sink": ("sink", "store")}
_LOOK_S: Final = 0.5


class WorkerAndSink:
    """The processes behind the topics: a worker, and the sink that keeps its records in the store."""

    def __init__(self, settings: Settings, url: str) -> None:
        """``url`` of the store; it can hold a password."""
        self._settings, self._url = settings, _whole(url)

    def prepare(self) -> None:
        """Make the topics and the store where they are missing. StoreError for a store that is filled without Kafka."""
        refuse_unfinished(self._settings.ingest.state_dir)
        create_topics(self._settings.kafka, self._settings.dedup, flat=self._settings.worker.flat)
        with closing(open_database(self._url)) as database, database.reading() as reader:
            if is_filled_without_kafka(reader):
                raise StoreError(
                    f"{database.name}: it was filled without Kafka. `tgwire move --to-kafka` takes it to the cluster; "
                    "or give this process a store of its own: store.url, or --store"
                )

    def around(self, feed: StoreFeed) -> StoreFeed:
        """A feed together with these processes: they end when it is stopped, and it ends when one of them does."""
        store = self._settings.store.model_copy(update={"url": SecretStr(self._url)})
        settings = self._settings.model_copy(update={"store": store, "http": HttpSettings()})
        return _FeedWithProcesses(feed, settings)


class _FeedWithProcesses:
    """See ``tgwire.processes.up.StoreFeed``."""

    def __init__(self, feed: StoreFeed, settings: Settings) -> None:
        self._feed, self._settings = feed, settings
        self._is_over = Event()
        self._failure: FatalError | None = None

    def run(self) -> None:
        """Until it is stopped: also when what fills the topics has come to its end."""
        folder = self._settings.ingest.state_dir
        logs = {name: folder / f"{name}.log" for name in _COMMANDS}
        with ExitStack() as stack:
            children = {
                name: stack.enter_context(child_process(command, self._settings, logs[name]))
                for name, command in _COMMANDS.items()
            }
            watch = Thread(target=self._watch, args=(children, logs), name="children", daemon=True)
            watch.start()
            try:
                self._feed.run()
                self._is_over.wait()
            finally:
                self._is_over.set()
                watch.join()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End the feed and the processes."""
        self._is_over.set()
        self._feed.stop()

    def _watch(self, children: "Mapping[str, Popen[bytes]]", logs: Mapping[str, Path]) -> None:
        while not self._is_over.wait(_LOOK_S):
            for name, process in children.items():
                if process.poll() is not None:
                    self._failure = FatalError(
                        f"the {name} ended with exit code {process.returncode}; its log: {logs[name]}"
                    )
                    self.stop()
                    return


def _whole(url: str) -> str:
    """The address with the whole path of a file, for processes that may be elsewhere."""
    return f"{SQLITE}{Path(url.removeprefix(SQLITE)).expanduser().absolute()}" if url.startswith(SQLITE) else url
