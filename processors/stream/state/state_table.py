"""The states of one partition number's posts in a SQLite file, with how far they follow the log, in one transaction.

A row holds the value of the log as it is. SQLite's journal is a WAL that is synced at its checkpoints: what a loss of
power takes from its end takes the offset along, and is read from the log again.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import structlog

FORMAT = 1
MAX_KEYS = 450
"""Keys of one look-up: SQLite may be built to take no more than 999 parameters."""
NEVER = (1 << 23) - 1
"""Hour of a state that does not expire: the greatest that SQLite keeps in three bytes, in the year 2926."""
VOID = 0
"""Hour of a state that speaks of another topic: not to be found, and due at once."""
CACHE_KIB = 8192
CHECKPOINT_ROWS = 5000
"""Rows written between two checkpoints: each syncs the file, on a thread of its own (80 to 300 ms on a busy disk)."""
JOURNAL_PAGES = 16_384
"""64 MiB: a journal that grew so large, since it was never left alone, is brought in by the writer itself."""

PostId = tuple[int, int]
"""Ids of a channel and of a message in it."""

_log = structlog.stdlib.get_logger(__name__)


class StateRow(NamedTuple):
    """The row of one post in the table."""

    hour: int
    """Broker's time of its last write in hours since 1970; or ``NEVER``, or ``VOID``."""
    value: bytes


class LogPosition(NamedTuple):
    """Which log a table follows, and how far."""

    normalized: str = ""
    """Id of the ``posts.normalized`` that the states speak of; empty where the cluster has no ids."""
    log: str = ""
    """Kafka's id of the topic ``posts.states``."""
    offset: int = 0
    """Offset of the record after the last one that was read."""
    digest: bytes = b""
    """Digest of the last record that was read."""
    unreadable: int = 0
    """Records of the log that cannot be read, and are missing."""


class DamagedError(Exception):
    """The file does not hold a table of states, or not all of it."""


_SCHEMA = f"""
create table state (channel integer, message integer, hour integer not null, value blob not null,
                    primary key (channel, message)) strict, without rowid;
create table position (normalized text, log text, "offset" integer, digest blob, unreadable integer) strict;
insert into position values ('', '', 0, x'', 0);
pragma user_version = {FORMAT};
"""  # noqa: S608 - a number of ours
_UPSERT = """insert into state values (?, ?, ?, ?)
             on conflict do update set hour = excluded.hour, value = excluded.value"""
_DELETE = "delete from state where channel = ? and message = ?"
_MOVE = 'update position set normalized = ?, log = ?, "offset" = ?, digest = ?, unreadable = ?'
_PORTION_END = """select channel, message from state where (channel, message) > (?, ?)
                  order by channel, message limit 1 offset ?"""
_DUE = """select channel, message from state where (channel, message) > (?, ?) and (channel, message) <= (?, ?)
          and hour < ? order by channel, message limit ?"""


