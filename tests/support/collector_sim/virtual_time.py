"""An event loop whose time jumps to the next timer, and that has no threads: hours in milliseconds."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

Result = TypeVar("Result")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):
    """Lets no time pass, but records how much was asked for."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits, and nothing is scheduled")
            self.skipped += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time begins at ``start`` seconds."""

    def __init__(self, start: float = 0.0) -> None:
        self._jumping = _JumpingSelector()
        self._jumping.skipped = start
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.skipped

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Here, whatever the executor: another thread would not know this time."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001
            future.set_exception(error)
        return future


def run_virtual(work: Coroutine[Any, Any, Result], start: float = 0.0) -> Result:
    """Run a coroutine to its end on a loop of its own."""
    loop = VirtualLoop(start)
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def moment(seconds: float) -> datetime:
    """The date at a time of the loop."""
    return EPOCH + timedelta(seconds=seconds)


def now() -> datetime:
    """The date by the running loop."""
    return moment(asyncio.get_running_loop().time())
