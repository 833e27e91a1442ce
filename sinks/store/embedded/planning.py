"""The rows of a batch of records of several topics, worked out before its transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sinks.contract import Message, Refusal
from sinks.store.database import Database, DbRow, Transaction
from sinks.store.sink import Changes, check_upkeep
from sinks.store.writing.channel_states import ChannelPlanner
from sinks.store.writing.counters_topic import CountPlanner
from sinks.store.writing.passed_over import PassedOver
from sinks.store.writing.post_changes import PostChanges
from sinks.store.writing.posts import PostPlanner
from sinks.store.writing.rows import MarkRow, PostRow
from sinks.store.writing.verdicts import VerdictPlanner

NUMBER: Final = 0
"""In place of a partition."""
_EPOCH: Final = 1
Placed = TypeVar("Placed", PostRow, MarkRow)


@dataclass
class BatchRecords:
    """The records that a batch of raw posts became, as topics would have them."""

    at_ms: int
    """When its posts arrived, in milliseconds since 1970."""
    states: list[tuple[str, bytes]] = field(default_factory=list)
    """Key and value of each record of ``posts.normalized``, in the order of their decision."""
    verdicts: list[tuple[str, bytes | None]] = field(default_factory=list)
    counters: list[tuple[bytes, bytes]] = field(default_factory=list)
    channels: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    homes: dict[str, int] = field(default_factory=dict)
    """Of posts whose home has been chosen."""
    fingerprints: bytes | None = None
    """What duplicate detection has folded."""

    def __len__(self) -> int:
        return len(self.states) + len(self.verdicts) + len(self.counters) + len(self.channels)


class EmbeddedPlan:
    """The rows that a batch is to write to the store."""

    def __init__(self, posts: PostChanges, homes: Mapping[str, int]) -> None:
        self.refused: list[Refusal] = []
        self._homes = _with_homes(posts, homes)
        self._changes: list[Changes] = []
        self._seen: list[PassedOver] = []

    @property
    def passed_over(self) -> int:
        """Number of records that are not taken, since their posts were erased or are too old."""
        return sum(seen.erased + seen.retired for seen in self._seen)

    def take(self, changes: Changes, seen: PassedOver, refused: Sequence[Refusal]) -> None:
        """Add what became of the records of a topic."""
        self._changes.append(changes)
        self._seen.append(seen)
        self.refused += refused

    def write(self, writer: Transaction) -> None:
        """Write it in a transaction; RacedError where something was erased or retired since it was planned."""
        for seen in self._seen:
            check_upkeep(writer, seen)
        for changes in self._changes:
            changes.write(writer)
        for table in ("posts", "marks"):
            writer.update(table, ("key", "home"), self._homes, keys=1)


class Planner:
    """Plans what batches change, by what the store has."""

    def __init__(self, database: Database, *, keeps_deleted: bool) -> None:
        self._posts = PostPlanner(database, keeps_deleted=keeps_deleted)
        self._verdicts = VerdictPlanner(database)
        self._counts = CountPlanner(database, keeps_deleted=keeps_deleted)
        self._channels = ChannelPlanner(database)

    def plan(self, records: BatchRecords, start: int) -> EmbeddedPlan:
        """The rows of a batch, whose records are numbered from ``start``."""
        states, at = _messages(records.states, start, records.at_ms)
        verdicts, at = _messages(records.verdicts, at, records.at_ms)
        counters, at = _messages(records.counters, at, records.at_ms)
        channels, _ = _messages(records.channels, at, records.at_ms)
        posts, seen, refused = self._posts.plan(states, _EPOCH, NUMBER)
        plan = EmbeddedPlan(posts, records.homes)
        plan.take(posts, seen, refused)
        if verdicts:
            plan.take(*self._verdicts.plan(verdicts, _EPOCH))
        if counters:
            plan.take(*self._counts.plan(counters))
        if channels:
            plan.take(*self._channels.plan(channels, _EPOCH))
        return plan


def _messages(records: Sequence[tuple[str | bytes, bytes | None]], start: int, at_ms: int) -> tuple[list[Message], int]:
    """Records as messages of a topic, numbered from ``start``; the number after the last."""
    found = [
        Message(number, key.encode() if isinstance(key, str) else key, value, at_ms)
        for number, (key, value) in enumerate(records, start=start)
    ]
    return found, start + len(found)


def _with_homes(changes: PostChanges, homes: Mapping[str, int]) -> list[DbRow]:
    """Give rows that are written anyway their homes; those of other posts, to be written by themselves."""
    if not homes:
        return []
    left = dict(homes)

    def placed(rows: list[Placed]) -> list[Placed]:
        return [row._replace(home=left.pop(row.key)) if row.key in left else row for row in rows]

    changes.inserted, changes.updated = placed(changes.inserted), placed(changes.updated)
    changes.marks = placed(changes.marks)
    return sorted(left.items())
