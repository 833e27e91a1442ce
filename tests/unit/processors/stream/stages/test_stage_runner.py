"""The invariant: what is committed has been delivered, whatever the framework does to the order of records."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NoReturn

import pytest
from aiokafka.errors import KafkaConnectionError
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from processors.core.outcomes import Reject
from processors.core.routing import Output
from processors.errors import DeliveryError, OffsetGapError, PipelineBugError, WorkerExit
from processors.stream.delivery.batch_producer import OutputBatch
from processors.stream.monitoring.metrics import WorkerMetrics
from processors.stream.monitoring.post_budget import Budget, OverBudgetError, UnlimitedBudget
from processors.stream.monitoring.stall_watchdogs import StallWatch
from processors.stream.offsets.commit_marker import CommitMarker
from processors.stream.process.preflight import NEEDED
from processors.stream.stages import live_priority
from processors.stream.stages.analyze_and_dedup import StageResult
from processors.stream.stages.stage_runner import FLUSH_BYTES, Hooks, StageRunner
from processors.testing import MemoryGroup, MemoryMessage, MemoryProducer
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.errors import BrokerUnavailableError
from schemas import DeadLetter, DuplicateRecord, Lane, RejectReason
from schemas.topics import DEAD_LETTER_HEADER, DUPLICATES, MAX_RECORD_BYTES
from tests.support.patience import DEADLINE_S

TP = ("posts.raw.live", 2)
PARTITIONS = 3
SLICE_POSTS = 5
VERDICT = DuplicateRecord(key="tg:1:1", revision="0", rank=(0, 0), duplicate=None)


Record = partial(MemoryMessage, tp=TP)


class Group(MemoryGroup):
    """A group with one partition."""

    def __init__(
        self,
        exists: set[int],
        *,
        committed_offset: int | None = None,
        marker: CommitMarker | None = None,
        **state: Any,
    ) -> None:
        stored = {} if committed_offset is None else {TP: committed_offset}
        super().__init__({TP}, {TP: exists}, stored=stored, markers={} if marker is None else {TP: marker}, **state)


class Stage:
    """Gives what the message asks for."""

    name, slice_posts, ordering = "analyze", SLICE_POSTS, None
    lane: Lane | None = Lane.LIVE
    is_interruptible = True

    def __init__(self) -> None:
        self.handled: list[int] = []
        self.read_before: list[int] = []
        """For each message read, how many had been handled."""
        self.unsent: list[int] = []

    def read(self, message: Any) -> bytes | Reject:
        self.read_before.append(len(self.handled))
        if message.value == b"bad":
            return Reject(RejectReason.INVALID_JSON, "bad", "field")
        if message.value == b"bug in reading":
            raise ZeroDivisionError("the text of the post")
        return bytes(message.value)

    def handle(self, slice_: Sequence[tuple[Any, bytes]]) -> list[StageResult | Exception]:
        return [self.handle_one(message, read) for message, read in slice_]

    def handle_one(self, message: Any, read: bytes) -> StageResult | Exception:
        if read == b"bug":
            return ZeroDivisionError("the text of the post")
        if read == b"fatal":
            raise PipelineBugError("no index")
        self.handled.append(message.offset)
        key = "tg:1:" + "1" * (MAX_RECORD_BYTES if read == b"large" else 1)
        return StageResult((Output(DUPLICATES, key, VERDICT),), outcomes={"verdict": 1})

    def set_aside(self, message: Any) -> None:
        self.unsent.append(message.offset)


class Died(BaseException):
    """The process has ended."""


@dataclass
class World:
    group: Group
    producer: MemoryProducer = field(default_factory=MemoryProducer)
    stage: Any = field(default_factory=Stage)
    died_of: WorkerExit | None = None
    resumed: int = 0
    lost: list[tuple[str, int]] = field(default_factory=list)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    budget: Budget = field(default_factory=UnlimitedBudget)
    stalls: StallWatch = field(default_factory=lambda: StallWatch(60.0))
    beats: list[int] = field(default_factory=list)
    on_resume: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.runner = StageRunner(
            self.group,
            ClusterTopics("", {topic.name: PARTITIONS for topic in NEEDED}),
            lambda generation: OutputBatch(self.producer, 1.0, lambda: self.group.number == generation),
            WorkerMetrics(self.registry),
            self.stalls,
            Hooks(self._resume, self.lost.append, self._fail, lambda: self.beats.append(len(self.stage.handled))),
            self.budget,
        )

    async def _resume(self, _tp: object) -> None:
        self.resumed += 1
        self.on_resume()

    def _fail(self, error: WorkerExit) -> NoReturn:
        self.died_of = error
        raise Died

    async def run(self, *records: MemoryMessage) -> None:
        try:
            await self.runner.run(self.stage, records)
        except Died:
            self.died_of = self.died_of or PipelineBugError("?")

    @property
    def due(self) -> int | None:
        return self.runner.commits.due({TP}).get(TP)


class Backfill(Stage):
    """The same for posts that may wait."""

    lane = Lane.BACKFILL


class Stateful(Stage):
    """A stage that must not be broken off."""

    name, lane, is_interruptible = "dedup", None, False


def hold_deliveries(world: World) -> tuple[asyncio.Event, asyncio.Event]:
    """Make deliveries wait: an event that is set when one has begun, and one that lets them go on."""
    has_begun, goes_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        has_begun.set()
        await goes_on.wait()

    world.producer.before = wait
    return has_begun, goes_on


async def test_batch_is_delivered_and_then_due() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0), Record(1))
    assert len(world.producer.sent) == 2
    assert world.due == 2


async def test_nothing_is_due_before_delivery() -> None:
    world = World(Group(set(range(9))))

    async def look() -> None:
        assert world.due is None

    world.producer.before = look
    await world.run(Record(0), Record(1))
    assert world.due == 2


async def test_failed_delivery_ends_the_process_with_nothing_due() -> None:
    world = World(Group(set(range(9))))
    world.producer.fault = KafkaConnectionError("gone")
    await world.run(Record(0))
    assert isinstance(world.died_of, DeliveryError)
    assert world.due is None


async def test_a_broker_that_does_not_answer_in_the_middle_of_a_batch_is_no_bug() -> None:
    """Ids of topics are asked for before the states of a partition are read."""
    world = World(Group({0}))
    world.producer.fault = BrokerUnavailableError("127.0.0.1:9 did not list its topics")
    await world.run(Record(0))
    assert isinstance(world.died_of, DeliveryError)
    assert "did not list its topics" in str(world.died_of)


async def test_hole_ends_the_process_before_anything_past_it_is_due() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0))
    await world.run(Record(1), Record(3))
    assert isinstance(world.died_of, OffsetGapError)
    assert world.due == 1


async def test_replay_is_not_handled_again_but_due_again() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0), Record(1))
    await world.runner.revoked(1.0)
    world.runner.commits.clear()
    world.group.number = 2
    world.runner.assigned([TP])
    await world.run(Record(0, generation_id=2), Record(1, generation_id=2))
    assert world.stage.handled == [0, 1]
    assert world.due == 2


async def test_recreated_topic_is_not_treated_as_a_replay() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0), Record(1))
    await world.group.commit({TP: 2}, {})
    world.runner.commits.confirm({TP: 2})
    world.runner.commits.clear()
    del world.group.stored[TP]  # Kafka forgets the commits of a deleted topic
    await world.run(Record(0))
    assert isinstance(world.died_of, OffsetGapError)
    assert world.stage.handled == [0, 1]


async def test_log_that_was_cut_short_is_not_treated_as_a_replay() -> None:
    world = World(Group(set(range(9))))
    await world.run(*(Record(offset) for offset in range(9)))
    world.group.records[TP] = {0, 1, 2}
    await world.run(Record(0))
    assert isinstance(world.died_of, OffsetGapError)


async def test_log_in_which_other_records_have_taken_the_numbers_is_read_again() -> None:
    """By the worker that is given the partition next."""
    world = World(Group(set(range(5))))
    await world.run(Record(0), Record(1))
    await world.group.commit({TP: 2}, world.runner.commits.markers)
    other = World(world.group)
    world.group.replaced[TP] = {1}
    await other.run(Record(2))
    assert isinstance(other.died_of, OffsetGapError)
    assert world.group.stored[TP] == 0
    again = World(world.group)
    await again.run(Record(0), Record(1), Record(2))
    assert again.stage.handled == [0, 1, 2]


async def test_log_that_a_new_leader_has_cut_short_is_read_again() -> None:
    """By the worker that was reading it, also when it has grown past what was taken."""
    world = World(Group(set(range(9)), replaced={TP: {2}}))
    await world.run(Record(0), Record(1), Record(2), Record(3))
    assert world.due == 4
    world.group.replaced[TP], world.group.new_leaders[TP] = {2, 3}, 4
    await world.run(Record(4))
    assert isinstance(world.died_of, OffsetGapError)
    assert world.group.stored[TP] == 0
    assert world.due is None


async def test_new_leader_of_the_same_log_is_no_fault() -> None:
    world = World(Group(set(range(9)), new_leaders={TP: 2}))
    await world.run(Record(0), Record(1), Record(2))
    assert world.due == 3


async def test_records_of_an_older_generation_are_left_out() -> None:
    world = World(Group(set(range(9)), number=2))
    await world.run(Record(0, generation_id=1), Record(0, generation_id=2))
    assert world.stage.handled == [0]


async def test_nothing_more_is_taken_once_partitions_are_taken_away() -> None:
    world = World(Group(set(range(9))))
    await world.runner.revoked(1.0)
    await world.run(Record(0))
    assert world.stage.handled == []


async def test_nothing_is_sent_once_a_rebalance_is_over() -> None:
    class Slow(Stage):
        def handle_one(self, message: Any, read: bytes) -> StageResult | Exception:
            world.group.number = 2
            return super().handle_one(message, read)

    world = World(Group(set(range(9))), stage=Slow())
    await world.run(Record(0))
    assert (world.stage.handled, world.producer.sent, world.due, world.died_of) == ([0], [], None, None)
    assert world.lost == [TP], "what is kept for the partition is dropped"
    world.stage = Stage()
    await world.run(Record(0, generation_id=2))
    assert (world.stage.handled, world.due) == ([0], 1), "taken when the partition has come back"


async def test_records_still_on_their_way_late_in_a_rebalance_end_the_process() -> None:
    world = World(Group(set(range(9))))
    delivering = asyncio.Event()

    async def hang() -> None:
        delivering.set()
        await asyncio.Event().wait()

    world.producer.before = hang
    batch = asyncio.create_task(world.run(Record(0)))
    await delivering.wait()
    with pytest.raises(Died):
        await world.runner.revoked(0.0)
    assert isinstance(world.died_of, DeliveryError)
    batch.cancel()
    await batch
    assert (world.producer.sent, world.due) == ([], None)


async def test_a_batch_that_is_delivered_while_a_rebalance_waits_is_not_lost() -> None:
    world = World(Group(set(range(9))))
    delivering, goes_on = hold_deliveries(world)
    batch = asyncio.create_task(world.run(Record(0)))
    await delivering.wait()
    revoked = asyncio.create_task(world.runner.revoked(60.0))
    await asyncio.sleep(0)
    goes_on.set()
    await revoked
    await batch
    assert (len(world.producer.sent), world.died_of) == (1, None)


async def test_a_batch_that_was_not_delivered_when_a_rebalance_has_waited_is_left_to_the_next_owner() -> None:
    """It may be waiting for the log of states: whoever has the partition by then sends newer records."""
    group = Rebalanced({0, 5}, committed_offset=3, marker=CommitMarker(0, "post"))
    world = group.in_world("gap", is_over=False)
    await world.run(Record(0), Record(5))
    assert (world.stage.handled, world.producer.sent, world.due) == ([0], [], None)
    world.runner.assigned([TP])
    group.question, group.number = "", 2
    await world.run(Record(0, generation_id=2))
    assert (len(world.producer.sent), world.due) == (1, 1)


async def test_a_backfill_takes_no_slice_while_a_live_batch_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_priority, "GIVE_WAY_S", DEADLINE_S)
    world = World(Group(set(range(9))))
    backfill: Any = Backfill()
    delivering, goes_on = hold_deliveries(world)
    live = asyncio.create_task(world.run(Record(0)))
    await delivering.wait()
    other = asyncio.create_task(world.runner.run(backfill, [Record(1), Record(2)]))
    await asyncio.sleep(0.01)
    assert backfill.handled == []
    goes_on.set()
    await asyncio.gather(live, other)
    assert backfill.handled == [1, 2]


async def test_a_backfill_takes_no_next_slice_while_a_live_batch_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Backfill):
        def handle(self, slice_: Sequence[tuple[Any, bytes]]) -> list[StageResult | Exception]:
            if not live:
                live.append(asyncio.create_task(world.runner.run(live_stage, [Record(SLICE_POSTS)])))
            return super().handle(slice_)

    monkeypatch.setattr(live_priority, "GIVE_WAY_S", DEADLINE_S)
    live: list[asyncio.Task[None]] = []
    world = World(Group(set(range(9))))
    backfill: Any = Interrupted()
    live_stage: Any = Stage()
    delivering, goes_on = hold_deliveries(world)
    records = [Record(offset) for offset in range(SLICE_POSTS)] + [Record(SLICE_POSTS + 1)]
    other = asyncio.create_task(world.runner.run(backfill, records))
    await delivering.wait()
    await asyncio.sleep(0.01)
    assert backfill.handled == list(range(SLICE_POSTS))
    goes_on.set()
    await asyncio.gather(*live, other)
    assert backfill.handled == [*range(SLICE_POSTS), SLICE_POSTS + 1]


async def test_ends_of_what_was_delivered_are_known_before_any_fetch() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0), Record(1))
    assert world.runner.written == {("posts.duplicates", world.producer.sent[0].partition): 2}


class Rebalanced(Group):
    """A partition that goes elsewhere, by a rebalance that ends or only begins, while the broker is asked."""

    question = ""
    is_over = True

    async def _ask(self, question: str) -> None:
        if question == self.question and self.is_over:
            self.number += 1
        elif question == self.question:
            await self.world.runner.revoked(0.0)

    async def committed(self, tp: tuple[str, int]) -> int | None:
        await self._ask("commit")
        return await super().committed(tp)

    async def first_record(self, tp: tuple[str, int], start: int, end: int) -> int | None:
        await self._ask("gap")
        return await super().first_record(tp, start, end)

    async def committed_marker(self, tp: tuple[str, int]) -> CommitMarker | None:
        await self._ask("mark of the commit")
        return await super().committed_marker(tp)

    async def has_record(self, tp: tuple[str, int], mark: CommitMarker) -> bool:
        await self._ask("record below")
        return await super().has_record(tp, mark)

    def in_world(self, question: str, *, is_over: bool) -> "World":
        self.world = World(self)
        self.question, self.is_over = question, is_over
        return self.world


@pytest.mark.parametrize("is_over", [True, False])
@pytest.mark.parametrize("question", ["commit", "gap", "mark of the commit", "record below"])
async def test_a_partition_that_goes_elsewhere_while_its_first_record_is_judged_is_left_alone(
    question: str, is_over: bool
) -> None:
    """Whoever has it now handles the record; a second one from here would come behind its newer ones."""
    group = Rebalanced({0, 5}, committed_offset=3, marker=CommitMarker(0, "post"))
    world = group.in_world(question, is_over=is_over)
    await world.run(Record(5))
    assert (world.died_of, world.stage.handled, world.producer.sent, world.due) == (None, [], [], None)
    assert world.lost == [TP], "what is kept for the partition is dropped"
    group.question = ""
    world.runner.assigned([TP])
    await world.run(Record(5, generation_id=group.number))
    assert (world.stage.handled, world.due) == ([5], 6), "taken when the partition has come back"


async def test_a_partition_that_goes_elsewhere_while_its_state_is_read_is_left_alone() -> None:
    world = World(Group({0}))
    world.on_resume = lambda: setattr(world.group, "number", 2)
    await world.run(Record(0))
    assert (world.resumed, world.stage.handled, world.producer.sent, world.due) == (1, [], [], None)


@pytest.mark.parametrize("is_over", [True, False])
async def test_a_partition_that_goes_elsewhere_while_a_new_leaders_log_is_looked_at_is_left_alone(
    is_over: bool,
) -> None:
    group = Rebalanced({0, 1, 2}, new_leaders={TP: 2})
    world = group.in_world("record below", is_over=is_over)
    await world.run(Record(0), Record(1), Record(2))
    assert (world.died_of, world.stage.handled, world.producer.sent) == (None, [0, 1], [])


async def test_state_is_read_on_resume_and_not_over_an_empty_gap() -> None:
    world = World(Group({0, 5, 6}))
    await world.run(Record(0), Record(5))
    await world.run(Record(6))
    assert world.resumed == 1
    assert world.due == 7


async def test_messages_are_read_slice_by_slice_before_they_are_handled() -> None:
    world = World(Group(set(range(SLICE_POSTS + 2))))
    await world.run(*(Record(offset) for offset in range(SLICE_POSTS + 2)))
    assert world.stage.read_before == [0] * SLICE_POSTS + [SLICE_POSTS] * 2
    assert world.stage.handled == list(range(SLICE_POSTS + 2))
    assert world.due == SLICE_POSTS + 2


async def test_what_was_taken_is_handled_before_a_gap_is_looked_into() -> None:
    handled: list[int] = []

    class Watched(Group):
        async def first_record(self, tp: tuple[str, int], start: int, end: int) -> int | None:
            handled.extend(world.stage.handled)
            return await super().first_record(tp, start, end)

    world = World(Watched({0, 1, 5}))
    await world.run(Record(0), Record(1), Record(5))
    assert handled == [0, 1]
    assert world.stage.handled == [0, 1, 5]


async def test_rebalance_between_slices_leaves_the_rest_to_others() -> None:
    world = World(Group(set(range(2 * SLICE_POSTS))))
    batch = asyncio.create_task(world.run(*(Record(offset) for offset in range(2 * SLICE_POSTS))))
    while not world.stage.handled:
        await asyncio.sleep(0)
    world.group.number = 2
    await batch
    assert world.stage.handled == list(range(SLICE_POSTS))
    assert world.due is None


async def test_bad_messages_are_set_aside_with_their_bytes_among_good_ones() -> None:
    world = World(Group(set(range(9))))
    bad = (Record(1, b"bad", None), Record(2, b"bug", b"\xff"), Record(3, b"large"), Record(4, b"bug in reading"))
    await world.run(Record(0), *bad, Record(5))
    assert world.stage.handled == [0, 3, 5]
    assert world.stage.unsent == [2, 3]
    assert world.due == 6
    dead = [sent for sent in world.producer.sent if sent.topic == "dead-letters"]
    assert {(sent.key, sent.value) for sent in dead} == {(record.key, record.value) for record in bad}
    letters = [DeadLetter.model_validate_json(dict(sent.headers)[DEAD_LETTER_HEADER]) for sent in dead]
    assert {(letter.offset, letter.reason) for letter in letters} == {
        (1, RejectReason.INVALID_JSON),
        (2, RejectReason.FAILED),
        (3, RejectReason.TOO_LARGE),
        (4, RejectReason.FAILED),
    }
    assert all((letter.topic, letter.partition, letter.stage) == (*TP, "analyze") for letter in letters)
    assert not any("text of the post" in letter.message for letter in letters)


async def test_fault_of_the_worker_is_not_blamed_on_the_post() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0, b"fatal"))
    assert isinstance(world.died_of, PipelineBugError)
    assert world.producer.sent == []


async def test_cut_batch_ends_the_process() -> None:
    world = World(Group(set(range(9))))
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    world.producer.before = hang
    task = asyncio.create_task(world.run(Record(0)))
    await begun.wait()
    task.cancel()
    await task
    assert isinstance(world.died_of, PipelineBugError)
    assert world.due is None


async def test_closed_shell_takes_nothing_and_lets_the_last_batch_end() -> None:
    world = World(Group(set(range(9))))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await go_on.wait()

    world.producer.before = wait
    task = asyncio.create_task(world.run(Record(0)))
    await begun.wait()
    closing = asyncio.create_task(world.runner.close(5.0))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(task, closing)
    await world.run(Record(1))
    assert world.stage.handled == [0]
    assert world.due == 1


async def test_metrics_count_what_was_delivered() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0), Record(1, b"bad"))
    value = world.registry.get_sample_value
    assert value("tgwire_posts_in_total", {"stage": "analyze", "lane": "live"}) == 2
    assert value("tgwire_posts_out_total", {"stage": "analyze", "outcome": "verdict"}) == 1
    assert value("tgwire_posts_out_total", {"stage": "analyze", "outcome": "reject"}) == 1
    assert value("tgwire_dead_letters_total", {"stage": "analyze", "reason": "invalid_json"}) == 1
    assert value("tgwire_records_out_total", {"topic": "posts.duplicates"}) == 1
    assert value("tgwire_last_post_timestamp_seconds", {"lane": "live"}) == 1.5
    assert value("tgwire_post_latency_seconds_count", {"lane": "live"}) == 2


async def test_posts_of_one_message_are_counted_by_lane() -> None:
    class Fold(Stage):
        name, lane = "dedup", None

        def handle_one(self, message: Any, read: bytes) -> StageResult | Exception:
            handled = super().handle_one(message, read)
            assert isinstance(handled, StageResult)
            return replace(handled, arrivals=((Lane.LIVE, 1.5), (Lane.BACKFILL, 1.0), (Lane.LIVE, 1.5)))

    world = World(Group(set(range(9))), stage=Fold())
    await world.run(Record(0))
    value = world.registry.get_sample_value
    for lane, count in (("live", 2), ("backfill", 1)):
        assert value("tgwire_posts_in_total", {"stage": "dedup", "lane": lane}) == count
        assert value("tgwire_verdict_latency_seconds_count", {"lane": lane}) == count


# One step of a hostile framework: a slice of the log, handed over after a commit, a rebalance or neither.
STEPS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["", "commit", "rebalance", "lose"])), max_size=12
)


@given(exists=st.sets(st.integers(0, 30), min_size=1), steps=STEPS)
def test_no_committed_offset_is_past_a_record_that_was_not_delivered(
    exists: set[int], steps: list[tuple[int, int, str]]
) -> None:
    async def play() -> None:
        world = World(Group(exists))
        for start, end, event in steps:
            offsets = [offset for offset in sorted(exists) if start <= offset < end]
            await world.run(*(Record(offset, generation_id=world.group.number) for offset in offsets))
            if event and world.due is not None:
                await world.group.commit({TP: world.due}, world.runner.commits.markers)
            if event in ("rebalance", "lose"):
                world.runner.commits.clear()
                world.group.number += 1
                world.runner.assigned([] if event == "lose" else [TP])
            missed = exists - set(world.stage.handled)
            assert all(offset >= world.group.stored.get(TP, 0) for offset in missed)
            if world.died_of is not None:
                assert isinstance(world.died_of, OffsetGapError)
                return

    asyncio.run(play())


class Clock(UnlimitedBudget):
    """A budget that some posts exceed, and that knows one from before."""

    def __init__(self, *, spent: int | None = None) -> None:
        self._spent = spent
        self.watched: list[list[int]] = []

    def is_known_over_budget(self, message: Any) -> bool:
        return bool(message.offset == self._spent)

    @contextmanager
    def watch(self, messages: Sequence[Any], *, is_interruptible: bool) -> Iterator[None]:
        self.watched.append([message.offset for message in messages])
        if any(message.value == b"slow" for message in messages):
            raise OverBudgetError
        yield


def reasons(world: World) -> list[RejectReason]:
    headers = (dict(record.headers).get(DEAD_LETTER_HEADER) for record in world.producer.sent)
    return [DeadLetter.model_validate_json(content).reason for content in headers if content is not None]


async def test_a_post_over_its_budget_is_found_and_the_others_of_its_slice_are_handled() -> None:
    clock = Clock()
    world = World(Group(set(range(9))), budget=clock)
    await world.run(Record(0), Record(1, b"slow"), Record(2), Record(3, b"slow"), Record(4))
    assert clock.watched == [[0, 1, 2, 3, 4], [0], [1], [2], [3], [4]]
    assert world.stage.handled == [0, 2, 4]
    assert reasons(world) == [RejectReason.TIME_BUDGET] * 2
    assert (len(world.producer.sent), world.due) == (5, 5)
    assert world.beats, "the watchdog of the main loop learns that it moves"


class AfterEnd(UnlimitedBudget):
    """The budget of a process whose predecessor it has ended."""

    was_stuck = True


@pytest.mark.parametrize(("budget", "committed"), [(AfterEnd(), 2), (UnlimitedBudget(), None)])
async def test_what_was_sent_is_committed_before_a_stage_can_end_the_process_again(
    budget: Budget, committed: int | None
) -> None:
    """Else the next process sends it once more, and is ended by that, too."""

    class Ending(Stateful):
        def handle(self, slice_: Sequence[tuple[Any, bytes]]) -> list[StageResult | Exception]:
            committed_then.append(world.group.stored.get(TP))
            return super().handle(slice_)

    committed_then: list[int | None] = []
    world = World(Group(set(range(9))), stage=Backfill(), budget=budget)
    ending: Any = Ending()
    delivering, goes_on = hold_deliveries(world)
    sending = asyncio.create_task(world.run(Record(0), Record(1)))
    await delivering.wait()
    other = asyncio.create_task(world.runner.run(ending, [Record(2)]))
    await asyncio.sleep(0.01)
    goes_on.set()
    await asyncio.gather(sending, other)
    assert committed_then == [committed]


async def test_a_post_that_was_found_before_is_not_handled_again() -> None:
    clock = Clock(spent=0)
    world = World(Group(set(range(9))), budget=clock)
    await world.run(Record(0))
    assert (clock.watched, world.stage.handled, reasons(world)) == ([], [], [RejectReason.TIME_BUDGET])
    assert world.due == 1


async def test_a_partition_does_not_stall_while_its_slices_are_handled() -> None:
    world = World(Group(set(range(20))))
    begun = time.monotonic()
    assert not world.stalls.is_suspect(TP, begun - 59.0)
    await world.run(*(Record(offset) for offset in range(3 * SLICE_POSTS)))
    assert not world.stalls.is_suspect(TP, begun + 59.0)


async def test_a_partition_does_not_stall_while_its_records_are_on_their_way() -> None:
    world = World(Group(set(range(9))))
    begun = time.monotonic()

    async def take_59_s() -> None:
        world.stalls.moved([TP], begun - 59.0)

    world.producer.before = take_59_s
    await world.run(Record(0))
    assert not world.stalls.is_suspect(TP, begun + 59.0)


async def test_a_partition_that_is_skipped_through_after_a_rebalance_does_not_stall() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0), Record(1))
    begun = time.monotonic()
    world.stalls.moved([TP], begun - 59.0)
    await world.run(Record(0), Record(1))
    assert world.stage.handled == [0, 1]
    assert not world.stalls.is_suspect(TP, begun + 59.0)


async def test_records_that_wait_for_delivery_are_bounded_whatever_a_batch_gives() -> None:
    record_bytes = FLUSH_BYTES // 10
    waiting: list[int] = []

    class Wordy(Stage):
        def handle_one(self, message: Any, read: bytes) -> StageResult:
            waiting.append(len(self.handled) - len(world.producer.sent))
            self.handled.append(message.offset)
            return StageResult((Output(DUPLICATES, "tg:1:" + "1" * record_bytes, VERDICT),))

    world = World(Group(set(range(40))), stage=Wordy())
    await world.run(*(Record(offset) for offset in range(40)))
    assert (len(world.producer.sent), world.due) == (40, 40)
    assert max(waiting) * record_bytes <= FLUSH_BYTES + SLICE_POSTS * record_bytes


async def test_a_dead_letter_keeps_the_headers_of_its_message() -> None:
    world = World(Group(set(range(9))))
    await world.run(Record(0, b"bad", headers=((DEAD_LETTER_HEADER, b"old"), ("tgwire-replays", b"3"))))
    (letter,) = world.producer.sent
    assert [name for name, _ in letter.headers] == ["tgwire-replays", DEAD_LETTER_HEADER]
    assert dict(letter.headers)["tgwire-replays"] == b"3"
    assert reasons(world) == [RejectReason.INVALID_JSON]
