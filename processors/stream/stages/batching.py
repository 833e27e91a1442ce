"""Batches of the events that wait for an agent."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NoReturn

import structlog

from processors.errors import PipelineBugError, WorkerExit
from processors.stream.kafka_message import KafkaMessage

PAUSE = 4
"""Batches that are not full take a fifth of the thread's time at most."""

_log = structlog.stdlib.get_logger(__name__)


def agent_of(
    size: int,
    wait_s: float,
    take: Callable[[Sequence[KafkaMessage]], Awaitable[None]],
    fail: Callable[[WorkerExit], NoReturn],
) -> Callable[[Any], Awaitable[None]]:
    """The function of a Faust agent that runs batches of its stream."""

    async def agent(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        await run_batches(stream.channel, size, wait_s, take, fail)

    return agent


async def run_batches(
    channel: Any,  # noqa: ANN401 - Faust's channel
    size: int,
    wait_s: float,
    take: Callable[[Sequence[KafkaMessage]], Awaitable[None]],
    fail: Callable[[WorkerExit], NoReturn],
) -> None:
    """Give batch after batch to ``take``. Whatever it raises ends the process: Faust ends only the agent, without a
    report, and the partitions would stall in a worker that its group considers healthy.
    """
    try:
        async for events in batches(channel, size, wait_s):
            await take([event.message for event in events])
    except Exception as error:  # noqa: BLE001
        _log.exception("agent failed")
        fail(PipelineBugError(f"an agent failed: {type(error).__name__}"))


async def batches(
    channel: Any,  # noqa: ANN401 - Faust's channel
    size: int,
    wait_s: float,
    clock: Callable[[], float] = time.monotonic,
    cpu_clock: Callable[[], float] = time.thread_time,
) -> AsyncIterator[list[Any]]:
    """At most ``size`` events at a time; fewer as soon as the pause after the last batch is over. Ends when Faust
    stops the agent.

    The pause is ``PAUSE`` times the CPU time that went by with that batch, and at most ``wait_s``; a full batch needs
    none. While few events come, they are handled nearly at once; the more come, the more a batch gathers, so that what
    a batch costs besides its events weighs less. CPU time, as a broker or machine that is slow gathers events anyway.

    Straight from the channel: ``Stream.take`` needs a turn of the event loop and several coroutines for each event,
    and keeps events in a buffer that outlives a rebalance.
    """
    queue = channel.queue
    pause_ends = -math.inf
    while True:
        try:
            events = [await queue.get()]
            if queue.qsize() < size - 1 and (left_s := pause_ends - clock()) > 0:
                await asyncio.sleep(left_s)
            while len(events) < size and not queue.empty():
                events.append(queue.get_nowait())
        except StopAsyncIteration:  # Faust throws it into the channel; what was taken will be fetched again
            return
        began = cpu_clock()
        yield events
        pause_ends = clock() + min(PAUSE * (cpu_clock() - began), wait_s)
