"""When a deleted post was last seen: the begin of the time within which it was deleted."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ingest.ledger.ledger import FILE_NAME, Ledger
from ingest.ledger.records import LedgerUpdate, PublishedMessage
from schemas import RawPost
from tests.support.collector_sim.bench import Bench, pause
from tests.support.collector_sim.virtual_time import EPOCH, run_virtual


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def deletions(bench: Bench) -> list[tuple[int, float | None, float]]:
    """Of each tombstone: the message, when it was last seen and when it was found to be gone, in seconds."""

    def seconds(post: RawPost) -> tuple[int, float | None, float]:
        assert post.collected_at is not None
        seen = None if post.last_seen_at is None else (post.last_seen_at - EPOCH).total_seconds()
        return post.message_id, seen, (post.collected_at - EPOCH).total_seconds()

    return [seconds(post) for post in bench.posts if post.is_deleted]


def test_a_deletion_that_is_pushed_has_the_time_of_the_last_sweep(bench: Bench) -> None:
    """Tier normal is swept each 60 s, from 0 s on."""

    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(150)
            room.delete(1)
            collector.deleted(1, [1])
            await pause(1)

    run_virtual(work())
    ((message_id, seen, gone),) = deletions(bench)
    assert message_id == 1
    assert seen == pytest.approx(120.1, abs=0.5)
    assert gone == pytest.approx(155, abs=0.5)


def test_a_deletion_that_a_sweep_finds_lies_between_two_sweeps(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            bench.world.push(collector, room.post(5))
            await pause(150)
            room.delete(1)
            await pause(60)
            room.delete(2)
            await pause(60)

    run_virtual(work())
    found = deletions(bench)
    assert [message_id for message_id, _, _ in found] == [1, 2]
    assert [seen for _, seen, _ in found] == pytest.approx([120.1, 180.2], abs=0.5)
    assert [gone for _, _, gone in found] == pytest.approx([180.3, 240.4], abs=0.5)


def test_an_old_post_was_last_seen_at_its_recheck(bench: Bench) -> None:
    """Read again at the ages of 1 h and 6 h, it is deleted in between."""

    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            for _ in range(200):  # beyond what a sweep looks at
                bench.world.push(collector, room.post(6))
            await pause(3 * 3600)
            room.delete(1)
            await pause(4 * 3600)

    run_virtual(work())
    ((message_id, seen, gone),) = deletions(bench)
    assert message_id == 1
    assert seen is not None
    assert 3600 <= seen <= 1.3 * 3600
    assert 6 * 3600 <= gone <= 6.3 * 3600


def test_a_post_that_left_the_newest_page_was_last_seen_there_also_after_a_restart(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(130)
            for _ in range(200):
                bench.world.push(collector, room.post(135))
            await pause(120)
        async with bench.collecting() as collector:
            await pause(5)
            room.delete(1)
            collector.deleted(1, [1])
            await pause(5)

    run_virtual(work())
    ((_, seen, _),) = deletions(bench)
    assert seen == pytest.approx(120.1, abs=0.5)


def test_an_edited_post_was_last_seen_when_its_last_text_was(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(20)
            collector.edited(1, room.edit(1, 25).as_post(1))
            await pause(1)
            room.delete(1)
            collector.deleted(1, [1])
            await pause(1)

    run_virtual(work())
    ((_, seen, gone),) = deletions(bench)
    assert (seen, gone) == pytest.approx((25, 26), abs=0.1)


def test_an_album_was_last_seen_when_any_part_of_it_was(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(2):
                bench.world.push(collector, room.post(5, album_id=7))
            await pause(60)
            room.delete(1)
            collector.deleted(1, [1])
            await pause(10)
            room.delete(2)
            collector.deleted(1, [2])
            await pause(10)

    run_virtual(work())
    ((message_id, seen, gone),) = deletions(bench)
    assert message_id == 1
    assert seen == pytest.approx(65.1, abs=0.3), "when the rest of it was read, and published"
    assert gone == pytest.approx(75.1, abs=0.3)


def test_nothing_is_known_of_a_post_whose_row_is_forgotten(bench: Bench) -> None:
    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            bench.world.push(collector, room.post(5))
            await pause(5)
        with bench.open_ledger() as ledger, ledger._file.writing() as database:
            database.execute("DELETE FROM posts")
        room.delete(1)
        async with bench.collecting() as collector:
            await pause(5)
            collector.deleted(1, [1])
            await pause(5)

    run_virtual(work())
    assert [(message_id, seen) for message_id, seen, _ in deletions(bench)] == [(1, None)]


def test_a_recheck_writes_each_row_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    apply = Ledger.apply

    def counting(ledger: Ledger, updates: list[LedgerUpdate]) -> None:
        written.extend(row.id for update in updates for row in update.rows)
        apply(ledger, updates)

    async def work() -> None:
        room = bench.world[1]
        async with bench.collecting() as collector:
            await pause(5)
            for _ in range(3):
                bench.world.push(collector, room.post(5))
            await pause(3590)  # 60 sweeps
            assert sorted(written) == [1, 2, 3], "sweeps that find nothing new write nothing"
            await pause(1200)
            assert sorted(written) == [1, 1, 2, 2, 3, 3]

    monkeypatch.setattr(Ledger, "apply", counting)
    run_virtual(work())


_SECOND_LAYOUT = """
CREATE TABLE destinations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, is_clean INTEGER NOT NULL) STRICT;
CREATE TABLE channels (
    key INTEGER PRIMARY KEY, destination INTEGER NOT NULL, channel INTEGER NOT NULL, started_at INTEGER NOT NULL,
    frontier INTEGER NOT NULL, backfilled INTEGER NOT NULL, UNIQUE (destination, channel)
) STRICT;
CREATE TABLE posts (
    key INTEGER NOT NULL, id INTEGER NOT NULL, anchor INTEGER NOT NULL, album INTEGER, digest INTEGER,
    posted_at REAL NOT NULL, edited_at REAL, is_deleted INTEGER NOT NULL, seen_at REAL, PRIMARY KEY (key, id)
) STRICT, WITHOUT ROWID;
INSERT INTO destinations VALUES (1, 'topic:1', 1);
INSERT INTO channels VALUES (1, 1, 7, 10, 12, 3);
INSERT INTO posts VALUES (1, 11, 11, NULL, 99, 100.0, 101.5, 0, 105.5), (1, 12, 12, NULL, 98, 100.0, NULL, 1, NULL);
PRAGMA user_version = 2;
"""
"""A ledger as it was before it kept when a message was last seen."""


def test_a_ledger_of_the_layout_before_opens_and_knows_what_it_knew(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        database.executescript(_SECOND_LAYOUT)
    known = [
        PublishedMessage(11, 11, None, 99, 100.0, 101.5, seen_at=105.5),
        PublishedMessage(12, 12, None, 98, 100.0, None, is_deleted=True),
    ]
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.rows(7, 1, 99) == known
        ledger.apply([LedgerUpdate(7, rows=(known[0]._replace(last_seen_at=222.25),))])
    with Ledger(tmp_path, "topic:1") as ledger:
        assert ledger.rows(7, 1, 99) == [known[0]._replace(last_seen_at=222.25), known[1]]
