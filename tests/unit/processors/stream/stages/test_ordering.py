"""The order of states: two lanes over one table, tables that follow their log, and what becomes of each state."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from processors.core.decision import UNKNOWN_CITATIONS, UNKNOWN_QUOTES, Candidate
from processors.core.dedup.homes import EPOCH
from processors.stream.delivery.batch_producer import OutputBatch, ProducerRecord
from processors.stream.process.preflight import NEEDED
from processors.stream.stages.ordering import PendingUpdate, StateOrdering, StateUpdate
from processors.stream.state.changelog_table import TopicIds
from processors.stream.state.post_states import StateTables
from processors.testing import LoggedRecord, MemoryMessage, MemoryProducer
from runtime.kafka.cluster_topics import ClusterTopics
from schemas import (
    Channel,
    DuplicateRecord,
    Lane,
    Language,
    NormalizedPost,
    PostSource,
    Provenance,
    Tombstone,
    post_key,
)
from schemas.fingerprints import Fingerprint, FingerprintBatch, PostFingerprint
from schemas.rank import Rank, StateClass
from schemas.states import PostState
from schemas.topics import FLAT_TOPICS

NUMBER = 2
PARTITIONS = 3
STATES = "posts.states"
HOME = 1
IDS = TopicIds("n", "s")
FORGOTTEN_AFTER_DAYS = 30
DAY_S = 86_400

Message = partial(MemoryMessage, tp=("posts.raw.live", NUMBER), key=None, value=None, timestamp=1_700_000_000.0)


@dataclass
class Broker(MemoryProducer):
    """Keeps what is sent, and serves the log of states."""

    reads: int = 0

    @property
    def order(self) -> list[tuple[str, bytes | None]]:
        """Topics and keys in the order in which they were sent."""
        return [(record.topic, record.key) for record in self.sent]

    async def read(self, number: int, start: int) -> AsyncIterator[Sequence[LoggedRecord]]:
        self.reads += 1
        yield [LoggedRecord(sent.offset, sent.key, sent.value) for sent in self.log(STATES, number)[start:]]

    def last(self, topic: str, key: str, partition: int = NUMBER) -> bytes | None:
        """The last value of a key."""
        return [sent.value for sent in self.log(topic, partition) if sent.key == key.encode()][-1]

    def batches(self, home: int = HOME) -> list[FingerprintBatch]:
        return [FingerprintBatch.read(sent.value or b"") for sent in self.log("posts.fingerprints.1", home)]


class Worker:
    """One worker: its tables, and turns over them."""

    def __init__(self, folder: Path, broker: Broker, generation: int = 1, *, flat: bool = False) -> None:
        self.broker, self.generation = broker, generation
        self.tables = StateTables(folder, broker.read, keep_days=90, max_unreadable=0)
        needed = (*NEEDED, *FLAT_TOPICS) if flat else NEEDED
        topics = ClusterTopics("", {topic.name: PARTITIONS for topic in needed})
        self.ordering = StateOrdering(
            self.tables, topics, lambda: self.generation, self._ids, forgotten_after_days=FORGOTTEN_AFTER_DAYS
        )

    async def _ids(self) -> TopicIds:
        return IDS

    async def take(self, *work: PendingUpdate) -> dict[str, int]:
        box = OutputBatch(self.broker, 5.0)
        async with self.ordering.lock_states({one.number for one in work}) as states:
            outcomes = states.decide(work, box.add)
            await box.flush()
            states.on_delivery(box.ends)
        return dict(outcomes)


def record(message: int, order: int, text: str = "one two three four") -> NormalizedPost:
    return NormalizedPost(
        key=post_key(1, message),
        revision=f"{order:016x}",
        channel=Channel(id=1),
        message_id=message,
        text=text,
        language=Language(code="en"),
        provenance=Provenance(source=PostSource(kind="test"), lane=Lane.LIVE, rank=(order, 1), pipeline_version="1"),
    )


def late(work: PendingUpdate, days: int) -> PendingUpdate:
    """The same some days later."""
    seconds = (work.message.timestamp or 0) + days * DAY_S
    return work._replace(message=replace(work.message, timestamp=seconds))  # type: ignore[type-var]


def state(
    order: int,
    *,
    message: int = 1,
    quotes: int = 0,
    citations: int = 0,
    home: int | None = HOME,
    revision: str | None = None,
    number: int = NUMBER,
) -> PendingUpdate:
    """A collected state of a post."""
    post = record(message, order)
    rank = Rank(order, StateClass.COLLECTED)
    candidate = Candidate(rank, revision or post.revision, False, quotes, home, may_be_edit=False, citations=citations)
    entry = PostFingerprint(1, message, order, rank, "en", None, Fingerprint(order))
    sent = ProducerRecord("posts.normalized", number, post.key.encode(), post.to_json())
    return PendingUpdate(
        Message(tp=("posts.raw.live", number)), StateUpdate((1, message), candidate, post, entry), [sent]
    )


def deletion(order: int | None, *, message: int = 1, lane: Lane = Lane.LIVE) -> PendingUpdate:
    tombstone = Tombstone(
        key=post_key(1, message),
        channel=Channel(id=1),
        message_id=message,
        provenance=Provenance(source=PostSource(kind="test"), lane=lane, rank=(order or 0, 1), pipeline_version="1"),
    )
    rank = None if order is None else Rank(order, StateClass.COLLECTED)
    entry = PostFingerprint(1, message, 0, rank or Rank(0, StateClass.ARCHIVED), "", None, None)
    sent = ProducerRecord("posts.normalized", NUMBER, tombstone.key.encode(), tombstone.to_json())
    return PendingUpdate(Message(), StateUpdate((1, message), Candidate.deletion(rank, lane), tombstone, entry), [sent])


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
async def worker(tmp_path: Path, broker: Broker) -> AsyncIterator[Worker]:
    worker = Worker(tmp_path, broker)
    yield worker
    worker.tables.close()


async def test_the_lane_that_decided_first_is_delivered_first(worker: Worker, broker: Broker) -> None:
    """A backfill decides an older state and its delivery is slow; the live lane must not come in between."""
    slow, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        if not slow.is_set():
            slow.set()
            await go_on.wait()

    broker.before = wait
    backfill = asyncio.create_task(worker.take(state(1)))
    await slow.wait()
    live = asyncio.create_task(worker.take(state(2)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not live.done()
    go_on.set()
    assert (await backfill, await live) == ({"emit": 1}, {"revise": 1})
    assert b'"rank":[2,1]' in (broker.last("posts.normalized", "tg:1:1") or b"")


async def test_an_older_state_that_comes_later_is_not_sent(worker: Worker, broker: Broker) -> None:
    await worker.take(state(2))
    assert await worker.take(state(1)) == {"stale": 1}
    assert len(broker.log("posts.normalized", NUMBER)) == 1
    (first,), (second,) = (batch.posts for batch in broker.batches())
    assert (first.is_stale, second.is_stale) == (False, True), "its text goes on, so that copies of it are found"


async def test_a_deletion_from_before_a_return_reaches_nobody(worker: Worker, broker: Broker) -> None:
    await worker.take(state(3))
    assert await worker.take(deletion(2)) == {"stale": 1}
    assert len(broker.batches()) == len(broker.log("posts.normalized", NUMBER)) == 1


async def test_states_of_one_batch_are_decided_in_their_order(worker: Worker, broker: Broker) -> None:
    assert await worker.take(state(1), state(3), state(2)) == {"emit": 1, "revise": 1, "stale": 1}
    assert b'"rank":[3,1]' in (broker.last("posts.normalized", "tg:1:1") or b"")
    assert len(broker.log(STATES, NUMBER)) == 1, "one record of the log holds the end"


async def test_records_go_ahead_of_states_and_these_ahead_of_fingerprints(worker: Worker, broker: Broker) -> None:
    """The home of a post is noted before anything goes there: whoever takes over chooses no other."""
    await worker.take(state(1))
    assert [topic for topic, _ in broker.order] == ["posts.normalized", STATES, "posts.fingerprints.1"]


async def test_what_another_worker_wrote_is_known_in_the_next_generation(
    tmp_path: Path, worker: Worker, broker: Broker
) -> None:
    """A worker that lost a number unnoticed and got it back takes whatever comes first with the table of now."""
    await worker.take(state(1))
    other = Worker(tmp_path / "other", broker, generation=2)
    await other.take(state(5))
    other.tables.close()
    worker.generation = 3
    assert await worker.take(state(2)) == {"stale": 1}


async def test_the_log_is_read_once_a_generation(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1))
    reads = broker.reads
    await worker.take(state(2))
    await worker.take(state(3))
    assert broker.reads == reads


async def test_a_table_without_confirmation_is_read_from_the_log_again(worker: Worker, broker: Broker) -> None:
    """The states were decided and sent, but the process died before the table took them."""
    box = OutputBatch(broker, 5.0)
    async with worker.ordering.lock_states({NUMBER}) as states:
        states.decide([state(1, quotes=2)], box.add)
        await box.flush()
    worker.generation = 2
    await worker.take(deletion(2))
    withdrawn = [kept.key for kept in broker.log("quotes", NUMBER) if kept.value is None]
    assert withdrawn == [b"tg:1:1:0", b"tg:1:1:1"]


async def test_a_number_that_went_elsewhere_is_closed_and_opened_again(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1))
    worker.ordering.retain(set())
    worker.generation = 2
    assert await worker.take(state(1)) == {"repeat": 1}


async def test_an_edit_with_fewer_quotes_withdraws_the_rest(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1, quotes=3))
    await worker.take(state(2, quotes=1))
    assert [(kept.key, kept.value) for kept in broker.log("quotes", NUMBER)] == [
        (b"tg:1:1:1", None),
        (b"tg:1:1:2", None),
    ]


async def test_an_edit_with_fewer_citations_withdraws_the_rest(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1, citations=3))
    await worker.take(state(2, citations=1))
    assert [(kept.key, kept.value) for kept in broker.log("citations", NUMBER)] == [
        (b"tg:1:1:1", None),
        (b"tg:1:1:2", None),
    ]
    assert not broker.log("quotes", NUMBER)


async def test_quotes_of_a_state_that_a_dead_worker_sent_and_did_not_note_are_withdrawn(
    tmp_path: Path, worker: Worker, broker: Broker
) -> None:
    """The next owner may meet a newer state on the other lane first; the old one is then known as too old."""
    box = OutputBatch(broker, 5.0)
    async with worker.ordering.lock_states({NUMBER}) as states:
        states.decide([state(1, quotes=3)], box.add)
        await box.flush()
    broker.sent = [sent for sent in broker.sent if sent.topic != STATES]
    other = Worker(tmp_path / "other", broker)
    assert await other.take(state(2, quotes=1)) == {"emit": 1}
    assert await other.take(state(1, quotes=3)) == {"stale": 1}
    other.tables.close()
    withdrawn = [kept.key for kept in broker.log("quotes", NUMBER) if kept.value is None]
    assert withdrawn == [b"tg:1:1:1", b"tg:1:1:2"]


async def test_a_live_deletion_of_an_unknown_post_withdraws_all_quotes_that_it_may_have(
    worker: Worker, broker: Broker
) -> None:
    assert await worker.take(deletion(1)) == {"deleted": 1}
    assert len(broker.log("quotes", NUMBER)) == UNKNOWN_QUOTES
    assert len(broker.log("citations", NUMBER)) == UNKNOWN_CITATIONS
    assert broker.last("posts.duplicates", "tg:1:1") is None


async def test_a_post_without_a_home_gets_its_verdict_at_once(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1, home=None))
    verdict = DuplicateRecord.model_validate_json(broker.last("posts.duplicates", "tg:1:1") or b"")
    assert (verdict.duplicate, verdict.revision, verdict.rank) == (None, f"{1:016x}", (1, 1))
    assert not broker.batches()


async def test_a_post_keeps_the_home_of_its_first_long_text(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1, home=1))
    await worker.take(state(2, home=0))
    await worker.take(state(3, home=None))
    assert [batch.posts[0].revision for batch in broker.batches(1)] == [1, 2, 3]
    assert not broker.batches(0)


async def test_a_text_that_comes_behind_its_deletion_goes_on_with_it(worker: Worker, broker: Broker) -> None:
    """Duplicate detection may have the text from a worker that died before it could note the post."""
    await worker.take(deletion(5))
    assert not broker.batches()
    assert await worker.take(state(1), state(2)) == {"stale": 2}
    (batch,) = broker.batches()
    assert [(entry.is_deleted, entry.is_stale, entry.rank.moment_us) for entry in batch.posts] == [
        (True, False, 5),
        (False, True, 1),
        (True, False, 5),
        (False, True, 2),
    ]
    assert await worker.take(deletion(5)) == {"deleted": 1}
    assert broker.batches()[-1].posts[0].is_deleted


async def test_an_old_text_of_a_deleted_post_goes_on_since_the_post_may_come_back(
    worker: Worker, broker: Broker
) -> None:
    await worker.take(state(1), deletion(5))
    await worker.take(state(2))
    deleted, entry = broker.batches()[-1].posts
    assert (deleted.is_deleted, deleted.rank.moment_us) == (True, 5)
    assert (entry.is_deleted, entry.is_stale, entry.revision) == (False, True, 2)


async def test_posts_of_one_home_share_a_record(worker: Worker, broker: Broker) -> None:
    await worker.take(*(state(1, message=message) for message in range(1, 251)))
    assert [len(batch.posts) for batch in broker.batches()] == [100, 100, 50]


async def test_posts_of_one_home_share_a_record_whatever_their_channels(worker: Worker, broker: Broker) -> None:
    await worker.take(*(state(1, message=message, number=message % PARTITIONS) for message in range(1, 10)))
    assert sorted(len(batch.posts) for batch in broker.batches()) == [9]


@pytest.mark.parametrize(
    ("days", "is_repeat"),
    [(FORGOTTEN_AFTER_DAYS - 1, False), (FORGOTTEN_AFTER_DAYS, False), (FORGOTTEN_AFTER_DAYS + 1, True)],
)
async def test_what_was_known_for_longer_than_duplicate_detection_keeps_posts_is_marked(
    worker: Worker, broker: Broker, days: int, *, is_repeat: bool
) -> None:
    """It may have been forgotten there with what it repeats: then there is no verdict that it repeats nothing."""
    await worker.take(state(1), state(1, message=2), state(9, message=3))
    some = [state(1), state(2, message=2), state(2, message=2), state(8, message=3), state(1, message=4)]
    await worker.take(*(late(one, days) for one in some))
    found = [(post.message_id, post.is_repeat) for post in broker.batches()[-1].posts]
    assert found == [(1, is_repeat), (2, False), (2, False), (3, False), (4, False)]


async def test_a_state_that_was_written_again_is_known_for_as_long_as_that(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1))
    await worker.take(late(state(2), 20))
    await worker.take(late(state(2), 40))
    assert not broker.batches()[-1].posts[0].is_repeat


async def test_an_undated_deletion_carries_the_rank_of_the_state_that_it_meets(worker: Worker, broker: Broker) -> None:
    archived = state(7)
    candidate = Candidate(Rank(7, StateClass.ARCHIVED), f"{7:016x}", False, 0, HOME, may_be_edit=False)
    await worker.take(
        archived._replace(change=StateUpdate((1, 1), candidate, archived.change.record, archived.change.entry))
    )
    await worker.take(deletion(None, lane=Lane.BACKFILL))
    tombstone = Tombstone.model_validate_json(broker.last("posts.normalized", "tg:1:1") or b"")
    assert tombstone.provenance.rank == (7, 0)
    assert broker.batches()[-1].posts[0].rank == Rank(7, StateClass.ARCHIVED)
    table = await worker.tables.load(NUMBER, IDS)
    assert table.find([(1, 1)]) == {(1, 1): PostState(Rank(7, StateClass.ARCHIVED), "", True, HOME, EPOCH, 0, 0)}


@pytest.fixture
async def flat(tmp_path: Path, broker: Broker) -> AsyncIterator[Worker]:
    worker = Worker(tmp_path / "flat", broker, flat=True)
    yield worker
    worker.tables.close()


async def test_what_is_withdrawn_is_withdrawn_from_the_flat_topic_before_the_state_is_noted(
    flat: Worker, broker: Broker
) -> None:
    """A worker that dies in between sends both again, and no state says that they were sent."""
    await flat.take(state(1, quotes=3))
    await flat.take(state(2, quotes=1))
    assert [(kept.key, kept.value) for kept in broker.log("quotes.flat", NUMBER)] == [
        (b"tg:1:1:1", None),
        (b"tg:1:1:2", None),
    ]
    second = broker.order[3:]
    assert max(at for at, (topic, _) in enumerate(second) if topic == "quotes.flat") < second.index((STATES, b"tg:1:1"))


async def test_a_post_too_short_to_compare_has_its_row_of_duplicates_from_the_analysis(
    flat: Worker, broker: Broker
) -> None:
    await flat.take(state(1, home=None))
    value = broker.last("duplicates.flat", "tg:1:1")
    assert value is not None
    assert b'"duplicate_of":null' in value
    await flat.take(deletion(2))
    assert broker.last("duplicates.flat", "tg:1:1") is None
    await flat.take(state(1, home=None))
    assert len(broker.log("duplicates.flat", NUMBER)) == 2, "a stale state sends no row"


async def test_nothing_is_flat_unless_it_is_asked_for(worker: Worker, broker: Broker) -> None:
    await worker.take(state(1, quotes=3, home=None))
    await worker.take(deletion(2))
    assert not [topic for topic, _ in broker.order if topic.endswith(".flat")]
