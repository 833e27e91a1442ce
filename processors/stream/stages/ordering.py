"""The order of the states of posts: one table and one lock for each partition number, which both lanes share.

From the decision on the states of a partition number to the confirmed log nobody else decides on it; otherwise an older
state that was decided first could be delivered last. Encoding and size checks come before, so that a decision cannot
fail. The records go first, then the state log, then the fingerprints, then the table is written, and then offsets are
committed: a crash in between repeats work, and loses none.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from processors.core.decision import Candidate, Decision, decide, dedup_entries, with_rank
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from processors.core.flat import flat_outputs
from processors.core.routing import Output, verdict_without_comparison
from processors.stream.delivery.batch_producer import ProducerRecord, Wave
from processors.stream.kafka_message import KafkaMessage
from processors.stream.state.changelog_table import ChangelogTable, TopicIds
from processors.stream.state.post_states import StateTables
from processors.stream.state.state_table import PostId
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.types import TopicPartition
from schemas import ChannelName, NormalizedPost, Tombstone
from schemas.base import to_json
from schemas.fingerprints import FingerprintBatch, PostFingerprint
from schemas.keys import citation_key, post_key, quote_key
from schemas.rank import Freshness
from schemas.states import PostState
from schemas.times import DAY_MS, milliseconds
from schemas.topics import CITATIONS, DUPLICATES, FINGERPRINTS, QUOTES, STATES

POSTS_OF_A_RECORD = 100
"""Most posts of one record of ``posts.fingerprints``, about 35 KB."""


@dataclass(slots=True)
class StateUpdate:
    """A new state of a post, before the decision whether it is newer than the known one."""

    post_id: PostId
    candidate: Candidate
    record: NormalizedPost | Tombstone
    entry: PostFingerprint
    """What duplicate detection receives of it, if the post has a home."""
    names: tuple[ChannelName, ...] = ()


class PendingUpdate(NamedTuple):
    """A new state of a post that waits for the decision whether it is newer, with the records to send if so."""

    message: KafkaMessage
    change: StateUpdate
    records: list[ProducerRecord]
    """Encoded; sent if the state is not stale."""

    @property
    def number(self) -> int:
        """Number of the partitions that the records of its channel are in."""
        return self.message.tp[1]

    @property
    def now_ms(self) -> int:
        """The broker's time of the message, in milliseconds since 1970."""
        return milliseconds(self.message.timestamp)


class LockedStates:
    """The right to decide on the states of posts of some partition numbers."""

    def __init__(self, tables: Mapping[int, ChangelogTable], topics: ClusterTopics, forgotten_after_ms: int) -> None:
        """``tables``: by partition number. Duplicate detection forgets posts after ``forgotten_after_ms``."""
        self._tables = tables
        self._topics = topics
        self._forgotten_after_ms = forgotten_after_ms
        self._changed: dict[int, tuple[dict[PostId, PostState | None], int]] = {}
        """For each partition number what becomes of states, and the broker's time of the newest message."""

    def decide(self, updates: Sequence[PendingUpdate], send: Callable[[ProducerRecord], None]) -> Counter[str]:
        """Decide on states, those of each partition number in their order, and send what becomes of them. Returns how
        many had which outcome. Call it once; when all is confirmed, ``on_delivery``.
        """
        by_number: dict[int, list[PendingUpdate]] = defaultdict(list)
        for one in updates:
            by_number[one.number].append(one)
        outcomes: Counter[str] = Counter()
        entries: dict[int, list[PostFingerprint]] = defaultdict(list)
        for number, some in by_number.items():
            outcomes.update(self._decide(number, some, entries, send))
        for record in self._fingerprints(entries, updates):
            send(record)
        return outcomes

    def on_delivery(self, ends: Mapping[TopicPartition, int]) -> None:
        """The broker has confirmed all of it: the tables take it."""
        log = self._topics.name(STATES)
        for number, (states, now_ms) in self._changed.items():
            self._tables[number].write(states, ends.get((log, number)), now_ms)

    def _decide(
        self,
        number: int,
        updates: Sequence[PendingUpdate],
        entries: dict[int, list[PostFingerprint]],
        send: Callable[[ProducerRecord], None],
    ) -> Iterator[str]:
        """The outcome of each; ``entries`` takes what duplicate detection gets, by home."""
        now_ms = max(one.now_ms for one in updates)
        table = self._tables[number]
        known = table.find([one.change.post_id for one in updates])
        forgotten = table.written_before(list(known), now_ms - self._forgotten_after_ms)
        changed: dict[PostId, PostState | None] = {}
        for one in updates:
            change = one.change
            before = known.get(change.post_id)
            decision = decide(before, change.candidate)
            known[change.post_id] = decision.state
            if decision.is_changed:
                changed[change.post_id] = decision.state
            for record in self._records(one, decision) if decision.is_emitted else ():
                send(record)
            for record in self._withdrawals(one, decision):
                send(record)
            for record in self._flat(one, decision) if self._topics.has_flat else ():
                send(record)
            home = decision.state.home
            if home is not None and (some := dedup_entries(change.entry, decision)):
                is_known = decision.freshness is Freshness.REPEAT and change.post_id not in changed
                is_repeat = is_known and change.post_id in forgotten
                entries[home] += [entry._replace(is_repeat=True) for entry in some] if is_repeat else some
            yield _outcome(before, decision)
        for post_id in table.expired(now_ms):
            if post_id not in known:
                changed[post_id] = None
        for record in self._log(number, changed):
            send(record)
        if changed:
            self._changed[number] = changed, now_ms

    def _records(self, one: PendingUpdate, decision: Decision) -> list[ProducerRecord]:
        number, change, records = one.number, one.change, list(one.records)
        if change.candidate.rank is None and isinstance(change.record, Tombstone):
            records[:1] = [replace(records[0], value=to_json(with_rank(change.record, decision.state.rank)))]
        if decision.state.home is None:
            key, verdict = verdict_without_comparison(change.entry)
            value = None if verdict is None else to_json(verdict)
            records.append(ProducerRecord(self._topics.name(DUPLICATES), number, key.encode(), value))
        return records

    def _withdrawals(self, one: PendingUpdate, decision: Decision) -> Iterator[ProducerRecord]:
        quotes, key = self._topics.name(QUOTES), one.change.record.key
        for position in decision.withdrawn:
            yield ProducerRecord(quotes, one.number, quote_key(key, position).encode(), None)
        citations = self._topics.name(CITATIONS)
        for position in decision.withdrawn_citations:
            yield ProducerRecord(citations, one.number, citation_key(key, position).encode(), None)

    def _flat(self, one: PendingUpdate, decision: Decision) -> Iterator[ProducerRecord]:
        """The flat records beside those that the decision adds to the post's own."""
        key = one.change.record.key
        outputs = [Output(QUOTES, quote_key(key, position), None) for position in decision.withdrawn]
        outputs += [Output(CITATIONS, citation_key(key, position), None) for position in decision.withdrawn_citations]
        if decision.is_emitted and decision.state.home is None:
            outputs.append(Output(DUPLICATES, *verdict_without_comparison(one.change.entry)))
        for topic, flat_key, record in flat_outputs(outputs):
            value = None if record is None else to_json(record)
            yield ProducerRecord(self._topics.name(topic), one.number, flat_key.encode(), value)

    def _fingerprints(
        self, entries: Mapping[int, list[PostFingerprint]], updates: Sequence[PendingUpdate]
    ) -> list[ProducerRecord]:
        names = tuple(name for one in updates for name in one.change.names)
        homes = range(self._topics.partitions(FINGERPRINTS)) if names else sorted(entries)
        topic = self._topics.name(FINGERPRINTS)
        records = []
        for home in homes:
            posts = entries.get(home, [])
            for start in range(0, len(posts) or 1, POSTS_OF_A_RECORD):
                batch = FingerprintBatch(
                    version=VERSION,
                    epoch=EPOCH,
                    posts=tuple(posts[start : start + POSTS_OF_A_RECORD]),
                    names=() if start else names,
                )
                records.append(ProducerRecord(topic, home, None, batch.to_bytes(), wave=Wave.FINGERPRINTS))
        return records

    def _log(self, number: int, states: Mapping[PostId, PostState | None]) -> Iterator[ProducerRecord]:
        topic, table = self._topics.name(STATES), self._tables[number]
        for post_id, state in states.items():
            value = None if state is None else table.value(state)
            yield ProducerRecord(topic, number, post_key(*post_id).encode(), value, wave=Wave.STATES)


