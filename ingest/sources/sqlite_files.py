"""SQLite databases of other programs: opened without a change to them, read row by row as far as they are intact."""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.format import ArchiveRecord, Certainty, FormatMatch, InvalidRecordError
from ingest.sources.sample import Sample
from schemas import RejectReason

MAGIC = b"SQLite format 3\0"
_SIDECARS = ("-wal", "-journal", "-shm")
_WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_JOURNAL_MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_TABLE = re.compile(r"""CREATE TABLE (?:IF NOT EXISTS )?["'`\[]?(\w+)["'`\]]?\s*\(""", re.IGNORECASE)
_LOCK_WAIT_S = 5.0
_MOST_TABLES, _MOST_NAME = 8, 40
_INNER_PAGE = 5
_HEADER_BYTES = 100
"""Type of a page of a tree that has others below it: the first one where the schema does not fit into it."""


class Damage(NamedTuple):
    """Rows that cannot be read."""

    message: str
    is_rest: bool
    """Nothing behind them can be read either."""


def table_match(sample: Sample, tables: Mapping[str, Set[str]]) -> FormatMatch | None:
    """A claim to a database that has these tables with these columns."""
    name = sample.base_name.lower()
    is_sidecar = name.endswith(_SIDECARS) and not sample.head.startswith(MAGIC)
    if is_sidecar and (
        name.endswith("-shm") or sample.head.startswith((*_WAL_MAGIC, _JOURNAL_MAGIC)) or not sample.head
    ):
        return FormatMatch(Certainty.CERTAIN, holds_posts=False, note="changes of the SQLite database beside it")
    if not sample.head.startswith(MAGIC):
        return None
    seen = _statements_of(sample)
    if seen is None:
        return FormatMatch(Certainty.FALLBACK)
    if all(columns <= _names(seen.get(table, "")) for table, columns in tables.items()):
        return FormatMatch(Certainty.CERTAIN)
    return None


def described(sample: Sample) -> str | None:
    """What is said of a database that no format has claimed, with the way to have it read; None for no database."""
    if not sample.head.startswith(MAGIC):
        return None
    return _described(list(_statements_of(sample) or ()))


def _described(names: Sequence[str]) -> str:
    tables = [name for name in names if not name.startswith("sqlite_")]
    shown = ", ".join(name[:_MOST_NAME] for name in tables[:_MOST_TABLES]) or "not shown"
    way = "sqlite3 -header -csv FILE 'SELECT * FROM TABLE' makes one of them a CSV, which is read"
    return (
        f"a SQLite database of no known format, with the tables {shown}{', ...' * (len(tables) > _MOST_TABLES)}; {way}"
    )


def _statements_of(sample: Sample) -> dict[str, str] | None:
    """By table, what follows the beginning of its statement; None where that cannot be seen.

    The first pages have them, or a tree of pages that may be anywhere in the file.
    """
    if not _has_schema_elsewhere(sample.head):
        return _statements(sample.head)
    if sample.file is None:
        return None
    try:
        with open_database(sample.file) as database:
            found = database.execute("SELECT sql FROM sqlite_master WHERE type = 'table'").fetchall()
    except (OSError, sqlite3.Error):
        return None
    return _statements("\n".join(str(sql) for (sql,) in found).encode("latin-1", "replace"))


def _has_schema_elsewhere(head: bytes) -> bool:
    """Whether a database's first pages may not show all its tables."""
    if head[100:101] != bytes((_INNER_PAGE,)):
        return False
    size = int.from_bytes(head[16:18]) or 1
    size = 1 << 16 if size == 1 else size
    cells = (int.from_bytes(head[at : at + 2]) for at in range(112, 112 + 2 * int.from_bytes(head[103:105]), 2))
    pages = [int.from_bytes(head[at : at + 4]) for at in cells] + [int.from_bytes(head[108:112])]
    return any(page * size > len(head) or head[(page - 1) * size] == _INNER_PAGE for page in pages)


def _statements(head: bytes) -> dict[str, str]:
    """By table, what follows the beginning of its statement. Databases in UTF-16 have a NUL in each ASCII letter."""
    text = head.replace(b"\0", b"").decode("latin-1")
    found: dict[str, str] = {}
    for match in _TABLE.finditer(text):
        found.setdefault(match[1].lower(), text[match.end() : match.end() + 4096].partition("CREATE ")[0])
    return found


def _names(statement: str) -> set[str]:
    return set(re.findall(r"\w+", statement.lower()))


@contextmanager
def open_database(file: ArchiveFile) -> Iterator[sqlite3.Connection]:
    """A connection that reads; OSError where it cannot be opened, sqlite3.Error where it is no database.

    Texts that are no UTF-8 come as bytes. What another program has left in a ``-wal`` or ``-journal`` is applied to a
    copy: the file itself is never written, and no file is made beside it.
    """
    with ExitStack() as stack:
        path = stack.enter_context(file.local())
        left = {suffix: beside for suffix in ("-wal", "-journal") if (beside := _sidecar(file, suffix)) is not None}
        if left:
            path = _copied(path, left, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tgwire-"))))
        # Without changes beside it, immutable keeps SQLite from making files there, as its write-ahead mode does.
        mode = "mode=rw" if left else "mode=ro" if _may_be_locked(path) else "mode=ro&immutable=1"
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=_LOCK_WAIT_S, isolation_level=None
        )
        stack.enter_context(closing(connection))
        connection.text_factory = _text
        _begin(connection)
        yield connection


