"""A lock that one process at a time holds, on a file of its own or a folder. The kernel frees it with the process."""

import fcntl
import os
from pathlib import Path

from runtime.private_files import PRIVATE_FILE


class FileLock:
    """Held from the start until ``close``."""

    def __init__(self, path: Path) -> None:
        """Makes the file, which stays, unless it is a folder.

        Raises BlockingIOError where somebody else holds it, OSError otherwise.
        """
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_CREAT | os.O_RDWR, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor: int | None = descriptor

    def close(self) -> None:
        """Let go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def lock_of(path: Path) -> Path:
    """The file by which a database's owner is the only one: SQLite's own locks let others read beside it."""
    return path.with_name(f"{path.name}.lock")
