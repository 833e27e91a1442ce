"""Batches of waiting events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from processors.errors import WorkerExit
from processors.stream.stages.batching import batches, run_batches
from tests.support.patience import DEADLINE_S


def channel(*events: int) -> SimpleNamespace:
    flow = FlowControlEvent()
    flow.resume()
    queue: Any = ThrowableQueue(1000, flow_control=flow, clear_on_resume=True)
    for event in events:
        queue.put_nowait(event)
    return SimpleNamespace(queue=queue)


def readings(*values: float) -> Callable[[], float]:
    return iter(values).__next__


def after_a_batch(source: SimpleNamespace, *, cpu_s: float, wait_s: float, rest_s: float = 0.0) -> AsyncIterator[Any]:
    """Batches of ten. The first takes ``cpu_s`` of CPU; the second is looked for ``rest_s`` later."""
    return batches(source, 10, wait_s, readings(0, 0, rest_s, rest_s), readings(0, cpu_s, cpu_s, cpu_s))


async def test_full_batches_come_without_a_wait() -> None:
    taken = batches(channel(1, 2, 3, 4, 5), 2, 1e6, readings(0, 1, 2), readings(0, 1e6, 1e6, 2e6))
    async with asyncio.timeout(DEADLINE_S):
        assert [await anext(taken), await anext(taken)] == [[1, 2], [3, 4]]


async def test_what_comes_to_an_agent_at_rest_is_handled_at_once() -> None:
    async with asyncio.timeout(DEADLINE_S):
        assert await anext(batches(channel(1), 10, 1e6)) == [1]


@pytest.mark.parametrize(("cpu_s", "wait_s"), [(0.05, 1e6), (1e6, 1.0)], ids=["by the work", "longest"])
async def test_after_work_events_are_gathered_for_a_bounded_time(cpu_s: float, wait_s: float) -> None:
    source = channel(1)
    taken = after_a_batch(source, cpu_s=cpu_s, wait_s=wait_s)
    assert await anext(taken) == [1]
    source.queue.put_nowait(2)
    asyncio.get_running_loop().call_later(0.001, source.queue.put_nowait, 3)
    async with asyncio.timeout(DEADLINE_S):
        assert await anext(taken) == [2, 3]


async def test_time_at_rest_counts_as_waited() -> None:
    source = channel(1)
    taken = after_a_batch(source, cpu_s=1e5, wait_s=1e6, rest_s=4e5)
    assert await anext(taken) == [1]
    source.queue.put_nowait(2)
    async with asyncio.timeout(DEADLINE_S):
        assert await anext(taken) == [2]


async def test_what_a_rebalance_clears_is_not_waited_for() -> None:
    source = channel(1)
    taken = after_a_batch(source, cpu_s=1, wait_s=0.2)
    assert await anext(taken) == [1]
    for event in (2, 3, 4):
        source.queue.put_nowait(event)
    asyncio.get_running_loop().call_later(0.001, source.queue.clear)
    async with asyncio.timeout(DEADLINE_S):
        assert await anext(taken) == [2]


async def test_agent_that_faust_stops_at_rest_ends() -> None:
    source = channel()
    asyncio.get_running_loop().call_later(0.001, source.queue._throw, StopAsyncIteration())
    async with asyncio.timeout(DEADLINE_S):
        assert [batch async for batch in batches(source, 10, 0.05)] == []


async def test_agent_that_faust_stops_between_two_batches_ends() -> None:
    source = channel(1)
    taken = after_a_batch(source, cpu_s=1, wait_s=0.2)
    assert await anext(taken) == [1]
    source.queue.put_nowait(2)
    asyncio.get_running_loop().call_later(0.001, source.queue._throw, StopAsyncIteration())
    async with asyncio.timeout(DEADLINE_S):
        assert [batch async for batch in taken] == []


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
        await run_batches(SimpleNamespace(queue=queue), 10, 0.0, take, fail)