def _begin(connection: sqlite3.Connection) -> None:
    """Hold one state of the database for the whole pass."""
    try:
        connection.execute("PRAGMA writable_schema = ON")  # nothing is written: it lets a file that was cut be read
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        raise OSError(f"{error}; another program may be writing it") from error


def _sidecar(file: ArchiveFile, suffix: str) -> ArchiveFile | None:
    beside = file.sibling(f"{file.base_name}{suffix}")
    if beside is None:
        return None
    with beside.open() as stream:
        return beside if stream.read(1) else None


def _copied(path: Path, left: Mapping[str, ArchiveFile], folder: Path) -> Path:
    copy = folder / "copy.sqlite"
    shutil.copyfile(path, copy)
    for suffix, beside in left.items():
        with beside.open() as stream, copy.with_name(f"{copy.name}{suffix}").open("wb") as target:
            shutil.copyfileobj(stream, target)
    return copy


def _may_be_locked(path: Path) -> bool:
    """Whether it is in the mode in which readers and writers lock the file itself: not the write-ahead mode."""
    with path.open("rb") as stream:
        header = stream.read(20)
    return header[18:20] != b"\x02\x02"


def _text(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """Names of a table's columns, in lower case; none when there is no such table."""
    return [str(row[1]).lower() for row in connection.execute(f"PRAGMA table_info({_quoted(table)})")]


def rows(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...] | Damage]:
    """Rows of a table in the order in which they were added, each behind its row number; columns that it does not
    have are null. Pages that cannot be read are skipped, and reported; of a table without row numbers, and of a view,
    what is behind them is not read.
    """
    there = set(columns_of(connection, table))
    chosen = ", ".join(_quoted(name) if name in there else "NULL" for name in columns)
    if not _has_row_numbers(connection, table):
        try:
            yield from connection.execute(f"SELECT NULL, {chosen} FROM {_quoted(table)}")  # noqa: S608
        except sqlite3.Error as error:
            yield Damage(str(error), is_rest=True)
        return
    query = f"SELECT rowid, {chosen} FROM {_quoted(table)} WHERE rowid >= ? ORDER BY rowid"  # noqa: S608
    least: int | None = -(1 << 63)
    while least is not None:
        try:
            for row in connection.execute(query, (least,)):
                yield row
                least = min(row[0] + 1, (1 << 63) - 1)
            return
        except sqlite3.Error as error:
            least = _next_readable(connection, table, least)
            yield Damage(str(error), is_rest=least is None)


def _has_row_numbers(connection: sqlite3.Connection, table: str) -> bool:
    try:
        connection.execute(f"SELECT rowid FROM {_quoted(table)} LIMIT 0")  # noqa: S608
    except sqlite3.Error as error:
        return "rowid" not in str(error)  # a damaged one is found out row by row
    return True


def _next_readable(connection: sqlite3.Connection, table: str, after: int) -> int | None:
    """The first row behind pages that cannot be read; None when there is none.

    How far the damage reaches is found by steps that double, and then by halves: a page holds rows that follow each
    other.
    """
    base, step = max(after, 0), 1
    while (found := _row_at(connection, table, base + step)) is None:
        if step > 1 << 40:
            return None
        step *= 2
    low, high = base + step // 2, base + step
    while low + 1 < high:
        middle = (low + high) // 2
        better = _row_at(connection, table, middle)
        low, high, found = (low, middle, better) if better is not None else (middle, high, found)
    return found


def _row_at(connection: sqlite3.Connection, table: str, least: int) -> int | None:
    query = f"SELECT rowid, * FROM {_quoted(table)} WHERE rowid >= ? ORDER BY rowid LIMIT 1"  # noqa: S608
    try:
        row = connection.execute(query, (least,)).fetchone()
    except sqlite3.Error:
        return None
    return int(row[0]) if row else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def table_records(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], marks: Collection[str]
) -> Iterator[ArchiveRecord]:
    """A record for each row, with a dict of its columns; damage is a record that is rejected. ``marks`` are columns
    without which the table is another program's.
    """
    if not set(marks) <= set(columns_of(connection, table)):
        names = [str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        yield _rejected(_described(names), 1)
        return
    number = 0
    for number, row in enumerate(rows(connection, table, columns), 1):
        if isinstance(row, Damage):
            rest = "; the rows behind cannot be read" if row.is_rest else "; rows are missing here"
            yield unreadable(f"{row.message}{rest}", number)
        else:
            raw = repr(row).encode(errors="replace")
            yield ArchiveRecord(raw, number, number=number, value=dict(zip(columns, row[1:], strict=True)))
    if (cut := _cut(connection)) is not None:
        yield unreadable(cut, number + 1)


def _cut(connection: sqlite3.Connection) -> str | None:
    """Of a file that is shorter than its header says: how much of it there is. Rows that it lacks may read as null."""
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    size = path.stat().st_size
    with path.open("rb") as stream:
        header = stream.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or header[24:28] != header[92:96]:  # an old version does not keep the count
        return None
    page_size = int.from_bytes(header[16:18])
    whole = int.from_bytes(header[28:32]) * (65_536 if page_size == 1 else page_size)
    return f"the file is cut, it has {size:,} of {whole:,} bytes" if size < whole else None


def unreadable(message: str, number: int = 1) -> ArchiveRecord:
    """What takes the place of a database, or of rows, that cannot be read."""
    return _rejected(f"the database cannot be read: {message}", number)


def _rejected(message: str, number: int) -> ArchiveRecord:
    error = InvalidRecordError(message, reason=RejectReason.INVALID_FIELD)
    return ArchiveRecord(b"", number, number=number, error=error)
