"""The ledger of live collection: which message ids of a channel are explained, and by what."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest.ledger.high_water import HighWaterFile, elsewhere, emptied, older
from ingest.ledger.order_clock import OrderLimit
from ingest.ledger.published_states import PublishedStates
from ingest.ledger.records import ChannelProgress, LedgerUpdate, PublishedMessage, Refetch
from ingest.ledger.tables import (
    ADVANCE,
    LAYOUT,
    LAYOUT_VERSION,
    NEWEST_POSTS,
    ORDER_REFETCH,
    PRUNE,
    PRUNED_AT_ONCE,
    REFETCH_ALL,
    SELECT_ROWS,
    UNPLANNED,
    UPGRADES,
    advances,
    cut,
)
from ingest.live_reader import AbsenceReason, AbsentRange
from runtime.sqlite_file import StateFile

FILE_NAME = "ledger.sqlite3"
_MARK_INTERVAL_S = 5.0
"""Between two writes of the mark: what a copy of the ledger lacks at its end is looked for like what a kill leaves."""
_MAX_LOOKED_AT_AGAIN = 100
"""Newest messages of a channel that are looked at again when the ledger has lost what it knew of them."""
_WHEN_DAMAGED = (
    "Restore it from a copy, or remove it: collection then continues from ledger.mark.json beside it. Without that "
    "file every channel starts again at its newest post: collect older posts with --backfill."
)
_IN_DOUBT = 0.0
"""Time at which a message is due for which something was sent that is not recorded: before every other message."""
AT_ONCE = 1.0
"""Time at which a message is due that does not wait, not even for a clock that is set back."""


class Ledger:
    """What is known of the channels of one destination. One process at a time; its threads may share it.

    Writes become durable together, with ``commit``. Rows of posts are kept for a time, absences for ever.
    """

    def __init__(self, state_dir: Path, destination: str, clock: Callable[[], float] = time.time) -> None:
        """``destination`` is the publisher's for the live lane. Raises StateLockedError and StateError."""
        self._file = StateFile(
            state_dir / FILE_NAME, LAYOUT, LAYOUT_VERSION, when_damaged=_WHEN_DAMAGED, upgrades=UPGRADES
        )
        self._clock = clock
        self.order = OrderLimit(self._file)
        """Upper bound of the orders of states that may have been used."""
        self._keys: dict[int, int] = {}
        with self._file.writing() as database:
            insert = "INSERT OR IGNORE INTO destinations (name, is_clean) VALUES (?, 1)"
            database.execute(insert, (destination,))
            find = "SELECT id, is_clean FROM destinations WHERE name = ?"
            self._destination, is_clean = database.execute(find, (destination,)).fetchone()
            find = "SELECT channel, key FROM channels WHERE destination = ?"
            self._keys = dict(database.execute(find, (self._destination,)))
            (self._stamp,) = database.execute("SELECT coalesce(max(stamp), 0) FROM revisits").fetchone()
        self.states = PublishedStates(self._file, self._destination)
        """Which channels have a state on ``channels.state``."""
        self.was_clean = bool(is_clean)
        """Whether the process before ended with everything that it sent acknowledged and recorded."""
        self.notice: str | None = None
        """What an operator has to know: the ledger is not the one that was last written."""
        self.written_at: float | None
        """Unix time at which it was written to for the last time, some seconds more or less, by a process that had
        looked at what the destination has: until this one has done so too, the next start has to look from there.
        """
        self._has_looked = False
        self.is_new = not self._keys
        """Whether the ledger knew of no channel when it was opened."""
        self._high_water = HighWaterFile(state_dir)
        self._mark = self._high_water.mark(destination)
        self._marked_at, self._marked_changes = -math.inf, -1
        self._published: dict[int, ChannelProgress] = {}
        with self._file.naming_the_fault():
            self._compare_with_mark()
        self._write_mark()

    def _compare_with_mark(self) -> None:
        """Recognise a ledger that was emptied, or restored from an older copy, and make good what can be."""
        with self._file.writing() as database:
            find = "SELECT coalesce(max(number), 0), max(at) FROM versions WHERE destination = ?"
            version, self.written_at = database.execute(find, (self._destination,)).fetchone()
            lost, behind = self._beyond()
            if lost or behind or version < self._mark.version:
                self.was_clean = False
                describe = older if self._keys else emptied
                self.notice = describe(self._file.path, len(lost) + len(behind))
                self._look_again()
                for channel_id, progress in lost.items():
                    self._rebuild(channel_id, progress)
                self._published = behind
            elif self.is_new and database.execute("SELECT count(*) FROM channels").fetchone()[0]:
                self.notice = elsewhere(self._file.path)
            self._version = max(version, self._mark.version)

    def _beyond(self) -> tuple[dict[int, ChannelProgress], dict[int, ChannelProgress]]:
        """What the mark has of channels that the ledger lacks, and of those that it has less far."""
        lost, behind = {}, {}
        for channel_id, marked in self._mark.channels.items():
            known = self.progress(channel_id)
            if known is None:
                lost[channel_id] = marked
            elif known.frontier < marked.frontier or known.backfilled < marked.backfilled:
                behind[channel_id] = marked
        return lost, behind

    def _look_again(self) -> None:
        """Have everything read again that is kept: changes may have been recorded in the lost ledger alone."""
        with self._file.writing() as database:
            self._stamp += 1
            database.execute(REFETCH_ALL, (AT_ONCE, self._stamp, self._destination))

    def _rebuild(self, channel_id: int, progress: ChannelProgress) -> None:
        """Go on with a channel at its high-water mark. Of its newest messages only their existence is known."""
        self.start(channel_id, progress.started_at)
        with self._file.writing() as database:
            key = self._keys[channel_id]
            database.execute(ADVANCE, (progress.frontier, progress.backfilled, key))
            first = max(progress.started_at, progress.frontier - _MAX_LOOKED_AT_AGAIN) + 1
            self._stamp += 1
            orders = ((key, one, _IN_DOUBT, self._stamp, 0) for one in range(first, progress.frontier + 1))
            database.executemany(ORDER_REFETCH, orders)

    def unknown(self, published: Mapping[int, int]) -> dict[int, int]:
        """Those of the channels that it has, of which a higher message was published than it knows of."""
        known = ((channel_id, self.progress(channel_id), last) for channel_id, last in published.items())
        return {
            channel_id: last
            for channel_id, progress, last in known
            if progress is not None and progress.frontier < last
        }

    def learn_published(self, published: Mapping[int, int], *, is_older_copy: bool) -> None:
        """Take over from the destination itself which message of each channel is the highest there."""
        self._has_looked, self._marked_changes = True, -1
        unknown = self.unknown(published)
        for channel_id, last in unknown.items():
            progress = self.progress(channel_id)
            assert progress is not None
            lost = self._published.get(channel_id, progress)
            self._published[channel_id] = replace(lost, frontier=max(last, lost.frontier))
        if unknown:
            self.was_clean = False
        if is_older_copy and self.notice is None:
            self.notice = older(self._file.path, len(unknown))
            self._look_again()
            self.commit()

    def lost_progress(self, channel_id: int) -> ChannelProgress | None:
        """How far a ledger was that was lost; None when this one is as far."""
        return self._published.get(channel_id)

    def progress(self, channel_id: int) -> ChannelProgress | None:
        """How far a channel is collected; None when it was never seen."""
        with self._file.reading() as database:
            find = "SELECT started_at, frontier, backfilled FROM channels WHERE key = ?"
            row = database.execute(find, (self._keys.get(channel_id),)).fetchone()
        return None if row is None else ChannelProgress(*row)

    def start(self, channel_id: int, started_at: int) -> None:
        """Record that a channel is seen for the first time, with its newest message id."""
        values = (self._destination, channel_id, started_at, started_at)
        with self._file.writing() as database:
            insert = (
                "INSERT INTO channels (destination, channel, started_at, frontier, backfilled) VALUES (?, ?, ?, ?, 0)"
            )
            self._keys[channel_id] = int(database.execute(insert, values).lastrowid or 0)

    def rows(self, channel_id: int, first: int, last: int) -> list[PublishedMessage]:
        """Rows of the published messages with ids from ``first`` to ``last``, in order of id."""
        with self._file.reading() as database:
            found = database.execute(
                SELECT_ROWS + "AND id BETWEEN ? AND ? ORDER BY id", (self._keys.get(channel_id), first, last)
            )
            return [_published(row) for row in found]

    def row(self, channel_id: int, message_id: int) -> PublishedMessage | None:
        """The row of a published message; None when the ledger has none."""
        rows = self.rows(channel_id, message_id, message_id)
        return rows[0] if rows else None

    def absence(self, channel_id: int, message_id: int) -> AbsenceReason | None:
        """Why an id has no post; None when nothing is recorded of it."""
        with self._file.reading() as database:
            row = database.execute(
                "SELECT why FROM absences WHERE key = ? AND first <= ? AND last >= ? LIMIT 1",
                (self._keys.get(channel_id), message_id, message_id),
            ).fetchone()
        return None if row is None else self._absence(row[0])

    def absences(self, channel_id: int) -> list[AbsentRange]:
        """All ids without a post that were recorded, in order."""
        with self._file.reading() as database:
            find = "SELECT first, last, why FROM absences WHERE key = ? ORDER BY first"
            found = database.execute(find, (self._keys.get(channel_id),))
            return [AbsentRange(first, last, self._absence(reason)) for first, last, reason in found]

    def _absence(self, reason: str) -> AbsenceReason:
        try:
            return AbsenceReason(reason)
        except ValueError:
            raise self._file.damaged(f"{reason[:40]!r} is no reason for an absence") from None

    def skipped(self, channel_id: int) -> list[tuple[int, int]]:
        """First and last message id of each stretch that the bounds of a backfill left out, in ascending order."""
        with self._file.reading() as database:
            find = "SELECT first, last FROM absences WHERE key = ? AND why = ? ORDER BY first"
            found = database.execute(find, (self._keys.get(channel_id), AbsenceReason.SKIPPED))
            return [(first, last) for first, last in found]

    def last_absent(self, channel_id: int) -> int:
        """The highest id that was requested in vain; 0 when there is none."""
        with self._file.reading() as database:
            find = "SELECT coalesce(max(last), 0) FROM absences WHERE key = ? AND why = ?"
            (last,) = database.execute(find, (self._keys.get(channel_id), AbsenceReason.NOT_RETURNED)).fetchone()
        return int(last)

    def order_refetch(self, channel_id: int, message_id: int, due: float, *, is_deletion: bool = False) -> Refetch:
        """Order that a message is read again, at the latest at ``due``."""
        with self._file.writing() as database:
            self._stamp += 1
            values = (self._keys[channel_id], message_id, due, self._stamp, is_deletion)
            database.execute(ORDER_REFETCH, values)
            return Refetch(message_id, self._stamp, is_deletion)

    def mark_in_doubt(self, channel_id: int, refetches: Iterable[Refetch]) -> None:
        """Something is sent for these requests: durable before that, they show the next start what is not recorded."""
        with self._file.writing() as database:
            ids = ((_IN_DOUBT, self._keys[channel_id], refetch.id) for refetch in refetches)
            database.executemany("UPDATE revisits SET due = ? WHERE key = ? AND id = ?", ids)

    def due(self, channel_id: int, now: float, up_to: int, limit: int) -> list[Refetch]:
        """Messages up to an id that are to be read again by now, the longest due first."""
        with self._file.reading() as database:
            found = database.execute(
                "SELECT id, stamp, is_deletion, due = ? FROM revisits WHERE key = ? AND id <= ? AND due <= ? "
                "ORDER BY due LIMIT ?",
                (_IN_DOUBT, self._keys.get(channel_id), up_to, now, limit),
            )
            return [Refetch(message_id, stamp, *map(bool, flags)) for message_id, stamp, *flags in found]

    def next_due(self, channel_id: int, after: float) -> float | None:
        """When the next message of a channel is to be read again that is not due yet at ``after``."""
        with self._file.reading() as database:
            find = "SELECT min(due) FROM revisits WHERE key = ? AND due > ?"
            due: float | None = database.execute(find, (self._keys.get(channel_id), after)).fetchone()[0]
        return due

    def count_due(self, now: float, channels: Iterable[int]) -> int:
        """Number of messages of some channels that are to be read again by now."""
        with self._file.reading() as database:
            counts = dict(database.execute("SELECT key, count(*) FROM revisits WHERE due <= ? GROUP BY key", (now,)))
        return sum(counts.get(self._keys.get(channel_id), 0) for channel_id in channels)

    def unplanned(self, channel_id: int, after: float) -> list[PublishedMessage]:
        """What is kept of messages that were posted after a time and are there, and that nothing will read again."""
        with self._file.reading() as database:
            found = database.execute(SELECT_ROWS + UNPLANNED, (self._keys.get(channel_id), after))
            return [_published(row) for row in found]

    def bring_forward(self, channel_id: int, latest: float) -> None:
        """Have messages read at once that were to be read again after a time."""
        with self._file.writing() as database:
            bring = "UPDATE revisits SET due = ? WHERE key = ? AND due > ?"
            database.execute(bring, (AT_ONCE, self._keys.get(channel_id), latest))

    def apply(self, ledger_updates: Sequence[LedgerUpdate]) -> None:
        """Record what was acknowledged, in this order."""
        now = self._clock()
        keyed = [(self._keys[ledger_update.channel_id], ledger_update) for ledger_update in ledger_updates]
        with self._file.writing() as database:
            many = database.executemany
            for key, ledger_update in keyed:
                for first, last in ledger_update.filled:
                    cut(database, key, first, last, AbsenceReason.SKIPPED)
            absent = ((key, *range_, now) for key, ledger_update in keyed for range_ in ledger_update.absent)
            many("INSERT OR REPLACE INTO absences VALUES (?, ?, ?, ?, ?)", absent)
            for key, ledger_update in keyed:
                for message_id in ledger_update.found:
                    cut(database, key, message_id, message_id)
            rows = ((key, *row) for key, ledger_update in keyed for row in ledger_update.rows)
            many("INSERT OR REPLACE INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            done = ((key, refetch.id, refetch.stamp) for key, ledger_update in keyed for refetch in ledger_update.done)
            many("DELETE FROM revisits WHERE key = ? AND id = ? AND stamp = ?", done)
            many("INSERT OR IGNORE INTO revisits VALUES (?, ?, ?, ?, 0)", self._next_refetches(keyed))
            many(ADVANCE, advances(keyed))

    def _next_refetches(self, keyed: Iterable[tuple[int, LedgerUpdate]]) -> Iterator[tuple[int, int, float, int]]:
        for key, ledger_update in keyed:
            if ledger_update.next_refetch is not None:
                self._stamp += 1
                yield key, *ledger_update.next_refetch, self._stamp

    def prune(self, now: float, keep_s: float) -> None:
        """Forget the rows of posts older than ``keep_s`` at a time of the clock, or at that of the newest post, if that
        is earlier: a clock that is far ahead must not make it forget everything.

        In portions, between which others get at the file: it may hold millions of rows.
        """
        with self._file.reading() as database:
            newest = dict(database.execute(NEWEST_POSTS))
        before = min(now, max((at for at in newest.values() if at is not None), default=0.0)) - keep_s
        for key in newest:
            while self._prune_portion(key, before) == PRUNED_AT_ONCE:
                pass

    def _prune_portion(self, key: int, before: float) -> int:
        """How many of a channel's first rows were older, and are forgotten. One behind them has its turn when it is one
        of the first.
        """
        with self._file.writing() as database:
            return database.execute(PRUNE, (key, before, PRUNED_AT_ONCE - 1)).rowcount

    def commit(self) -> None:
        """Make everything written durable, and the mark follow, at most every some seconds."""
        self._file.commit()
        if time.monotonic() - self._marked_at >= _MARK_INTERVAL_S:
            self._write_mark()

    def _write_mark(self) -> None:
        with self._file.writing() as database:
            self._marked_at = time.monotonic()
            if database.total_changes != self._marked_changes:
                self._version += 1
                at = self._clock() if self._has_looked or self.written_at is None else self.written_at
                database.execute(
                    "INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", (self._destination, self._version, at)
                )
                self._marked_changes = database.total_changes
                find = "SELECT channel, started_at, frontier, backfilled FROM channels WHERE destination = ?"
                found = {row[0]: ChannelProgress(*row[1:]) for row in database.execute(find, (self._destination,))}
                self._file.commit()  # first: the mark must not know more than the disk
                self._mark.raise_to(self._version, found)
                self._high_water.write()
            self._file.commit()

    def mark_clean(self, *, is_clean: bool) -> None:
        """Note whether everything that was sent is acknowledged and recorded."""
        with self._file.writing() as database:
            values = (is_clean, self._destination)
            database.execute("UPDATE destinations SET is_clean = ? WHERE id = ?", values)

    def close(self) -> None:
        """Commit and let go of the file."""
        try:
            self.order.give_back()
            self._write_mark()
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _published(row: tuple[Any, ...]) -> PublishedMessage:
    return PublishedMessage._make((*row[:6], bool(row[6]), *row[7:]))
