"""The tables of the ledger, and the statements on them that are more than a line of one method."""

import sqlite3
from collections.abc import Iterable, Iterator

from ingest.ledger.order_clock import ORDER_LIMIT
from ingest.ledger.published_states import LAYOUT as PUBLISHED_STATES
from ingest.ledger.records import LedgerUpdate
from ingest.live_reader import AbsenceReason

LAYOUT_VERSION = 3
UPGRADES = {
    1: ("ALTER TABLE posts ADD COLUMN seen_at REAL",),
    2: ("ALTER TABLE posts ADD COLUMN last_seen_at REAL",),
}
LAYOUT = (
    """CREATE TABLE IF NOT EXISTS destinations (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, is_clean INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS channels (
        key INTEGER PRIMARY KEY, destination INTEGER NOT NULL, channel INTEGER NOT NULL, started_at INTEGER NOT NULL,
        frontier INTEGER NOT NULL, backfilled INTEGER NOT NULL, UNIQUE (destination, channel)
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS posts (
        key INTEGER NOT NULL, id INTEGER NOT NULL, anchor INTEGER NOT NULL, album INTEGER, digest INTEGER,
        posted_at REAL NOT NULL, edited_at REAL, is_deleted INTEGER NOT NULL, seen_at REAL,
        last_seen_at REAL, PRIMARY KEY (key, id)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS absences (
        key INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (key, first)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS revisits (
        key INTEGER NOT NULL, id INTEGER NOT NULL, due REAL NOT NULL, stamp INTEGER NOT NULL,
        is_deletion INTEGER NOT NULL, PRIMARY KEY (key, id)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS revisits_by_due ON revisits (due)",
    "CREATE TABLE IF NOT EXISTS versions (destination INTEGER PRIMARY KEY, number INTEGER NOT NULL, at REAL) STRICT",
    ORDER_LIMIT,
    PUBLISHED_STATES,
)
SELECT_ROWS = """
SELECT id, anchor, album, digest, posted_at, edited_at, is_deleted, seen_at, last_seen_at FROM posts WHERE key = ?
"""
UNPLANNED = """AND posted_at > ? AND is_deleted = 0
    AND NOT EXISTS (SELECT 1 FROM revisits WHERE revisits.key = posts.key AND revisits.id = posts.anchor)
"""
ORDER_REFETCH = """
INSERT INTO revisits VALUES (?, ?, ?, ?, ?) ON CONFLICT (key, id) DO UPDATE SET
    due = min(due, excluded.due), stamp = excluded.stamp, is_deletion = max(is_deletion, excluded.is_deletion)
"""
REFETCH_ALL = """
INSERT INTO revisits SELECT posts.key, id, ?, ?, 0 FROM posts JOIN channels USING (key)
    WHERE destination = ? AND is_deleted = 0
    ON CONFLICT (key, id) DO UPDATE SET due = min(due, excluded.due), stamp = excluded.stamp
"""
NEWEST_POSTS = """
SELECT key, (SELECT posted_at FROM posts WHERE posts.key = channels.key ORDER BY id DESC LIMIT 1) FROM channels
"""
PRUNED_AT_ONCE = 5000
"""Rows that one look at a channel takes in: some milliseconds."""
PRUNE = """
DELETE FROM posts WHERE key = ?1 AND posted_at < ?2
    AND id <= coalesce((SELECT id FROM posts WHERE key = ?1 ORDER BY id LIMIT 1 OFFSET ?3), id)
"""
ADVANCE = "UPDATE channels SET frontier = max(frontier, ?), backfilled = max(backfilled, ?) WHERE key = ?"


def cut(database: sqlite3.Connection, key: int, begin: int, end: int, only: AbsenceReason | None = None) -> None:
    """Take ids out of the absences, or out of those for one reason."""
    find = "SELECT first, last, why, at FROM absences WHERE key = ? AND first <= ? AND last >= ?"
    for first, last, reason, at in database.execute(find, (key, end, begin)).fetchall():
        if only is not None and reason != only.value:
            continue
        database.execute("DELETE FROM absences WHERE key = ? AND first = ?", (key, first))
        for left, right in ((first, begin - 1), (end + 1, last)):
            if left <= right:
                database.execute("INSERT INTO absences VALUES (?, ?, ?, ?, ?)", (key, left, right, reason, at))


def advances(keyed: Iterable[tuple[int, LedgerUpdate]]) -> Iterator[tuple[int, int, int]]:
    """Parameters of ADVANCE: the highest frontier and backfilled id of each channel among updates, with its key."""
    reached: dict[int, tuple[int, int]] = {}
    for key, ledger_update in keyed:
        frontier, backfilled = reached.get(key, (0, 0))
        reached[key] = max(frontier, ledger_update.frontier or 0), max(backfilled, ledger_update.backfilled or 0)
    return ((frontier, backfilled, key) for key, (frontier, backfilled) in reached.items())
