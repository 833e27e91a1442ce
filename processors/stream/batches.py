"""Batches of the events that wait for an agent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NoReturn

import structlog

from processors.errors import PipelineBugError, WorkerExit
from processors.stream.messages import Message

_log = structlog.stdlib.get_logger(__name__)


async def work_off(
    channel: Any,  # noqa: ANN401 - Faust's channel
    size: int,
    wait_s: float,
    take: Callable[[Sequence[Message]], Awaitable[None]],
    fail: Callable[[WorkerExit], NoReturn],
) -> None:
    """Give batch after batch to ``take``. Whatever it raises ends the process: Faust ends only the agent, which it
    tells nobody, and the partitions stand still in the hands of a worker that looks well to its group.
    """
    try:
        async for events in batches(channel, size, wait_s):
            await take([event.message for event in events])
    except Exception as error:  # noqa: BLE001
        _log.exception("agent failed")
        fail(PipelineBugError(f"an agent failed: {type(error).__name__}"))


async def batches(channel: Any, size: int, wait_s: float) -> AsyncIterator[list[Any]]:  # noqa: ANN401 - Faust's channel
    """At most ``size`` events at a time; fewer only after waiting for more. Ends when Faust stops the agent.

    Straight from the channel: ``Stream.take`` takes a turn of the event loop and several coroutines for each event,
    and keeps events in a buffer that outlives a rebalance.
    """
    queue = channel.queue
    while True:
        try:
            events = [await queue.get()]
            if queue.qsize() < size - 1:
                await asyncio.sleep(wait_s)
            while len(events) < size and not queue.empty():
                events.append(queue.get_nowait())
        except StopAsyncIteration:  # Faust throws it into the channel; what was taken will be fetched again
            return
        yield events