class _ReadIn(NamedTuple):
    """A table that holds everything in its log."""

    generation: int
    """Generation of the group in which the end of the log was read."""
    table: ChangelogTable


class StateOrdering:
    """The tables and locks of the partition numbers that this worker has."""

    def __init__(
        self,
        tables: StateTables,
        topics: ClusterTopics,
        generation: Callable[[], int],
        topic_ids: Callable[[], Awaitable[TopicIds]],
        *,
        forgotten_after_days: int,
    ) -> None:
        """``forgotten_after_days``: so long after a post's arrival duplicate detection forgets it."""
        self._tables = tables
        self._forgotten_after_ms = forgotten_after_days * DAY_MS
        self._topics = topics
        self._generation = generation
        self._topic_ids = topic_ids
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._read_in: dict[int, _ReadIn] = {}
        """Table of each partition number whose log was read to its end."""

    @property
    def loading(self) -> bool:
        """Whether a table is read from the log: what waits for it is paused on purpose."""
        return bool(self._tables.loading)

    def is_ready(self, number: int) -> bool:
        """Whether the table of a partition number agrees with the log, so that its lock need not wait for the log."""
        read_in = self._read_in.get(number)
        return read_in is not None and read_in.generation == self._generation()

    @asynccontextmanager
    async def lock_states(self, numbers: Iterable[int]) -> AsyncIterator[LockedStates]:
        """Lock the states of some partition numbers, with their tables up to date. Locks are taken in ascending order,
        so that two who want the same never wait for each other.
        """
        tables: dict[int, ChangelogTable] = {}
        async with AsyncExitStack() as held:
            for number in sorted(set(numbers)):
                await held.enter_async_context(self._locks[number])
                tables[number] = await self._read_in_log(number)
            yield LockedStates(tables, self._topics, self._forgotten_after_ms)

    def retain(self, numbers: Container[int]) -> None:
        """Drop the tables of all partition numbers but these: the others were assigned to other workers."""
        for number in [number for number in self._read_in if number not in numbers]:
            if not self._locks[number].locked():  # else its end is read again for whoever holds it
                del self._read_in[number]
                self._tables.drop(number)

    async def _read_in_log(self, number: int) -> ChangelogTable:
        """The table of a partition number. Others may have written to its log before this generation of the group."""
        generation, known = self._generation(), self._read_in.get(number)
        if known is not None and known.generation == generation and not known.table.is_behind:
            return known.table
        table = await self._tables.load(number, await self._topic_ids())
        self._read_in[number] = _ReadIn(generation, table)
        return table


def _outcome(before: PostState | None, decision: Decision) -> str:
    """What became of a post, as a label of ``tgwire_posts_out_total``."""
    if decision.freshness is Freshness.STALE:
        return "stale"
    if decision.state.is_deleted:
        return "deleted"
    if before is None or before.is_deleted:
        return "emit"
    return "repeat" if before.revision == decision.state.revision else "revise"
