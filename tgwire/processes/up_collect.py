"""Live collection beside the pages of its store."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from ingest.collector.recovery.backfill_bounds import BackfillBounds
from runtime.http_endpoint import serve
from runtime.run_files import run_file
from runtime.settings.tree import Settings
from tgwire.buildinfo import build_info
from tgwire.processes.collect import CollectProcess, CollectView
from tgwire.processes.collect_target import CollectTarget
from tgwire.processes.collector_control import collector_control

Show = Callable[[CollectProcess], Coroutine[Any, Any, None]]


class CollectFeed:
    """A collector on an event loop of its own."""

    def __init__(
        self,
        settings: Settings,
        state_dir: Path,
        registry: CollectorRegistry,
        target: CollectTarget | None,
        *,
        backfill: bool,
        takeout: bool,
        media: bool,
        bounds: BackfillBounds,
        show: Show | None,
        on_end: Callable[[CollectView], None],
    ) -> None:
        """Without a ``target`` posts go to the cluster of the settings. ``show`` keeps a view up to date until it is
        cancelled.
        """
        self._settings, self._state_dir, self._registry, self._target = settings, state_dir, registry, target
        self._backfill, self._takeout, self._media, self._bounds = backfill, takeout, media, bounds
        self._show, self._on_end = show, on_end
        self._stopping: Callable[[], None] | None = None
        self._is_stopped = False

    def run(self) -> None:
        """See ``tgwire.processes.up.StoreFeed``."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        collecting = CollectProcess(
            self._settings,
            self._registry,
            backfill=self._backfill,
            takeout=self._takeout,
            media=self._media,
            bounds=self._bounds,
            target=self._target,
        )
        loop = asyncio.get_running_loop()
        self._stopping = lambda: _ignoring_closed(loop, collecting.stop)
        if self._is_stopped:
            collecting.stop()
        control = collector_control(collecting)
        with (
            serve(self._settings.http, self._registry, collecting, control, build_info()) as server,
            run_file(self._state_dir, "collect", server.url, control.token),
        ):
            showing = None if self._show is None else asyncio.create_task(self._show(collecting))
            try:
                view = await collecting.run()
            finally:
                if showing is not None:
                    showing.cancel()
                    with suppress(asyncio.CancelledError):
                        await showing
        if view is not None:
            self._on_end(view)

    def stop(self) -> None:
        """See ``tgwire.processes.up.StoreFeed``."""
        self._is_stopped = True
        if self._stopping is not None:
            self._stopping()


def _ignoring_closed(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: it has ended by itself
        loop.call_soon_threadsafe(call)
