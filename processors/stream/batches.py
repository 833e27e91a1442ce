"""Batches of the events that wait for an agent."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any


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
