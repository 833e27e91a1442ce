"""Commits, the stall watchdog, and the numbers that lag and lanes rest on."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka.errors import CommitFailedError, KafkaConnectionError
from prometheus_client import CollectorRegistry

from processors.errors import OffsetGapError, StallError
from processors.stream.monitoring.health import WorkerHealth, WorkerPhase
from processors.stream.monitoring.metrics import WorkerMetrics
from processors.stream.monitoring.progress_checks import ProgressChecks
from processors.stream.monitoring.stall_watchdogs import StallWatch
from processors.stream.offsets.commit_marker import CommitMarker
from processors.stream.offsets.commits import Commits
from processors.stream.offsets.committer import Committer
from processors.stream.offsets.lag import LagMonitor
from processors.stream.process.preflight import NEEDED
from processors.testing import MemoryGroup
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.testing import ManualClock

A, B, FOREIGN = ("p.posts.raw.live", 0), ("p.posts.raw.live", 1), ("p.posts.analyzed", 5)
TP = tuple[str, int]


def group_of_ours(**state: Any) -> MemoryGroup:
    """Two partitions are ours; a third is another worker's."""
    return MemoryGroup({A, B}, **state)


@dataclass
class World:
    group: MemoryGroup
    stall_timeout_s: float = 60.0
    excused: bool = False
    commit_interval_s: float = 0.0

    def __post_init__(self) -> None:
        self.commits, self.registry, self.written = Commits(), CollectorRegistry(), dict[TP, int]()
        self.health = WorkerHealth()
        self.health.phase = WorkerPhase.RUNNING
        self.progress = LagMonitor(self.group, self.commits, self.written, self.commit_interval_s)
        metrics = WorkerMetrics(self.registry)
        self.committer = Committer(self.group, self.commits, lambda is_ok: metrics.committed(is_ok=is_ok))
        self.upkeep = ProgressChecks(
            self.group,
            self.committer,
            StallWatch(self.stall_timeout_s),
            self.progress,
            ClusterTopics("p.", {f"p.{topic.name}": 6 for topic in NEEDED}),
            metrics,
            self.health,
            lambda _tp: self.excused,
        )

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


async def test_delivered_offsets_are_committed_once() -> None:
    world = World(group_of_ours())
    world.commits.delivered({A: 5}, {A: CommitMarker(4, "record")})
    await world.committer.commit()
    await world.committer.commit()
    assert world.group.stored == {A: 5}
    assert world.group.markers == {A: CommitMarker(4, "record")}
    assert world.value("tgwire_commits_total", result="ok") == 1


@pytest.mark.parametrize("fault", [CommitFailedError("rebalanced"), TimeoutError()])
async def test_refused_commit_is_tried_again(fault: Exception) -> None:
    world = World(group_of_ours(fault=fault))
    world.commits.delivered({A: 5}, {})
    await world.committer.commit()
    assert world.value("tgwire_commits_total", result="failed") == 1
    world.group.fault = None
    await world.committer.commit()
    assert world.group.stored == {A: 5}


async def test_lag_is_shown_without_the_prefix() -> None:
    world = World(group_of_ours(ends={A: 10, B: 4}, stored={A: 7}))
    world.commits.delivered({B: 3}, {})
    await world.upkeep.watch()
    assert world.value("tgwire_consumer_lag", topic="posts.raw.live", partition="0") == 3
    assert world.value("tgwire_consumer_lag", topic="posts.raw.live", partition="1") == 1


async def test_broker_that_is_away_is_no_fault() -> None:
    world = World(group_of_ours(ends={A: 10}, fault=KafkaConnectionError("gone")))
    await world.upkeep.watch()
    assert world.health.ready() == (False, "the broker does not answer")
    world.group.fault = None
    await world.upkeep.watch()
    assert world.health.ready()[0]


def stalled(**changes: object) -> World:
    """Record 5 was fetched and never handled."""
    group = group_of_ours(ends={A: 6}, stored={A: 5}, positions={A: 6}, records={A: {5}})
    return World(group, stall_timeout_s=-1.0, **changes)  # type: ignore[arg-type]


async def test_record_at_the_end_that_was_never_handled_is_a_stall() -> None:
    with pytest.raises(StallError, match=r"posts\.raw\.live/0: offset 5 exists and was not handled"):
        await stalled().upkeep.watch()


async def test_partition_that_ends_before_what_was_handled_is_read_again() -> None:
    world = World(group_of_ours(ends={A: 40}, stored={A: 200}), stall_timeout_s=-1.0)
    with pytest.raises(OffsetGapError, match="ends at 40, but 200 were handled"):
        await world.upkeep.watch()
    assert world.group.stored == {A: 0}


