"""The store as a sink: rows and offsets in one transaction, so that each record counts once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from schemas.topics import CHANNEL_STATES, COUNTERS, DUPLICATES, NORMALIZED
from sinks.contract import Batch, Guarantee, Message, Partition, PartitionPosition, Refusal, Written
from sinks.store.database import Database, Transaction
from sinks.store.errors import RacedError, StoreError, StoreUnavailableError
from sinks.store.search.changes import KEPT_CHANGES
from sinks.store.upkeep.resync import RESYNC, finish_resync, is_read_again
from sinks.store.upkeep.transactions import meta
from sinks.store.writing import offsets
from sinks.store.writing.channel_states import ChannelPlanner
from sinks.store.writing.counters_topic import CountPlanner
from sinks.store.writing.passed_over import PassedOver
from sinks.store.writing.posts import PostPlanner
from sinks.store.writing.verdicts import VerdictPlanner

WRITER = "sink"
EMBEDDED = "embedded"
"""In place of a topic: the store is filled without Kafka."""
_ATTEMPTS = 20
PRUNE_EVERY = 64

_log = structlog.stdlib.get_logger(__name__)


class Changes(Protocol):
    """The rows that a planner found for a batch."""

    def write(self, writer: Transaction) -> None:
        """Write the rows in a transaction."""
        ...


PlannedBatch = tuple[Changes, PassedOver, list[Refusal]]


@dataclass
class PassedOverCounts:
    """Records that were not taken, since a store started."""

    erased: int = 0
    retired: int = 0


class StoreSink:
    """Writes posts, what they repeat, their counts and the states of channels to a store, exactly once.

    What a batch changes is worked out before its transaction. The transaction begins by moving the offset from where
    the batch starts: where the store is elsewhere, another process has written it, and the batch is dropped.
    """

    guarantee: Guarantee = Guarantee.EXACTLY_ONCE
    topics: tuple[str, ...] = (NORMALIZED.name, DUPLICATES.name, COUNTERS.name, CHANNEL_STATES.name)

    def __init__(self, database: Callable[[], Database], *, keeps_deleted: bool = True) -> None:
        """``database`` opens the store, when the sink is opened."""
        self._open_database = database
        self._keeps_deleted = keeps_deleted
        self._database: Database | None = None
        self._epochs: dict[Partition, int] = {}
        self._writes = 0
        self._is_resyncing = False
        self.passed_over = PassedOverCounts()

    def open(self, partitions: Sequence[Partition]) -> dict[Partition, PartitionPosition]:
        """See ``Sink``: how far the store has written each partition. StoreInUseError where another process writes what
        only one may.
        """
        database = self._database
        if database is None:
            self._database = database = self._open_database()
            database.own(WRITER)
            self._posts = PostPlanner(database, keeps_deleted=self._keeps_deleted)
            self._counts = CountPlanner(database, keeps_deleted=self._keeps_deleted)
            self._verdicts = VerdictPlanner(database)
            self._channels = ChannelPlanner(database)
            with database.reading() as reader:
                self._is_resyncing = meta(reader, RESYNC) is not None
                if reader.rows("SELECT 1 FROM sink_offsets WHERE topic = ?", (EMBEDDED,)):
                    raise StoreError(
                        f"{database.name}: `tgwire up` or `tgwire replay --to store` fills it. Give the sink a store "
                        "of its own: store.url"
                    )
        with database.reading() as reader:
            self._epochs = {partition: offsets.epoch_of(reader, partition) for partition in partitions}
            return offsets.positions(reader, partitions)

    def move(self, partition: Partition, offset: int) -> None:
        """Make an offset the store's place in a partition."""
        assert self._database is not None
        with self._database.writing() as writer:
            offsets.move(writer, partition, offset)

    def write(self, batch: Batch) -> Written:
        """Write a batch in one transaction. Of one with messages that are no records, the part before the first."""
        database = self._database
        assert database is not None
        for _ in range(_ATTEMPTS):
            changes, passed_over, refused = self._plan(batch.partition, batch.messages)
            end = batch.end
            if refused:
                end = refused[0].message.offset
                before = [message for message in batch.messages if message.offset < end]
                changes, passed_over, _ = self._plan(batch.partition, before)
            try:
                with database.writing() as writer:
                    if not offsets.advance(writer, batch.partition, batch.start, end):
                        break
                    check_upkeep(writer, passed_over)
                    changes.write(writer)
            except RacedError:
                continue
            self._wrote(passed_over)
            return Written(end, tuple(refused))
        else:
            raise StoreUnavailableError(f"{database.name}: other processes write to it all the time")
        with database.reading() as reader:
            found = offsets.next_offset(reader, batch.partition)
        # Of another topic of this name nothing is left to do: the runner opens again.
        return Written(found if found is not None else batch.start)

    def _plan(self, partition: Partition, messages: Sequence[Message]) -> PlannedBatch:
        epoch = self._epochs[partition]
        if partition.topic == NORMALIZED.name:
            return self._posts.plan(messages, epoch, partition.number)
        if partition.topic == DUPLICATES.name:
            return self._verdicts.plan(messages, epoch)
        if partition.topic == CHANNEL_STATES.name:
            return self._channels.plan(messages, epoch)
        return self._counts.plan(messages)

    def _wrote(self, passed_over: PassedOver) -> None:
        self.passed_over.erased += passed_over.erased
        self.passed_over.retired += passed_over.retired
        if passed_over.erased or passed_over.retired:
            _log.info("records skipped", erased=passed_over.erased, older_than_kept=passed_over.retired)
        if self._is_resyncing and self._database is not None:
            self._finish_resync(self._database)
        self._writes += 1
        if self._writes % PRUNE_EVERY == 0 and self._database is not None:
            with self._database.writing() as writer:
                prune_changes(writer)

    def _finish_resync(self, database: Database) -> None:
        with database.reading() as reader:
            is_done = is_read_again(reader)
        if is_done:
            _log.info("store is in step with the topics again", posts_removed=finish_resync(database))
            self._is_resyncing = False

    def close(self) -> None:
        """Close the database."""
        if self._database is not None:
            self._database.close()
            self._database = None


def prune_changes(writer: Transaction) -> None:
    """Delete the oldest rows of ``changes``."""
    writer.execute("DELETE FROM changes WHERE seq <= (SELECT max(seq) FROM changes) - ?", (KEPT_CHANGES,))


def check_upkeep(writer: Transaction, passed_over: PassedOver) -> None:
    """RacedError where something other than a sink has written since the batch was planned."""
    ((upkeep,),) = writer.rows(f"SELECT value FROM meta WHERE name = 'upkeep'{writer.for_share}")
    if upkeep != passed_over.upkeep:
        raise RacedError
