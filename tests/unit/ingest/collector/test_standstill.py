"""Held back work is reported and counted: posts behind a gap, a broker that takes nothing, a disk, accounts, files."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from ingest.collector import publish_queue as publish_queue
from ingest.collector.collector import Collector
from ingest.errors import AccountError, MediaFolderError, ReaderBusyError, ReaderLostError
from ingest.ledger.ledger import Ledger
from ingest.ledger.records import LedgerUpdate
from ingest.publish import MemoryPublisher, Publisher
from runtime.kafka.errors import BrokerUnavailableError, PublishTopicMissingError
from runtime.settings.tree import Settings
from tests.support.collector_sim.bench import Bench, pause
from tests.support.collector_sim.virtual_time import run_virtual
from tests.support.collector_sim.world import World
from tests.support.patience import DEADLINE_S
from tgwire.processes.collect import CollectProcess


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, World(3))


def process(collector: Collector) -> CollectProcess:
    """The health of a process in which it runs."""
    whole = CollectProcess(Settings(), CollectorRegistry(), backfill=False, takeout=False, media=False)
    whole._collector = collector
    return whole


def flooded(*methods: str, wait_s: float = 120) -> Any:
    return lambda method, _: ReaderBusyError("flood", wait_s) if method in methods else None


# -- posts behind a gap


def test_pushed_posts_behind_a_lost_push_are_counted_while_they_wait(bench: Bench) -> None:
    room = bench.world[1]

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.reader.fault = flooded("history", "newest")
            room.post(5)  # its push is lost
            for _ in range(5):
                bench.world.push(collector, room.post(5))
            await pause(30)
            status = collector.status()
            assert (status.published, status.gaps_open, status.held) == (0, 1, 6)
            assert status.channels[0].missing == 6
            assert (bench.metric("gaps_open"), bench.metric("held_posts")) == (1, 6)
            assert process(collector).ready() == (True, "collecting; 6 posts of 1 channel waiting behind gaps")
            bench.reader.fault = lambda _method, _channel: None
            await pause(120)
            status = collector.status()
            assert (status.published, status.gaps_open, status.held) == (6, 0, 0)
            assert (bench.metric("gaps_open"), bench.metric("held_posts")) == (0, 0)
            assert process(collector).ready() == (True, "collecting")

    run_virtual(work())
    assert [post.message_id for post in bench.posts] == [1, 2, 3, 4, 5, 6], "in the order of their ids"


def test_posts_that_are_pushed_before_the_first_answer_are_counted(bench: Bench) -> None:
    room = bench.world[1]
    for _ in range(10):
        room.post(0)

    async def work() -> None:
        bench.reader.fault = flooded("newest")
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, room.post(5))
            await pause(5)
            assert (collector.status().gaps_open, collector.status().held) == (1, 3)
            collector.missed("main", None)
            await pause(5)
            assert [call for call in bench.reader.calls if call[0] == "history"] == []
            bench.reader.fault = lambda _method, _channel: None
            await pause(120)
            assert (collector.status().gaps_open, bench.metric("gaps_open")) == (0, 0)

    run_virtual(work())
    assert [post.message_id for post in bench.posts] == [11, 12, 13]


def test_a_push_of_the_newest_post_while_a_channel_is_started_opens_no_gap(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.world[1].post(0)

    async def work() -> None:
        async with bench.collecting() as collector:
            queue, pushed = collector._deps.publish_queue, list[int]()
            commit = queue.commit

            async def commit_slowly() -> None:
                await commit()
                if not pushed and collector._deps.ledger.progress(1) is not None:
                    pushed.append(1)
                    bench.world.push(collector, bench.world[1].messages[1])

            monkeypatch.setattr(queue, "commit", commit_slowly)
            await pause(5)
            assert pushed
            assert collector.gaps == (0, 0)

    run_virtual(work())


def test_a_channel_that_is_not_watched_any_more_has_no_gap(bench: Bench) -> None:
    async def work() -> None:
        bench.reader.fault = flooded("newest")
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            assert bench.metric("gaps_open") == 1
            collector.unwatch(1)
            assert (bench.metric("gaps_open"), bench.metric("held_posts")) == (0, 0)

    run_virtual(work())


# -- a broker that takes nothing


def test_a_broker_that_does_not_acknowledge_is_reported_before_the_client_gives_up(bench: Bench) -> None:
    bench.publisher = MemoryPublisher(holds_back=True)

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            bench.publisher.acknowledge()  # the state of the channel
            bench.world.push(collector, bench.world[1].post(5))
            await pause(2)
            assert process(collector).ready() == (True, "collecting")
            await pause(10)
            is_ready, reason = process(collector).ready()
            assert not is_ready
            assert reason.startswith("nothing can be published since 20")
            assert reason.endswith("UTC: what was sent is not acknowledged")
            assert collector.status().failure == "what was sent is not acknowledged"
            assert collector.status().failing_s == pytest.approx(12, abs=0.5)
            while bench.publisher.in_flight:  # the post, and the new state of its channel
                bench.publisher.acknowledge()
            await pause(1)
            assert process(collector).ready() == (True, "collecting")
            assert (collector.status().failure, collector.status().failing_s) == (None, None)

    run_virtual(work())


def test_a_flow_of_acknowledgements_is_no_standstill(bench: Bench) -> None:
    bench.publisher = MemoryPublisher(holds_back=True)

    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(20):
                bench.world.push(collector, bench.world[1].post(5))
            for _ in range(18):
                await pause(2)
                bench.publisher.acknowledge()
                await pause(0.5)
                assert process(collector).ready() == (True, "collecting")

    run_virtual(work())


def test_a_new_connection_alone_does_not_make_it_ready(bench: Bench) -> None:
    made: list[MemoryPublisher] = []

    def make() -> Publisher:
        if len(made) == 1:
            made.append(MemoryPublisher())
            raise PublishTopicMissingError("no topic")
        made.append(MemoryPublisher(holds_back=True))
        return made[-1]

    async def work() -> None:
        bench.make_publisher = make
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, bench.world[1].post(5))
            await pause(0.5)
            made[0].fail(BrokerUnavailableError("no broker"))
            for _ in range(100):
                await pause(0.1)
                is_ready, reason = process(collector).ready()
                assert not is_ready
                assert reason.endswith(("no broker", "no topic"))
            made[-1].acknowledge()
            await pause(1)
            assert process(collector).ready() == (True, "collecting")

    run_virtual(work())


async def test_a_ledger_that_cannot_be_written_is_reported(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_queue, "STALL_S", 0.05)
    is_free, settle = threading.Event(), Ledger.apply

    def slow(ledger: Ledger, ledger_updates: Sequence[LedgerUpdate]) -> None:
        is_free.wait(DEADLINE_S)
        settle(ledger, ledger_updates)

    monkeypatch.setattr(Ledger, "apply", slow)
    async with bench.collecting() as collector, asyncio.timeout(DEADLINE_S):
        try:
            while collector.status().channels[0].state != "live":
                await asyncio.sleep(0.01)
            bench.world.push(collector, bench.world[1].post(5))
            wanted = "the ledger does not record what was acknowledged: check the disk"
            while collector.stall is None or collector.stall.reason != wanted:  # at first the broker may be slow
                await asyncio.sleep(0.01)
            assert not process(collector).ready()[0]
        finally:
            is_free.set()
        while collector.stall is not None:
            await asyncio.sleep(0.01)
    assert bench.texts == ["1/1 v0"]


# -- sources and files


@pytest.mark.parametrize("error", [ReaderLostError("no answer"), AccountError("signed out", "signed_out")])
def test_no_answering_source_is_reported(bench: Bench, error: Exception) -> None:
    async def work() -> None:
        bench.reader.fault = lambda _method, _channel: error
        async with bench.collecting() as collector:
            await pause(5)
            assert process(collector).ready() == (False, str(error))
            bench.reader.fault = lambda _method, _channel: None
            collector.missed("main", None)
            await pause(5)
            assert process(collector).ready() == (True, "collecting")

    run_virtual(work())


def test_a_folder_of_files_that_cannot_be_used_is_reported(bench: Bench) -> None:
    async def work() -> None:
        async with bench.collecting() as collector:
            await pause(5)
            whole = process(collector)
            whole._files = _Files(MediaFolderError("disk full"))  # type: ignore[assignment]
            assert whole.ready() == (False, "disk full")

    run_virtual(work())


class _Files:
    def __init__(self, error: Exception) -> None:
        self.problem = str(error)
