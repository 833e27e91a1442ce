"""The way of posts to the broker, as an operator sees it."""

import sqlite3
from collections.abc import MutableMapping
from contextlib import closing
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from ingest.errors import DeliveryRefusedError
from ingest.ledger.ledger import FILE_NAME
from ingest.publish import Delivery, MemoryPublisher, Publisher
from runtime.kafka.errors import BrokerUnavailableError, PublishError
from schemas import ChannelState, RawPost
from tests.support.collector_sim.bench import Bench, pause
from tests.support.collector_sim.virtual_time import run_virtual


def test_what_a_broker_does_not_acknowledge_is_on_its_way(tmp_path: Path) -> None:
    bench = Bench(tmp_path, publisher=MemoryPublisher(holds_back=True))

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.publisher.acknowledge()  # the state of the channel
            for _ in range(3):
                bench.world.push(collector, bench.world[1].post(5))
            await pause(60)
            assert bench.metric("queue_depth") == 4, "three posts, and the new state of their channel"
            for _ in range(4):
                bench.publisher.acknowledge()
            await pause(1)
            assert bench.metric("queue_depth") == 0

    run_virtual(work())


class WatchingPublisher(MemoryPublisher):
    """Looks at what is durable in the ledger when something is sent."""

    def __init__(self, ledger: Path) -> None:
        super().__init__()
        self._ledger = ledger
        self.in_doubt: dict[str, int] = {}
        """Text of each post -> messages of which the ledger knew that something is sent."""
        self.known_states: list[int] = []
        """For each state of a channel, the channels of which the ledger knew that they have one."""

    def publish(self, post: RawPost) -> Delivery:
        self.in_doubt[post.text] = self._count("SELECT count(*) FROM revisits WHERE due = 0")
        return super().publish(post)

    def publish_state(self, channel_id: int, state: ChannelState | None) -> Delivery:
        self.known_states.append(self._count("SELECT count(*) FROM channel_states"))
        return super().publish_state(channel_id, state)

    def _count(self, query: str) -> int:
        with closing(sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True)) as database:
            return int(database.execute(query).fetchone()[0])


def test_what_is_sent_behind_the_first_version_is_durable_in_the_ledger_before(tmp_path: Path) -> None:
    publisher = WatchingPublisher(tmp_path / FILE_NAME)
    bench = Bench(tmp_path, publisher=publisher)

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            room = bench.world[1]
            for _ in range(2):
                bench.world.push(collector, room.post(5))
            await pause(5)
            for message_id in (1, 2):  # the ledger is committed now and then: not between these two
                collector.edited(1, room.edit(message_id, 10).as_post(1))
                await pause(0.03)
            await pause(5)

    run_virtual(work())
    assert publisher.in_doubt == {"1/1 v0": 0, "1/2 v0": 0, "1/1 v1": 1, "1/2 v1": 2}
    assert publisher.known_states[0] == 1


def test_a_broker_that_is_away_is_left_to_the_lines_of_the_process(tmp_path: Path) -> None:
    said = _said_while_nothing_can_be_published(tmp_path, BrokerUnavailableError("no broker"))
    assert {line["log_level"] for line in said if line["event"] == "nothing can be published"} == {"debug"}


def test_a_refusal_is_logged_once_a_minute_and_when_it_is_over(tmp_path: Path) -> None:
    said = _said_while_nothing_can_be_published(tmp_path, DeliveryRefusedError("may not write"))
    assert said[0] == {"event": "nothing can be published", "problem": "may not write", "log_level": "error"}
    assert len([line for line in said if line == said[0]]) in (3, 4), "in 200 s"
    assert said[-1]["event"] == "posts can be published again"


def _said_while_nothing_can_be_published(tmp_path: Path, error: PublishError) -> list[MutableMapping[str, Any]]:
    bench = Bench(tmp_path)
    is_refused = False

    def make() -> Publisher:
        if is_refused:
            raise error
        return bench.publisher

    bench.make_publisher = make

    async def work() -> None:
        nonlocal is_refused
        async with bench.collecting() as collector:
            await pause(5)
            is_refused = True
            bench.publisher._failure = error
            bench.world.push(collector, bench.world[1].post(5))
            await pause(200)
            is_refused, bench.publisher._failure = False, None
            await pause(120)
        assert bench.texts == ["1/1 v0"]

    with capture_logs() as logs:
        run_virtual(work())
    return [line for line in logs if "can be published" in line["event"]]
