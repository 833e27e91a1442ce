"""The process of ``tgwire up``: the pages of a store, and beside them what fills it."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from prometheus_client import CollectorRegistry

from ingest.publish.base import Publisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.replay.engine import Replay, ReplayProgress, Summary
from ingest.sources.base import Rejected, Source
from ingest.sources.tally import Tally
from runtime.http_endpoint import RunningHealth, serve
from runtime.run_files import run_file
from runtime.settings.process import HttpSettings
from runtime.settings.tree import Settings
from schemas import Lane
from tgwire.buildinfo import build_info
from web.channel_list import EditableChannels
from web.server import serve_store
from web.serving.access import Access


class StoreFeed(Protocol):
    """The collector or replay that fills the store, on a thread of its own."""

    def run(self) -> None:
        """Until it is done, or stopped. What it raises ends the process."""
        ...

    def stop(self) -> None:
        """Let ``run`` return soon; from another thread, once or more often, also before it."""
        ...


def serve_beside(
    feed: StoreFeed,
    url: str,
    access: Access,
    *,
    port: int,
    timeout_s: float,
    channel_list: EditableChannels | None = None,
    media: Path | None = None,
    on_start: Callable[[str], None],
) -> None:
    """Serve the pages of a store that is there until SIGTERM or SIGINT, and let ``feed`` run meanwhile.

    Raises what the feed raises, and as ``web.server.serve_store`` does.
    """
    failures: list[BaseException] = []

    def work() -> None:
        try:
            feed.run()
        except BaseException as error:  # noqa: BLE001 - it is raised below, where the process ends
            failures.append(error)

    thread = Thread(target=work, name="feed", daemon=True)

    def started(address: str) -> None:
        on_start(address)
        thread.start()

    try:
        serve_store(
            url,
            access,
            port=port,
            timeout_s=timeout_s,
            channel_list=channel_list,
            media=media,
            on_start=started,
            is_over=lambda: bool(failures),
        )
    finally:
        feed.stop()
        if thread.ident is not None:
            thread.join()
    if failures:
        raise failures[0]


@dataclass
class ReplayFeed:
    """Archives, once; where they were read before it goes on. Until it is stopped, other commands find the process."""

    settings: Settings
    publisher: Publisher
    """Open; it is closed at the end."""
    metrics: IngestMetrics
    """Metrics of the publisher."""
    registry: CollectorRegistry
    """Registry of all metrics of the process."""
    sources: Iterable[Source]
    state_dir: Path
    showing: Callable[[], AbstractContextManager[Callable[[ReplayProgress], None]]]
    """Shows the progress while it runs."""
    on_rejected: Callable[[Rejected], None] = lambda _: None
    on_file: Callable[[Tally], None] = lambda _: None
    on_end: Callable[[Summary], None] = lambda _: None
    _engine: Replay | None = field(default=None, init=False)
    _is_stopped: Event = field(default_factory=Event, init=False)

    def run(self) -> None:
        """See ``StoreFeed``."""
        with (
            serve(self._endpoint, self.registry, RunningHealth(), build=build_info()) as server,
            run_file(self.state_dir, "up", server.url),
        ):
            self.on_end(self._read())
            self._is_stopped.wait()

    def _read(self) -> Summary:
        with Cursors(self.state_dir) as cursors, self.publisher, self.showing() as on_progress:
            self._engine = Replay(
                self.publisher,
                cursors,
                self.metrics,
                Lane.BACKFILL,
                on_progress=on_progress,
                on_rejected=self.on_rejected,
                on_file=self.on_file,
            )
            if self._is_stopped.is_set():
                self._engine.stop()
            return self._engine.run(self.sources)

    @property
    def _endpoint(self) -> HttpSettings:
        """A free port, whatever http.port says: that one is the collector's or worker's."""
        return self.settings.http.model_copy(update={"port": 0})

    def stop(self) -> None:
        """See ``StoreFeed``."""
        self._is_stopped.set()
        if self._engine is not None:
            self._engine.stop()
