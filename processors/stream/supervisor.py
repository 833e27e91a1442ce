"""Runs a Faust app in this process, without what Faust's own worker adds around it."""

import asyncio
import logging
import signal

import faust


class Supervisor(faust.Worker):
    """Faust's worker without its logging, spinner, title and debugger signals.

    Its logging is a trap besides: at level WARN and above the spinner sets the root logger to DEBUG.
    """

    logger = logging.getLogger("faust.tgwire.worker")

    @classmethod
    def run(cls, app: faust.App) -> BaseException | None:
        """Run until SIGTERM or SIGINT; what made it crash, if that ended it."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        worker = cls(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
        worker.spinner = None
        try:
            worker.execute_from_commandline()
        except SystemExit:
            return worker.crash_reason or app.crash_reason
        finally:
            asyncio.set_event_loop(None)

    def install_signal_handlers(self) -> None:
        """Stop on SIGINT and SIGTERM; leave SIGUSR1 and SIGUSR2 alone, which would open a debugger."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(number, self._schedule_shutdown, number)

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        """Leave the process's title as it is: supervisors and people look for it."""
