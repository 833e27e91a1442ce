"""Runs a Faust app in this process, without what Faust's own worker adds around it."""

import asyncio
import logging
import signal
from contextlib import suppress

import faust
import mode.loop

from processors.stream.faust_app.shutdown import Shutdown

START_S = 0.25
"""A stop that comes during the start waits so long for its end, and then breaks it off."""


def use_uvloop() -> None:
    """Have every event loop be uvloop's; to be called before Faust creates one, and its consumer's thread another."""
    mode.loop.use("uvloop")


class Supervisor(faust.Worker):
    """Faust's worker without its logging, spinner, title and debugger signals.

    Its logging is a trap besides: at level WARN and above the spinner sets the root logger to DEBUG.
    """

    logger = logging.getLogger("faust.tgwire.worker")
    _ending: Shutdown

    @classmethod
    def run(cls, app: faust.App, shutdown: Shutdown) -> BaseException | None:
        """Run until SIGTERM or SIGINT; what made it crash, or hindered its start, if that ended it."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        worker = cls(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
        worker.spinner = None
        worker._ending = shutdown
        try:
            worker.execute_from_commandline()
        except SystemExit:
            return worker.crash_reason or app.crash_reason or worker.start_failure()
        finally:
            asyncio.set_event_loop(None)

    def start_failure(self) -> BaseException | None:
        """What ended the start. mode shuts down after it, and leaves with 0 as after a stop."""
        start = self._starting_fut
        return start.exception() if start is not None and start.done() and not start.cancelled() else None

    def install_signal_handlers(self) -> None:
        """Stop on SIGINT and SIGTERM; leave SIGUSR1 and SIGUSR2 alone, which would open a debugger."""
        self._is_up = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(number, self._schedule_shutdown, number)

    async def on_startup_finished(self) -> None:
        """Note that a stop is safe now."""
        self._is_up.set()
        await super().on_startup_finished()

    async def _stop_on_signal(self, signal: signal.Signals) -> None:
        # A stop in the middle of the start can hang: mode starts children that nobody stops.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_up.wait(), START_S)
        if not self._is_up.is_set():
            self._ending.break_off()
        await super()._stop_on_signal(signal)

    async def _sentinel_task(self) -> None:
        """Close the loop at once: mode waits for a second first."""

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """Leave the process's title as it is: supervisors and people look for it."""
