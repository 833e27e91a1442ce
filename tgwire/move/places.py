"""Ledger and cursors know a cluster from now on as the place of what they have in a store."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ingest.ledger.high_water import HighWaterFile
from tgwire.backup.parts import BackupPart, changing

_DROP: Final = (
    "DELETE FROM posts WHERE key IN (SELECT key FROM channels WHERE destination = ?)",
    "DELETE FROM absences WHERE key IN (SELECT key FROM channels WHERE destination = ?)",
    "DELETE FROM revisits WHERE key IN (SELECT key FROM channels WHERE destination = ?)",
    "DELETE FROM channels WHERE destination = ?",
    "DELETE FROM versions WHERE destination = ?",
    "DELETE FROM channel_states WHERE destination = ?",
    "DELETE FROM destinations WHERE id = ?",
)
"""What a ledger has of a destination."""


def hand_over(parts: Sequence[BackupPart], state_dir: Path, renamed: Mapping[str, str]) -> None:
    """Give destinations other names, which is repeated without harm. Nobody else uses the files.

    What was known of a topic of the new name is dropped: the topic was empty. Raises BackupError and StateError.
    """
    changes = {"cursors": _rename_in_cursors, "ledger": _rename_in_ledger}
    for part in parts:
        if part.name in changes and part.path.exists():
            with changing(part.path) as database:
                for old, new in renamed.items():
                    changes[part.name](database, old, new)
    marks = HighWaterFile(state_dir)
    found = [old for old in renamed if old in marks.destinations]
    for old in found:
        marks.forget(renamed[old])
        marks.hand_over(old, renamed[old])
    if found:
        marks.write()


def _rename_in_cursors(cursors: sqlite3.Connection, old: str, new: str) -> None:
    cursors.execute("UPDATE OR REPLACE cursors SET destination = ? WHERE destination = ?", (new, old))


def _rename_in_ledger(ledger: sqlite3.Connection, old: str, new: str) -> None:
    known = dict(ledger.execute("SELECT name, id FROM destinations WHERE name IN (?, ?)", (old, new)).fetchall())
    if old not in known:
        return
    for statement in _DROP if new in known else ():
        ledger.execute(statement, (known[new],))
    ledger.execute("UPDATE destinations SET name = ? WHERE name = ?", (new, old))
