"""What the analysis knows of each post: a table for each partition number, which follows the log ``posts.states``.

A table belongs to a number, not to a topic: both lanes use it. Whoever had the number before may have written to the
log meanwhile, so its end is read at every new generation, before the first record of either lane.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from processors.core.outcomes import Reject
from processors.stream.kafka_message import LogRecord, ReadLog
from processors.stream.state.changelog_table import ChangelogTable, TopicIds, open_table
from processors.stream.state.state_log import UnreadableRecord, digest_of, row_of
from processors.stream.state.state_table import PostId, StateRow
from processors.stream.state.unreadable_records import skip_unreadable
from schemas.states import StateValueError
from schemas.topics import STATES

SLICE = 500
"""Records applied before other tasks get their turn: about 5 ms."""

_log = structlog.stdlib.get_logger(__name__)


async def _unreported(_: UnreadableRecord) -> None:
    """Default of ``report``: the record is not kept."""


class StateTables:
    """The tables of the partition numbers that this worker has."""

    def __init__(
        self,
        folder: Path,
        read_log: ReadLog,
        *,
        keep_days: int,
        max_unreadable: int,
        report: Callable[[UnreadableRecord], Awaitable[None]] = _unreported,
    ) -> None:
        """``report`` keeps a record that cannot be read; called once for each of them while the file remembers it."""
        self._folder = folder
        self._read_log = read_log
        self._keep_days = keep_days
        self._max_unreadable = max_unreadable
        self._report = report
        self._open: dict[int, ChangelogTable] = {}
        self.loading: set[int] = set()
        """Numbers whose log is being read."""
        self.last_load_s = 0.0

    @property
    def unreadable(self) -> int:
        """Records of the log that cannot be read, and are missing in the tables that this worker has now."""
        return sum(each.position.unreadable for each in self._open.values())

    @property
    def waiting(self) -> int:
        """States that the disk has not taken yet."""
        return sum(len(each.waiting) for each in self._open.values())

    async def load(self, number: int, ids: TopicIds) -> ChangelogTable:
        """The table of a partition number, opened and brought to the end of the log. Not while a batch of it runs.

        It starts empty where it speaks of another ``posts.normalized``, or another log; states that the log still holds
        of another ``posts.normalized`` are not found. StateLogError when too many records cannot be read,
        StateTableError when the file cannot be used.
        """
        began = time.monotonic()
        self.loading.add(number)
        try:
            changelog = self._opened(number)
            self._bind(number, changelog, ids)
            if not await self._follow(number, changelog):
                _log.warning("local states are of another log, which is read from its beginning", number=number)
                changelog.clear(ids)
                await self._follow(number, changelog)
        finally:
            self.loading.discard(number)
        self.last_load_s = time.monotonic() - began
        _log.debug("states loaded", number=number, offset=changelog.position.offset, seconds=round(self.last_load_s, 3))
        return changelog

    def drop(self, number: int) -> None:
        """Close the table of a partition number that another worker has now; its file stays, for its return."""
        if (changelog := self._open.pop(number, None)) is not None:
            changelog.close()

    def close(self) -> None:
        """Close the tables of all partition numbers."""
        for number in list(self._open):
            self.drop(number)

    def _opened(self, number: int) -> ChangelogTable:
        if number not in self._open:
            table = open_table(number, self._folder / f"{number}.sqlite")
            self._open[number] = ChangelogTable(number, table, self._keep_days)
        return self._open[number]

    def _bind(self, number: int, changelog: ChangelogTable, ids: TopicIds) -> None:
        known = changelog.position
        if _is_other(known.normalized, ids.normalized):
            _log.warning("states start empty: posts.normalized was recreated, or reset", number=number)
            changelog.clear(ids)
        elif _is_other(known.log, ids.states):
            _log.warning("states start empty: posts.states was recreated, or reset", number=number)
            changelog.clear(ids)
        changelog.bind(ids)

    async def _follow(self, number: int, changelog: ChangelogTable) -> bool:
        """Apply the log from where the table ends; False when it does not go on there."""
        start = changelog.position.offset
        is_known = not start
        async for records in self._read_log(number, max(0, start - 1)):
            for begin in range(0, len(records), SLICE):
                some = records[begin : begin + SLICE]
                if not is_known:
                    if some[0].offset != start - 1 or digest_of(some[0]) != changelog.position.digest:
                        return False
                    is_known, some = True, some[1:]
                await self._apply(number, changelog, [record for record in some if record.offset >= start])
                await asyncio.sleep(0)
        return is_known

    async def _apply(self, number: int, changelog: ChangelogTable, records: Sequence[LogRecord]) -> None:
        if not records:
            return
        rows: dict[PostId, StateRow | None] = {}
        unreadable = changelog.position.unreadable
        for record in records:
            try:
                key, row = row_of(record, changelog.mark)
            except StateValueError as error:
                unreadable += 1
                await self._skip_unreadable(number, record, error, unreadable)
            else:
                rows[key] = row
        end, digest = records[-1].offset + 1, digest_of(records[-1])
        changelog.take(rows, changelog.position._replace(offset=end, digest=digest, unreadable=unreadable))

    async def _skip_unreadable(self, number: int, record: LogRecord, error: StateValueError, count: int) -> None:
        why = Reject(error.reason, error.message, error.field)
        event = "state of a post cannot be read: the analysis does not know it"
        place = STATES.name, number, record.offset
        key = None if record.key is None else record.key.decode(errors="backslashreplace")
        skip_unreadable(event, place, why, count, self._max_unreadable, key=key)
        await self._report(UnreadableRecord(number, record, why))


def _is_other(known: str, now: str) -> bool:
    return bool(known and now) and known != now
