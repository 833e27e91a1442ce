"""The store of a process without Kafka: records, the log of fingerprints and what is known of each post, together.

What one batch of raw posts became is written in one transaction. In place of a topic's offset each record has a number
that goes on with every batch.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.rank import Rank, StateClass
from schemas.states import PostState
from sinks.contract import Partition, Refusal
from sinks.store.database import Database, Reader
from sinks.store.embedded.planning import NUMBER, BatchRecords, EmbeddedPlan, Planner
from sinks.store.errors import RacedError, StoreError, StoreInUseError, StoreUnavailableError
from sinks.store.sink import EMBEDDED, PRUNE_EVERY, WRITER, prune_changes
from sinks.store.upkeep.transactions import meta, refuse_moving, set_meta
from sinks.store.writing import offsets
from sinks.store.writing.passed_over import PassedOver
from sinks.store.writing.rows import DELETED

_HOMES: Final = "homes"
_ATTEMPTS: Final = 20
_ROWS_OF_LOG: Final = 200
LOG_AFTER: Final = "SELECT seq, at_ms, record FROM fingerprints WHERE seq > ? ORDER BY seq LIMIT ?"
_POSTS = (
    "SELECT key, rank_us, rank_class, revision, deleted_ms IS NOT NULL, home, quotes, citations FROM posts WHERE key"
)
_MARKS = f"SELECT key, rank_us, rank_class, home FROM marks WHERE why = '{DELETED}' AND key"

Refuse = Callable[[Sequence[Refusal]], None]


@dataclass
class KnownStates:
    """The states of some posts as the store has them, and which of them it lacks or has erased."""

    states: dict[str, PostState]
    absent: frozenset[str]
    """Keys of which there is no row of a post."""
    erased: frozenset[str]
    """Keys of which nothing is to be kept."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the store's log of fingerprints: those that were folded with one batch."""

    number: int
    """Number of the batch's first record."""
    at_ms: int
    record: bytes


