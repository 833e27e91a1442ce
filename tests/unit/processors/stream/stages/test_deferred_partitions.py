"""A partition that loads holds up no other."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from processors.stream.kafka_message import FetchedMessage
from processors.stream.stages.deferred_partitions import DeferredPartitions
from tests.support.patience import DEADLINE_S


def message(number: int, offset: int) -> FetchedMessage:
    return FetchedMessage(("t", number), offset, None, None)


class Stage:
    """Handles messages; those of partition 2 wait for it to be loaded."""

    def __init__(self) -> None:
        self.loaded = asyncio.Event()
        self.handled: list[tuple[int, int]] = []

    async def run(self, messages: Sequence[Any]) -> None:
        if any(one.tp[1] == 2 for one in messages):
            await self.loaded.wait()
        self.handled += [(one.tp[1], one.offset) for one in messages]

    def is_ready(self, number: int) -> bool:
        return number != 2 or self.loaded.is_set()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_other_partitions_go_on_while_one_loads() -> None:
    stage = Stage()
    deferred = DeferredPartitions(stage.run, stage.is_ready, limit=10)
    await deferred.take([message(1, 0), message(2, 0)])
    await deferred.take([message(2, 1), message(1, 1)])
    assert stage.handled == [(1, 0), (1, 1)]
    assert deferred.partitions == {2}
    stage.loaded.set()
    await settle()
    assert stage.handled == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert deferred.partitions == set()


async def test_messages_that_come_while_parked_ones_are_handled_stay_behind_them() -> None:
    stage = Stage()
    deferred = DeferredPartitions(stage.run, stage.is_ready, limit=10)
    await deferred.take([message(2, 0)])
    stage.loaded.set()  # ready, but what came first is not handled yet
    await deferred.take([message(2, 1)])
    await settle()
    assert stage.handled == [(2, 0), (2, 1)]


async def test_a_partition_that_is_ready_is_handled_at_once() -> None:
    stage = Stage()
    stage.loaded.set()
    deferred = DeferredPartitions(stage.run, stage.is_ready, limit=10)
    await deferred.take([message(2, 0), message(1, 0)])
    assert stage.handled == [(2, 0), (1, 0)]


async def test_what_waits_is_bounded() -> None:
    stage = Stage()
    deferred = DeferredPartitions(stage.run, stage.is_ready, limit=3)
    await deferred.take([message(2, 0)])
    await settle()  # the first one is at work
    taking = asyncio.create_task(deferred.take([message(2, offset) for offset in range(1, 6)]))
    await settle()
    assert not taking.done()
    stage.loaded.set()
    async with asyncio.timeout(DEADLINE_S):
        await taking
    assert [offset for _, offset in stage.handled] == list(range(6))


async def test_a_fault_leaves_nothing_parked() -> None:
    async def fail(_: Sequence[Any]) -> None:
        raise ZeroDivisionError

    deferred = DeferredPartitions(fail, lambda _: False, limit=3)
    await deferred.take([message(2, 0)])
    (task,) = deferred._tasks.values()  # the fault is reported by the stage, which ends the process
    with pytest.raises(ZeroDivisionError):
        await task
    assert deferred.partitions == set()


async def test_a_stop_breaks_off_what_is_handled_apart() -> None:
    broken_off = []

    class Cut(Stage):
        async def run(self, messages: Sequence[Any]) -> None:
            try:
                await super().run(messages)
            except asyncio.CancelledError:
                broken_off.append([one.offset for one in messages])
                raise

    stage = Cut()
    deferred = DeferredPartitions(stage.run, stage.is_ready, limit=10)
    await deferred.take([message(2, 0), message(1, 0)])
    await settle()
    await deferred.stop()
    assert (broken_off, stage.handled, deferred.partitions) == ([[0]], [(1, 0)], set())
