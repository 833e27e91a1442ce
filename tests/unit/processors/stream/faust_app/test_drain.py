"""The loop from fetches to streams stops where a rebalance begins."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.subscription_state import SubscriptionState

from processors.stream.faust_app.consumer import YIELD_EVERY, LaneConsumer

TP = TopicPartition("posts", 0)
OTHER = TopicPartition("posts", 1)
Records = Mapping[TopicPartition, list[int]]


class Consumer(LaneConsumer):
    """Faust's consumer with fetches from a list, and no thread behind it."""

    should_stop = False

    def __init__(self, *fetches: Records) -> None:
        faust: Any = self
        faust.app = SimpleNamespace(consumer_generation_id=1, should_stop=False)
        faust.scheduler = SimpleNamespace(iterate=_in_turn)
        faust.callback = self._take
        self._stopped: Any = asyncio.Event()
        self.flow_active = True
        self._buffered_partitions = set()
        self.active: set[Any] = {TP, OTHER}
        self.taken: list[tuple[int, int]] = []
        """Generation and record."""
        self.seeks = 0
        self.on_taken: Callable[[], None] = lambda: None
        self._fetches = iter(fetches)

    async def run(self) -> None:
        """Drain until the fetches are over."""
        await self._drain_messages(SimpleNamespace(_stopped=self._stopped))

    async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:
        records = next(self._fetches, None)
        if records is None:
            self._stopped.set()
        return records, self.active

    async def _take(self, message: tuple[int, int]) -> None:
        self.taken.append(message)
        self.on_taken()

    def _to_message(self, tp: Any, record: Any) -> Any:
        return self.app.consumer_generation_id, record

    async def perform_seek(self) -> None:
        self.seeks += 1


def _in_turn(records: Records) -> Iterator[tuple[TopicPartition, int]]:
    for tp, numbers in records.items():
        for number in numbers:
            yield tp, number


async def test_every_record_goes_on_in_order() -> None:
    consumer = Consumer({TP: [1, 2], OTHER: [7]}, {}, {TP: [3]})
    await consumer.run()
    assert consumer.taken == [(1, 1), (1, 2), (1, 7), (1, 3)]


async def test_suspended_flow_ends_the_fetch_at_once() -> None:
    consumer = Consumer({TP: [1, 2, 3]})

    def suspend() -> None:
        consumer.flow_active = False

    consumer.on_taken = suspend
    await consumer.run()
    assert consumer.taken == [(1, 1)]


async def test_fetch_under_a_suspended_flow_is_left_out_and_read_again() -> None:
    consumer = Consumer({TP: [1, 2]})
    consumer.flow_active = False
    await consumer.run()
    assert consumer.taken == []
    assert consumer.seeks == 1


async def test_next_generation_never_gets_what_the_last_one_fetched() -> None:
    """Flow can be suspended and resumed while a delivery waits: then only the generation shows it."""
    consumer = Consumer({TP: [1, 2, 3]}, {TP: [1]})

    def rebalance() -> None:
        consumer.app.consumer_generation_id = 2

    consumer.on_taken = rebalance
    await consumer.run()
    assert consumer.taken == [(1, 1), (2, 1)]


async def test_partition_that_is_not_read_now_is_left_out() -> None:
    consumer = Consumer({TP: [1], OTHER: [2]})
    consumer.active = {OTHER}
    await consumer.run()
    assert consumer.taken == [(1, 2)]


async def test_other_tasks_get_turns_within_a_fetch() -> None:
    consumer = Consumer({TP: list(range(3 * YIELD_EVERY))})
    seen: set[int] = set()

    async def watch() -> None:
        while len(consumer.taken) < 3 * YIELD_EVERY:
            seen.add(len(consumer.taken))
            await asyncio.sleep(0)

    await asyncio.gather(watch(), consumer.run())
    assert {YIELD_EVERY, 2 * YIELD_EVERY} <= seen


async def test_cancel_ends_it_quietly_only_when_the_app_stops() -> None:
    async def hang(timeout: float) -> tuple[Any, Any]:
        raise asyncio.CancelledError

    consumer = Consumer()
    consumer._wait_next_records = hang  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await consumer.run()
    app: Any = consumer.app
    app.should_stop = True
    await consumer.run()


async def test_a_partition_without_a_position_ends_no_consumer() -> None:
    """Faust asks each partition of the assignment for its position, and aiokafka asserts that there is one."""
    consumer: Any = Consumer()
    subscription = SubscriptionState()
    subscription.assign_from_user([TP])
    positions = subscription.subscription.assignment
    consumer.assignment = lambda: {TP}
    consumer._thread = SimpleNamespace(verify_event_path=lambda _now, tp: positions.state_value(tp).position)
    await consumer.verify_all_partitions_active()