class EmbeddedStore:
    """The store of one process, which decides what becomes of posts by what the store knows."""

    def __init__(self, database: Database, homes: str, *, keeps_deleted: bool = True) -> None:
        """Take over an open database, and close it in the end. ``homes`` names the table by which homes are chosen:
        those of another one are forgotten, and the log with them.

        Raises StoreInUseError where another process writes to it, StoreError where its records come from Kafka.
        """
        self._database = database
        self.name = database.name
        database.own(WRITER)
        with database.reading() as reader:
            self._check(reader)
            self.id, self.epoch = str(meta(reader, "id")), str(meta(reader, "epoch"))
            self._partition = Partition(EMBEDDED, EMBEDDED, NUMBER)
            self.next_number = offsets.next_offset(reader, self._partition) or 0
            is_new = offsets.next_offset(reader, self._partition) is None
            is_comparable = meta(reader, _HOMES) == homes
        if is_new or not is_comparable:
            self._begin(homes)
        self._planner = Planner(database, keeps_deleted=keeps_deleted)
        self._writes = 0
        self.passed_over = 0
        """Records that were not taken, since their posts were erased, or are older than what is kept."""

    def _check(self, reader: Reader) -> None:
        refuse_moving(self.name, reader)
        others = reader.rows("SELECT DISTINCT topic FROM sink_offsets WHERE topic <> ? ORDER BY topic", (EMBEDDED,))
        if others:
            raise StoreError(
                f"{self.name}: `tgwire sink store` fills it from Kafka, and knows nothing of what would be written "
                "here. Give this process a store of its own: store.url, or --store"
            )

    def _begin(self, homes: str) -> None:
        with self._database.writing() as writer:
            if offsets.next_offset(writer, self._partition) is None:
                offsets.move(writer, self._partition, self.next_number)
            for table in ("posts", "marks"):
                writer.execute(f"UPDATE {table} SET home = NULL WHERE home IS NOT NULL")
            writer.execute("DELETE FROM fingerprints")
            set_meta(writer, _HOMES, homes)

    def known(self, keys: Sequence[str], homes_epoch: int) -> KnownStates:
        """The states of posts; ``homes_epoch`` is the version of the table of homes."""
        with self._database.reading() as reader:
            passed_over = PassedOver.load(reader, keys)
            states = {
                key: PostState(
                    Rank(rank_us, StateClass(rank_class)),
                    "" if is_deleted else revision,
                    bool(is_deleted),
                    home,
                    homes_epoch,
                    *counts,
                )
                for key, rank_us, rank_class, revision, is_deleted, home, *counts in reader.among(_POSTS, keys)
            }
            absent = frozenset(keys) - states.keys()
            for key, rank_us, rank_class, home in reader.among(_MARKS, list(absent)):
                rank = Rank(rank_us, StateClass(rank_class))
                states[key] = PostState(rank, "", is_deleted=True, home=home, epoch=homes_epoch)
        return KnownStates(states, absent, frozenset(key for key in keys if passed_over.is_erased(key)))

    def write(self, records: BatchRecords, refuse: Refuse) -> None:
        """Write what a batch became, all or nothing, durably; again as it is after StoreUnavailableError.

        Records that the store will never take are given to ``refuse`` before the rest is written.
        """
        for _ in range(_ATTEMPTS):
            plan = self._planner.plan(records, self.next_number)
            if plan.refused:
                refuse(plan.refused)
            try:
                self._commit(records, plan)
            except RacedError:
                continue
            self.passed_over += plan.passed_over
            return
        raise StoreUnavailableError(f"{self.name}: other processes write to it all the time")

    def _commit(self, records: BatchRecords, plan: EmbeddedPlan) -> None:
        end = self.next_number + max(len(records), 1)
        with self._database.writing() as writer:
            if not offsets.advance(writer, self._partition, self.next_number, end):
                raise StoreInUseError(f"{self.name}: another process has written to it. End that one, then start again")
            plan.write(writer)
            if records.fingerprints is not None:
                row = (self.next_number, records.at_ms, records.fingerprints)
                writer.insert("fingerprints", ("seq", "at_ms", "record"), [row])
            if self._writes % PRUNE_EVERY == PRUNE_EVERY - 1:
                prune_changes(writer)
        self._writes += 1
        self.next_number = end

    def log(self, after: int) -> Iterator[LogRow]:
        """The log of fingerprints behind a number, in its order."""
        while True:
            with self._database.reading() as reader:
                rows = [
                    LogRow(number, at_ms, bytes(record))
                    for number, at_ms, record in reader.rows(LOG_AFTER, (after, _ROWS_OF_LOG))
                ]
            yield from rows
            if len(rows) < _ROWS_OF_LOG:
                return
            after = rows[-1].number

    def has_log_before(self, number: int) -> bool:
        """Whether the log has anything from before a number."""
        with self._database.reading() as reader:
            return bool(reader.rows("SELECT 1 FROM fingerprints WHERE seq < ? LIMIT 1", (number,)))

    def forget_log(self, before_ms: int) -> None:
        """Take out what the log has from before a moment."""
        with self._database.reading() as reader:
            found = reader.rows("SELECT seq FROM fingerprints WHERE at_ms >= ? ORDER BY seq LIMIT 1", (before_ms,))
            old = reader.rows("SELECT 1 FROM fingerprints WHERE at_ms < ? LIMIT 1", (before_ms,))
        if old:
            with self._database.writing() as writer:
                border = found[0][0] if found else self.next_number + 1
                writer.execute("DELETE FROM fingerprints WHERE seq < ?", (border,))

    def greatest_order(self) -> int | None:
        """The greatest order, in microseconds, that a collector gave to a state which the store has."""
        greatest = (
            f"SELECT max(rank_us) FROM {table} WHERE rank_class = 1{where}"
            for table, where in (("posts", ""), ("marks", f" AND why = '{DELETED}'"), ("revisions", ""))
        )
        with self._database.reading() as reader:
            found = [reader.rows(query)[0][0] for query in greatest]
        return max((order for order in found if order is not None), default=None)

    def newest_messages(self, since_s: float) -> dict[int, int]:
        """Highest message of each channel among the posts that were collected since a Unix time."""
        query = (
            "SELECT channel_id, max(message_id) FROM posts WHERE rank_class = 1 AND rank_us >= ? GROUP BY channel_id"
        )
        with self._database.reading() as reader:
            return dict(reader.rows(query, (round(since_s * 1e6),)))

    def close(self) -> None:
        """Close the database."""
        self._database.close()
