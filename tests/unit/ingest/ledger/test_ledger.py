"""The ledger: what is explained, for each destination, durably."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ingest.ledger import ledger as ledger_module
from ingest.ledger.ledger import FILE_NAME, Ledger
from ingest.ledger.order_clock import RESERVE_US
from ingest.ledger.records import ChannelProgress, LedgerUpdate, PublishedMessage, Refetch
from ingest.live_reader import AbsenceReason, AbsentRange
from runtime.errors import StateError, StateLockedError


def _row(
    message_id: int, *, anchor: int | None = None, album: int | None = None, posted_at: float = 100.0
) -> PublishedMessage:
    return PublishedMessage(message_id, anchor or message_id, album, -(1 << 63) + message_id, posted_at, None)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path, "topic:1") as ledger:
        ledger.start(1, 10)
        yield ledger


def test_what_is_committed_outlives_the_process(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.progress(1) is None
        ledger.start(1, 10)
        row = _row(11)._replace(edited_at=7.5, is_deleted=True)
        absent = AbsentRange(12, 14, AbsenceReason.DELETED)
        ledger.apply([LedgerUpdate(1, rows=(row,), absent=(absent,), frontier=14, backfilled=3)])
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.progress(1) == ChannelProgress(started_at=10, frontier=14, backfilled=3)
        assert ledger.row(1, 11) == row
        assert ledger.absences(1) == [absent]
        assert ledger.absence(1, 13) is AbsenceReason.DELETED
        assert ledger.absence(1, 15) is None


def test_another_destination_knows_nothing(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        ledger.start(1, 10)
    with Ledger(tmp_path, "topic:2") as ledger:
        assert ledger.progress(1) is None
        assert "knows what another topic holds" in (ledger.notice or "")
        ledger.start(1, 20)
    with Ledger(tmp_path, "topic:2") as ledger:
        assert ledger.notice is None
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.progress(1) == ChannelProgress(10, 10, 0)


def test_a_frontier_never_goes_back(ledger: Ledger) -> None:
    ledger.apply([LedgerUpdate(1, frontier=20), LedgerUpdate(1, frontier=15)])
    ledger.apply([LedgerUpdate(1, frontier=12)])
    assert ledger.progress(1) == ChannelProgress(10, 20, 0)


def test_an_id_that_is_found_leaves_the_absences(ledger: Ledger) -> None:
    ledger.apply([LedgerUpdate(1, absent=(AbsentRange(11, 15, AbsenceReason.NOT_RETURNED),), frontier=15)])
    assert ledger.last_absent(1) == 15
    ledger.apply([LedgerUpdate(1, rows=(_row(13),), found=(13,)), LedgerUpdate(1, rows=(_row(15),), found=(15,))])
    assert [(absent.first, absent.last) for absent in ledger.absences(1)] == [(11, 12), (14, 14)]
    assert ledger.absence(1, 13) is None


def test_a_later_order_is_not_undone_by_an_earlier_one(ledger: Ledger) -> None:
    first = ledger.order_refetch(1, 11, 50.0)
    second = ledger.order_refetch(1, 11, 60.0, is_deletion=True)
    ledger.apply([LedgerUpdate(1, done=(first,))])
    assert ledger.due(1, 55.0, up_to=99, limit=9) == [second]
    assert second.is_deletion
    ledger.apply([LedgerUpdate(1, done=(second,), next_refetch=(11, 500.0))])
    assert ledger.due(1, 499.0, up_to=99, limit=9) == []
    assert ledger.next_due(1, after=60.0) == 500.0
    assert (ledger.count_due(500.0, [1, 9]), ledger.count_due(500.0, [])) == (1, 0)


def test_a_recheck_leaves_an_order_alone(ledger: Ledger) -> None:
    order = ledger.order_refetch(1, 11, 50.0)
    ledger.apply([LedgerUpdate(1, next_refetch=(11, 500.0))])
    assert ledger.due(1, 50.0, up_to=99, limit=9) == [order]


def test_what_is_not_reached_yet_is_not_due(ledger: Ledger) -> None:
    ledger.order_refetch(1, 12, 50.0)
    ledger.order_refetch(1, 11, 51.0)
    assert [refetch.id for refetch in ledger.due(1, 60.0, up_to=11, limit=9)] == [11]
    assert [refetch.id for refetch in ledger.due(1, 60.0, up_to=12, limit=9)] == [12, 11]


def test_old_rows_are_forgotten_and_absences_are_not(ledger: Ledger) -> None:
    absent = AbsentRange(13, 13, AbsenceReason.NOT_RETURNED)
    ledger.apply([LedgerUpdate(1, rows=(_row(11, posted_at=1.0), _row(12, posted_at=9.0)), absent=(absent,))])
    ledger.prune(now=10.0, keep_s=5.0)
    assert [row.id for row in ledger.rows(1, 1, 99)] == [12]
    assert ledger.absences(1) == [absent]


def test_a_clock_that_is_far_ahead_makes_it_forget_no_more(ledger: Ledger) -> None:
    ledger.apply([LedgerUpdate(1, rows=(_row(11, posted_at=1.0), _row(12, posted_at=9.0)))])
    ledger.prune(now=10.0 + 120 * 86_400.0, keep_s=5.0)
    assert [row.id for row in ledger.rows(1, 1, 99)] == [12]


def test_forgetting_lets_others_at_the_file_in_between(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "PRUNED_AT_ONCE", 3)
    ledger.start(2, 0)
    for channel_id in (1, 2):
        rows = tuple(_row(11 + number, posted_at=float(number)) for number in range(10))
        ledger.apply([LedgerUpdate(channel_id, rows=rows)])
    held: list[int] = []
    writing = ledger._file.writing

    @contextmanager
    def noted() -> Iterator[sqlite3.Connection]:
        with writing() as database:
            before = database.total_changes
            yield database
            held.append(database.total_changes - before)

    with monkeypatch.context() as patched:
        patched.setattr(ledger._file, "writing", noted)
        ledger.prune(now=100.0, keep_s=2.0)
    assert [[row.id for row in ledger.rows(channel_id, 1, 99)] for channel_id in (1, 2)] == [[18, 19, 20]] * 2
    assert held == [3, 3, 1] * 2


def test_it_knows_whether_the_process_before_ended_well(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.was_clean
        ledger.mark_clean(is_clean=False)
    with Ledger(tmp_path, "topic:1") as ledger:
        assert not ledger.was_clean
        ledger.mark_clean(is_clean=True)
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.was_clean


def test_a_second_process_gets_an_error_that_the_folder_is_in_use(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1"), pytest.raises(StateLockedError, match=r"in use by another process"):
        Ledger(tmp_path, "topic:1")


def test_a_damaged_ledger_is_not_to_be_deleted_lightly(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 1000)
    with pytest.raises(StateError, match=r"damaged.*Restore it from a copy.*--backfill"):
        Ledger(tmp_path, "topic:1")


def test_an_order_survives_a_restart_with_a_stamp_that_no_later_one_repeats(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        ledger.start(1, 10)
        first = ledger.order_refetch(1, 11, 5.0)
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.due(1, 5.0, up_to=99, limit=9) == [first]
        assert ledger.order_refetch(1, 12, 5.0) == Refetch(12, first.stamp + 1, is_deletion=False)


def test_an_order_for_which_something_was_sent_comes_first_until_that_is_recorded(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        ledger.start(1, 10)
        ledger.order_refetch(1, 11, 5.0)
        sent = ledger.order_refetch(1, 12, 6.0)
        ledger.mark_in_doubt(1, [sent])
    with Ledger(tmp_path, "topic:1") as ledger:
        found = ledger.due(1, 9.0, up_to=99, limit=9)
        assert [(refetch.id, refetch.is_in_doubt) for refetch in found] == [(12, True), (11, False)]
        ledger.apply([LedgerUpdate(1, done=(sent,), next_refetch=(12, 8.0))])
        assert not any(refetch.is_in_doubt for refetch in ledger.due(1, 9.0, up_to=99, limit=9))


@pytest.mark.parametrize(
    "damage",
    ["UPDATE absences SET why = 'a whim'", "UPDATE absences SET why = CAST(x'ff' AS TEXT)", "DROP TABLE absences"],
)
def test_the_error_of_a_foreign_ledger_explains_what_to_do(tmp_path: Path, damage: str) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        ledger.start(1, 10)
        ledger.apply([LedgerUpdate(1, absent=(AbsentRange(12, 14, AbsenceReason.DELETED),))])
        ledger.commit()
        with ledger._file.writing() as database:
            database.execute(damage)
        for look in (lambda: ledger.absence(1, 13), lambda: ledger.absences(1)):
            with pytest.raises(StateError, match=r"damaged.*Restore it from a copy.*--backfill"):
                look()


_FIRST_LAYOUT = """
CREATE TABLE destinations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, is_clean INTEGER NOT NULL) STRICT;
CREATE TABLE channels (
    key INTEGER PRIMARY KEY, destination INTEGER NOT NULL, channel INTEGER NOT NULL, started_at INTEGER NOT NULL,
    frontier INTEGER NOT NULL, backfilled INTEGER NOT NULL, UNIQUE (destination, channel)
) STRICT;
CREATE TABLE posts (
    key INTEGER NOT NULL, id INTEGER NOT NULL, anchor INTEGER NOT NULL, album INTEGER, digest INTEGER,
    posted_at REAL NOT NULL, edited_at REAL, is_deleted INTEGER NOT NULL, PRIMARY KEY (key, id)
) STRICT, WITHOUT ROWID;
INSERT INTO destinations VALUES (1, 'topic:1', 1);
INSERT INTO channels VALUES (1, 1, 7, 10, 12, 3);
INSERT INTO posts VALUES (1, 11, 11, NULL, 99, 100.0, 101.5, 0), (1, 12, 12, NULL, 98, 100.0, NULL, 1);
PRAGMA user_version = 1;
"""
"""A ledger as it was before posts got an order."""


def test_a_ledger_of_the_first_layout_opens_and_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        database.executescript(_FIRST_LAYOUT)
    known = [
        PublishedMessage(11, 11, None, 99, 100.0, 101.5),
        PublishedMessage(12, 12, None, 98, 100.0, None, is_deleted=True),
    ]
    new = PublishedMessage(13, 13, None, 97, 200.0, None, seen_at=201.5)
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.progress(7) == ChannelProgress(started_at=10, frontier=12, backfilled=3)
        assert ledger.rows(7, 1, 99) == known
        assert ledger.order.start_us == 0
        ledger.apply([LedgerUpdate(7, rows=(new,), frontier=13)])
        ledger.order.reserve(5)
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.rows(7, 1, 99) == [*known, new]
        assert ledger.order.start_us == 6


def test_a_ledger_of_a_newer_layout_is_left_alone(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1") as ledger, ledger._file.writing() as database:
        database.execute("PRAGMA user_version = 4")
    with pytest.raises(StateError, match=r"written by a newer tgwire \(layout 4\)"):
        Ledger(tmp_path, "topic:1")


def test_an_order_is_written_ahead_once_for_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        commits: list[int] = []
        monkeypatch.setattr(ledger._file, "commit", lambda: commits.append(1))
        for order in (5, 6, RESERVE_US + 4, RESERVE_US + 5, RESERVE_US + 6):
            ledger.order.reserve(order)
        assert len(commits) == 2
        monkeypatch.undo()


def test_orders_begin_above_those_that_others_have_used(tmp_path: Path) -> None:
    with Ledger(tmp_path, "topic:1") as ledger:
        ledger.order.raise_above(99)
        ledger.order.raise_above(50)
        assert ledger.order.start_us == 100
