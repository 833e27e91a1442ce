"""A ``tgwire`` that kills itself: ``python -m tests.chaos.embedded.killed stored 40 replay ...``.

It does so right behind the write that brings the store in its folder of state to so many posts, or the cursors. Whoever
looks from outside, and kills then, may find the process at its end on a busy machine.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from ingest.replay import engine
from ingest.replay.cursors import FILE_NAME, Cursors
from sinks.store.embedded.store import EmbeddedStore
from tgwire.cli import main

STORE = "tgwire.db"
MOST_IN_FLIGHT = 30


def stored(folder: Path) -> int:
    """Posts in the store."""
    return count(folder / STORE, "SELECT count(*) FROM posts")


def acknowledged(folder: Path) -> int:
    """Posts that the cursors hold as read."""
    return count(folder / FILE_NAME, "SELECT coalesce(sum(published), 0) FROM cursors")


def count(path: Path, query: str) -> int:
    """A number of a database, 0 while it is not there."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute(query).fetchone()[0])
        except sqlite3.OperationalError:  # it is being made
            return 0


WRITES: dict[str, tuple[type, str, Callable[[Path], int]]] = {
    "stored": (EmbeddedStore, "write", stored),
    "acknowledged": (Cursors, "commit", acknowledged),
}


def kill_behind(what: str, number: int) -> None:
    """Let this process end as a power cut would end it."""
    owner, method, there = WRITES[what]
    write: Any = getattr(owner, method)
    folder = Path(os.environ["TGWIRE_INGEST__STATE_DIR"])

    def write_and_end(*arguments: Any) -> Any:
        result = write(*arguments)
        if there(folder) >= number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, write_and_end)
    # Else all is read before much is stored, and the cursors are written once, at the end.
    os.environ["TGWIRE_INGEST__MAX_IN_FLIGHT"] = str(MOST_IN_FLIGHT)
    engine._COMMIT_INTERVAL_S = 0.0


if __name__ == "__main__":
    kill_behind(sys.argv.pop(1), int(sys.argv.pop(1)))
    main()