async def test_end_that_is_too_low_for_a_moment_is_no_fault() -> None:
    world = World(group_of_ours(ends={A: 199}, stored={A: 200}))
    await world.upkeep.watch()
    assert world.group.stored == {A: 200}


async def test_held_back_lane_is_no_stall() -> None:
    await stalled(excused=True).upkeep.watch()


async def test_numbers_without_records_at_the_end_are_no_stall() -> None:
    world = stalled()
    world.group.records = {}
    await world.upkeep.watch()


async def test_worker_that_has_caught_up_is_no_stall() -> None:
    world = stalled()
    world.commits.delivered({A: 6}, {})
    await world.upkeep.watch()


async def test_records_that_another_worker_has_committed_are_no_stall() -> None:
    """Its last commit may come after this worker has asked where to go on."""
    world = stalled()
    assert await world.progress.handled(A) == 5
    world.group.stored[A] = 6
    await world.upkeep.watch()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    clock = ManualClock(0.0)
    monkeypatch.setattr("processors.stream.monitoring.progress_checks.time", clock)
    return clock


@pytest.mark.parametrize(
    "group",
    [
        group_of_ours(ends={A: 6}, stored={A: 5}, positions={A: 6}, records={A: {5}}),
        group_of_ours(ends={A: 199}, stored={A: 200}),
    ],
    ids=["a record waits", "the end is too low"],
)
async def test_a_partition_that_comes_back_is_given_its_time_again(clock: ManualClock, group: MemoryGroup) -> None:
    world = World(group)
    for clock.now, ours in ((0.0, {A}), (50.0, {B}), (100.0, {A}), (150.0, {A})):
        group.ours = ours
        await world.upkeep.watch()
    clock.now = 161.0
    with pytest.raises((StallError, OffsetGapError)):
        await world.upkeep.watch()


async def test_an_end_that_is_too_low_twice_for_a_moment_is_no_fault(clock: ManualClock) -> None:
    world = World(group_of_ours(stored={A: 200}))
    for clock.now, end in ((0.0, 199), (10.0, 200), (60.0, 200), (100.0, 199)):
        world.group.ends = {A: end}
        await world.upkeep.watch()
    assert world.group.stored == {A: 200}


async def test_numbers_without_records_at_the_end_are_looked_into_once_a_timeout(clock: ManualClock) -> None:
    world = World(group_of_ours(ends={A: 6}, stored={A: 5}, positions={A: 6}))
    for clock.now in (0.0, 61.0, 62.0, 63.0, 100.0):
        await world.upkeep.watch()
    assert len(world.group.looks) == 1
    clock.now = 122.0
    await world.upkeep.watch()
    assert len(world.group.looks) == 2


async def test_own_backlog_costs_no_request() -> None:
    world = World(group_of_ours(ends={A: 10, B: 20}))
    world.commits.delivered({A: 4, B: 15}, {})
    assert await world.progress.backlog([A, B]) == 11
    assert world.group.requests == 0


async def test_what_this_worker_wrote_counts_before_it_is_fetched() -> None:
    world = World(group_of_ours(ends={A: 10}))
    world.commits.delivered({A: 10}, {})
    world.written[A] = 500
    assert await world.progress.backlog([A]) == 490


async def asked_backlog(world: World) -> int:
    """What is known once the question that this look may have begun is answered."""
    await world.progress.backlog([FOREIGN])
    for _ in range(5):
        await asyncio.sleep(0)
    return await world.progress.backlog([FOREIGN])


async def test_backlog_of_other_workers_counts_too() -> None:
    world = World(group_of_ours(ends={FOREIGN: 100}, stored={FOREIGN: 40}))
    assert await world.progress.backlog([FOREIGN]) == 0, "nothing waits for the answer"
    assert await asked_backlog(world) == 60
    world.group.stored[FOREIGN] = 100
    assert await asked_backlog(world) == 60, "asked again too soon"
    world.progress.clear()
    assert await asked_backlog(world) == 0


@pytest.mark.parametrize(("commit_interval_s", "behind"), [(60.0, 0), (0.0, 500)])
async def test_what_other_workers_may_have_handled_since_their_commit_is_no_backlog(
    monkeypatch: pytest.MonkeyPatch, commit_interval_s: float, behind: int
) -> None:
    monkeypatch.setattr("processors.stream.offsets.lag.FOREIGN_MAX_AGE_S", 0.0)
    world = World(group_of_ours(ends={FOREIGN: 100}, stored={FOREIGN: 100}), commit_interval_s=commit_interval_s)
    assert await asked_backlog(world) == 0
    world.group.ends[FOREIGN] = 600
    assert await asked_backlog(world) == behind
