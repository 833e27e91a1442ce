"""Batches of waiting events."""

import asyncio
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from processors.errors import WorkerExit
from processors.stream.batches import batches, work_off


def channel(*events: int) -> SimpleNamespace:
    flow = FlowControlEvent()
    flow.resume()
    queue: Any = ThrowableQueue(1000, flow_control=flow, clear_on_resume=True)
    for event in events:
        queue.put_nowait(event)
    return SimpleNamespace(queue=queue)


async def test_full_batches_come_without_a_wait() -> None:
    taken = batches(channel(1, 2, 3, 4, 5), 2, 1e6)
    async with asyncio.timeout(60):
        assert [await anext(taken), await anext(taken)] == [[1, 2], [3, 4]]


async def test_short_batch_comes_after_the_wait_with_what_came_meanwhile() -> None:
    source = channel(1)
    asyncio.get_running_loop().call_later(0.001, source.queue.put_nowait, 2)
    assert await anext(batches(source, 10, 0.05)) == [1, 2]


async def test_what_a_rebalance_clears_is_not_waited_for() -> None:
    source = channel(1, 2, 3)
    asyncio.get_running_loop().call_later(0.001, source.queue.clear)
    assert await anext(batches(source, 10, 0.05)) == [1]


@pytest.mark.parametrize("events", [(), (1, 2)])
async def test_agent_that_faust_stops_ends(events: tuple[int, ...]) -> None:
    source = channel(*events)
    asyncio.get_running_loop().call_later(0.001, source.queue._throw, StopAsyncIteration())
    async with asyncio.timeout(60):
        assert [batch async for batch in batches(source, 10, 0.05)] == []


async def test_an_agent_that_fails_ends_the_process() -> None:
    """Faust would end the agent alone, without a word."""

    class Died(BaseException):
        pass

    def fail(error: WorkerExit) -> NoReturn:
        assert "ZeroDivisionError" in str(error)
        raise Died

    async def take(_messages: object) -> None:
        raise ZeroDivisionError

    queue: asyncio.Queue[Any] = asyncio.Queue()
    queue.put_nowait(SimpleNamespace(message=None))
    with pytest.raises(Died):
        await work_off(SimpleNamespace(queue=queue), 10, 0.0, take, fail)