class StateTable:
    """One file. Every method raises DamagedError where the file is damaged, else ``sqlite3.Error`` or OSError."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it."""
        self.path = path
        self._unsynced = 0
        self._sync: Thread | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            with self._damage():
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute(f"pragma wal_autocheckpoint = {JOURNAL_PAGES}")
        self._db.execute("pragma journal_size_limit = 0")
        self._db.execute(f"pragma cache_size = -{CACHE_KIB}")
        (version,) = self._db.execute("pragma user_version").fetchone()
        if version == 0 and not self._db.execute("select 1 from sqlite_schema").fetchone():
            self._db.executescript(f"begin; {_SCHEMA} commit")
        elif version != FORMAT:
            raise DamagedError(f"its format is {version}, not {FORMAT}")
        found = self._db.execute('select normalized, log, "offset", digest, unreadable from position').fetchall()
        if len(found) != 1:
            raise DamagedError(f"it has {len(found)} positions")
        self.position = LogPosition(*found[0])

    def __len__(self) -> int:
        with self._damage():
            (count,) = self._db.execute("select count(*) from state").fetchone()
        return int(count)

    def find(self, keys: Sequence[PostId]) -> Iterator[tuple[PostId, bytes]]:
        """The values of those posts that the table knows."""
        for begin in range(0, len(keys), MAX_KEYS):
            some = keys[begin : begin + MAX_KEYS]
            with self._damage():
                found = self._db.execute(_look_up(len(some)), [number for key in some for number in key]).fetchall()
            yield from (((channel, message), value) for channel, message, value in found)

    def written_before(self, keys: Sequence[PostId], hour: int) -> Iterator[PostId]:
        """Which of some posts were last written before an hour since 1970."""
        for begin in range(0, len(keys), MAX_KEYS):
            some = keys[begin : begin + MAX_KEYS]
            with self._damage():
                wanted = [number for key in some for number in key]
                found = self._db.execute(f"{_look_up(len(some))} and hour < ?", (*wanted, hour)).fetchall()
            yield from ((channel, message) for channel, message, _ in found)

    def write(self, rows: Mapping[PostId, StateRow | None], position: LogPosition) -> None:
        """Put rows in, take out those that are None, and note how far the log was followed: all or nothing."""
        with self._transaction():
            self._db.executemany(_UPSERT, ((*key, *row) for key, row in rows.items() if row is not None))
            self._db.executemany(_DELETE, (key for key, row in rows.items() if row is None))
            self._db.execute(_MOVE, position)
        self.position = position
        self._unsynced += len(rows)
        if self._unsynced >= CHECKPOINT_ROWS and (self._sync is None or not self._sync.is_alive()):
            self._unsynced = 0
            self._sync = Thread(target=_checkpoint, args=(self.path,), name="state checkpoint", daemon=True)
            self._sync.start()

    def clear(self, position: LogPosition) -> None:
        """Remove all rows, and set the position in the log."""
        with self._transaction():
            self._db.execute("delete from state")
            self._db.execute(_MOVE, position)
        self.position = position

    def due(self, after: PostId, hour: int, portion: int, limit: int) -> tuple[list[PostId], PostId | None]:
        """Up to ``limit`` posts last written before an hour, among the ``portion`` posts behind one; and the post after
        which to go on, None at the end of the table.
        """
        with self._damage():
            end = self._db.execute(_PORTION_END, (*after, portion - 1)).fetchone()
            found = self._db.execute(_DUE, (*after, *(end or (1 << 62, 0)), hour, limit)).fetchall()
        if len(found) == limit:
            return found, found[-1]
        return found, end

    def close(self) -> None:
        """Close the SQLite file."""
        if self._sync is not None:
            self._sync.join()
        self._db.close()

    def set_aside(self) -> Path:
        """Close the file and rename it, so that a new one can be made; its new path."""
        self.close()
        return set_aside(self.path)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._damage():
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if _primary_code(error) in _DAMAGE or _lacks_table(error):
                raise DamagedError(str(error)) from error
            raise


def _checkpoint(path: Path) -> None:
    """Bring the journal into the file, beside the writer, by a connection of its own."""
    try:
        with closing(sqlite3.connect(path)) as db:
            db.execute("pragma wal_checkpoint(passive)")
    except sqlite3.Error as error:  # the writer meets it, too, where it matters
        _log.warning("journal of the states stays as it is", path=str(path), problem=str(error))


_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def set_aside(path: Path) -> Path:
    """Rename a file of a table, and remove what is beside it; its new path. One of before is replaced."""
    for journal in ("-wal", "-shm"):
        path.with_name(path.name + journal).unlink(missing_ok=True)
    return path.replace(path.with_name(path.name + ".damaged"))


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _lacks_table(error: sqlite3.Error) -> bool:
    return _primary_code(error) == sqlite3.SQLITE_ERROR and str(error).startswith("no such")


@lru_cache(maxsize=MAX_KEYS)
def _look_up(count: int) -> str:
    # cross join keeps the order: first the keys, then one search for each.
    wanted = ",".join(["(?,?)"] * count)
    return (
        f"with wanted (channel, message) as (values {wanted}) "  # noqa: S608 - question marks alone
        f"select channel, message, value from wanted cross join state using (channel, message) where hour > {VOID}"
    )
