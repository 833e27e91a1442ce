"""Shutdown of a worker, also without its broker: then nothing is committed, and the group is not left in order."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any

import structlog
from aiokafka.errors import KafkaError

ANSWER_S = 0.75
"""Seconds within which a broker has to answer; else it counts as away."""
LOOK_S = 0.25
"""Seconds between two questions to the broker while batches at work end."""
STOP_S = 1.5
"""Longest stop of a client, in seconds: leaving the group, closing the connections."""
STOP_ALONE_S = 0.25
"""Longest stop of a client, in seconds, when the broker does not answer."""
CANCEL_S = 0.05
"""Seconds between two cancellations of a task that goes on."""

_log = structlog.stdlib.get_logger(__name__)


class Shutdown:
    """How long the last steps may take. A broker that does not answer shortens them all."""

    def __init__(self) -> None:
        self._limit_s = STOP_S
        self._starts: list[tuple[asyncio.Future[None], asyncio.AbstractEventLoop]] = []

    async def start(self, start: Coroutine[Any, Any, None]) -> None:
        """Start a client, on whichever thread; come back without it when the start is interrupted."""
        task = asyncio.ensure_future(start)
        self._starts.append((task, asyncio.get_running_loop()))
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    def break_off(self) -> None:
        """End the starts that wait for the broker: nothing was taken, so that nothing is lost."""
        for task, loop in self._starts:
            if not task.done():
                loop.call_soon_threadsafe(task.cancel)

    async def finish(self, work: Coroutine[Any, Any, None], answers: Callable[[], Awaitable[bool]]) -> None:
        """Do the last work, which has a limit of its own, but break it off when the broker does not answer."""
        task = asyncio.ensure_future(work)
        while not task.done():
            if not await answers():
                self._limit_s = STOP_ALONE_S
                break
            await asyncio.wait({task}, timeout=LOOK_S)
        if await _ends_within(task, 0.0):
            task.result()
            return
        _log.warning("the broker does not answer: what was not committed is handled again after the next start")

    async def stop(self, client: str, stop: Coroutine[Any, Any, None]) -> None:
        """Stop a client, but do not wait for a broker that is away."""
        asyncio.get_running_loop().set_exception_handler(_on_left_task)
        task = asyncio.ensure_future(stop)
        if not await _ends_within(task, self._limit_s):
            _log.info("stopped without an answer of the broker", client=client)
        elif not task.cancelled() and isinstance(error := task.exception(), KafkaError | OSError):
            _log.info("stopped without an answer of the broker", client=client, error=type(error).__name__)
        elif not task.cancelled():  # aiokafka lets the end of its own tasks come out of its stop
            task.result()


async def answers(client: Any) -> bool:  # noqa: ANN401 - aiokafka is untyped
    """Whether one of the brokers answers a client in time."""
    try:
        await asyncio.wait_for(client.fetch_all_metadata(), ANSWER_S)
    except (KafkaError, OSError):  # TimeoutError is an OSError
        return False
    return True


async def end_all(tasks: Collection[asyncio.Task[Any]], limit_s: float) -> None:
    """Cancel tasks until they have ended, at most so long. One that waits for several answers in turn may take a
    cancellation for the first of them.
    """
    deadline = time.monotonic() + limit_s
    pending = set(tasks)
    while pending and time.monotonic() < deadline:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_S)


def _on_left_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report a failure that nobody awaits; less loudly one of a request that aiokafka itself left when it stopped."""
    if isinstance(error := context.get("exception"), KafkaError | OSError):
        _log.debug("a request was left without an answer", error=type(error).__name__)
    else:
        loop.default_exception_handler(context)


async def _ends_within(task: asyncio.Future[None], limit_s: float) -> bool:
    """Whether a task ended by itself in time; it is cancelled otherwise."""
    done, _ = await asyncio.wait({task}, timeout=limit_s)
    if done:
        return True
    task.cancel()
    await asyncio.wait({task}, timeout=STOP_ALONE_S)
    return False
