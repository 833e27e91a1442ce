"""Moves what was committed from the log beside the file into the file, in a thread of its own.

A commit would otherwise wait for it, and what is shown live with it.
"""

import sqlite3
import threading
from pathlib import Path
from typing import Final

import structlog

_MIB: Final = 1 << 20
_EVERY_BYTES: Final = 8 * _MIB
_MOST_BYTES: Final = 96 * _MIB
"""From here the writer does it by itself, and waits for readers: the log must not grow for ever."""
_BUSY_TIMEOUT_S: Final = 5.0
_log = structlog.stdlib.get_logger(__name__)


class Checkpoints:
    """The thread, and when it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._wanted = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def after_commit(self, connection: sqlite3.Connection) -> None:
        """Look at the length of the log after a commit on ``connection``.

        What was committed stays so when the disk fails here: the next commit tries again.
        """
        try:
            length = self._log.stat().st_size
            if length > _MOST_BYTES:
                connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except FileNotFoundError:
            return
        except (OSError, sqlite3.DatabaseError) as error:
            _put_off(error)
            return
        if _EVERY_BYTES < length <= _MOST_BYTES:
            self._start()
            self._wanted.set()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="store-checkpoints", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        try:
            while True:
                self._wanted.wait()
                self._wanted.clear()
                if self._is_closed:  # looked at last: close() sets it before the event
                    break
                try:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                except sqlite3.DatabaseError as error:
                    _put_off(error)  # the disk is full or fails: the writer will see that itself, and says so
        finally:
            connection.close()

    def close(self) -> None:
        """End the thread that makes checkpoints."""
        self._is_closed = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()


def _put_off(error: OSError | sqlite3.DatabaseError) -> None:
    _log.debug("the log of the store is moved into its file later", problem=str(error))
