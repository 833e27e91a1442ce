"""The states of one partition number: a table, how far it follows the log, and what the disk has not taken yet."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from processors.errors import PipelineBugError, StateTableError, WorkerExit
from processors.stream.state.state_log import digest_of_row, rows_of
from processors.stream.state.state_table import VOID, DamagedError, LogPosition, PostId, StateRow, StateTable, set_aside
from schemas.states import PostState, StateValueError, topic_mark
from schemas.times import DAY_MS, HOUR_MS

PORTION = 5000
"""Posts that one search for expired states looks at: about 1 ms."""
SWEEP_HOURS = 24
"""Hours between two searches of the whole table for expired states."""
MAX_WAITING = 100_000
"""States that wait in memory for a disk that takes none: about 50 MB. With more the worker ends."""

_log = structlog.stdlib.get_logger(__name__)


class TopicIds(NamedTuple):
    """Ids of the topics that the tables are bound to; empty where the cluster has none."""

    normalized: str
    states: str


class ChangelogTable:
    """States of the posts of one partition number. Every method raises StateTableError when the file cannot be used,
    and PipelineBugError after ``close``.
    """

    def __init__(self, number: int, table: StateTable, keep_days: int) -> None:
        """``keep_days``: so long after its last write a state expires."""
        self._number = number
        self._keep_hours = keep_days * DAY_MS // HOUR_MS
        self.table = table
        self.position = table.position
        self.mark = topic_mark(table.position.normalized)
        self.waiting: dict[PostId, StateRow | None] = {}
        """Rows that the disk did not take yet; the file's own position is behind them."""
        self.is_behind = False
        """Whether the log holds records that were not read, among those of this worker: another worker's, or ours when
        the broker did not report their offsets. ``StateTables.load`` reads them."""
        self._after: PostId = (0, 0)
        self._next_sweep = 0

    def bind(self, ids: TopicIds) -> None:
        """Note the topics; what is unknown now stays as it was."""
        self.position = self.position._replace(
            normalized=ids.normalized or self.position.normalized, log=ids.states or self.position.log
        )
        self.mark = topic_mark(self.position.normalized)
        if self.position != self.table.position:
            self.take({}, self.position)
        self.is_behind = False

    def clear(self, ids: TopicIds) -> None:
        """Empty the table, and follow the logs of these topics from their beginning."""
        self.waiting.clear()
        self.position = LogPosition(ids.normalized, ids.states)
        self.mark = topic_mark(ids.normalized)
        self._after, self._next_sweep = (0, 0), 0
        try:
            self.table.clear(self.position)
        except (DamagedError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def find(self, keys: Sequence[PostId]) -> dict[PostId, PostState]:
        """The states of those posts that are known; keys are ids of channel and message."""
        try:
            values: dict[PostId, bytes | None] = dict(self.table.find(keys))
            for key in keys if self.waiting else ():
                if key in self.waiting:
                    row = self.waiting[key]
                    values[key] = None if row is None or row.hour == VOID else row.value
            return {key: PostState.unpack(value) for key, value in values.items() if value is not None}
        except (DamagedError, StateValueError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def written_before(self, keys: Sequence[PostId], before_ms: int) -> set[PostId]:
        """Those of some posts whose states were last written before a broker's time, by the hour."""
        hour = before_ms // HOUR_MS
        try:
            found = set(self.table.written_before(keys, hour))
        except (DamagedError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        for key in keys if self.waiting else ():
            if key in self.waiting:
                row = self.waiting[key]
                (found.add if row is not None and VOID < row.hour < hour else found.discard)(key)
        return found

    def value(self, state: PostState) -> bytes:
        """Value of the record of ``posts.states`` for a state."""
        return state.pack(self.mark)

    def write(self, states: Mapping[PostId, PostState | None], end: int | None, at_ms: int) -> None:
        """Take over states that the log has confirmed, in the order in which they were sent, in one transaction.

        None takes a state out. ``end`` is the offset after the last of them, None when the broker did not report it;
        ``at_ms`` the broker's time of the records.
        """
        if not states:
            return
        rows = rows_of(states, self.mark, at_ms)
        position = self.position
        if end is None or end != position.offset + len(rows):
            self.is_behind = True
        elif not self.is_behind:
            position = position._replace(offset=end, digest=digest_of_row(*list(rows.items())[-1]))
        self.take(rows, position)

    def take(self, rows: Mapping[PostId, StateRow | None], position: LogPosition) -> None:
        """Rows and position go to the file together; where the disk takes nothing, they wait."""
        self.position = position
        some = rows
        if self.waiting:
            self.waiting |= rows
            some = self.waiting
        try:
            self.table.write(some, position)
        except sqlite3.OperationalError as error:
            if not self.waiting:
                problem = str(error)
                _log.error(
                    "states wait in memory: they cannot be written to disk", number=self._number, problem=problem
                )
                self.waiting = dict(rows)
            if len(self.waiting) > MAX_WAITING:
                raise self._unusable(error) from error
        except (DamagedError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        else:
            if self.waiting:
                _log.info("waiting states are written to disk", number=self._number, states=len(self.waiting))
                self.waiting = {}

    def expired(self, now_ms: int, limit: int = 1000) -> list[PostId]:
        """Some posts whose states have expired, at most ``limit``: send a null for each to the log, then ``write`` it.

        ``now_ms`` is the broker's time of the record at hand. To be called again and again: each call looks at a few
        thousand posts, and all are looked at once a day. Deletions do not expire.
        """
        now_hour = now_ms // HOUR_MS
        if now_hour < self._next_sweep:
            return []
        try:
            found, after = self.table.due(self._after, max(now_hour - self._keep_hours, VOID + 1), PORTION, limit)
        except (DamagedError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        if after is None:
            self._next_sweep = now_hour + SWEEP_HOURS
        self._after = after or (0, 0)
        return [key for key in found if key not in self.waiting]

    def close(self) -> None:
        """Close the file, which stays for the return of the partition number."""
        self.table.close()

    def _unusable(self, error: Exception) -> WorkerExit:
        """The end of the worker; a damaged file is set aside, so that the restart reads the log into a new one."""
        path = self.table.path
        if isinstance(error, sqlite3.ProgrammingError):
            return PipelineBugError(f"the table of states of partition {self._number}: {error}")
        if isinstance(error, sqlite3.Error):
            return StateTableError(f"{path} cannot be used: {error}; free some disk space, or check the permissions")
        aside = self.table.set_aside()
        return StateTableError(f"{path} is damaged ({error}): it is {aside.name} now, and the restart reads the log")


def open_table(number: int, path: Path) -> StateTable:
    """The table of a file; a damaged one is set aside. StateTableError when the file cannot be used."""
    try:
        try:
            return StateTable(path)
        except DamagedError as error:
            aside = set_aside(path)
            _log.warning(
                "local states are not usable, the log is read instead",
                number=number,
                problem=str(error),
                kept=str(aside),
            )
            return StateTable(path)
    except (OSError, sqlite3.Error) as error:
        raise StateTableError(
            f"{path} cannot be used: {error}; free some disk space, or check the permissions"
        ) from error
