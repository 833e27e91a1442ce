"""A lock that one process at a time holds, on a file of its own or a folder. The kernel frees it with the process."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from runtime.private_files import PRIVATE_FILE

_PID_BYTES = 20


class LockHeldError(BlockingIOError):
    """Another process holds the lock."""

    def __init__(self, path: Path, holder: int | None) -> None:
        super().__init__(errno.EWOULDBLOCK, "is locked", str(path))
        self.holder = holder
        """Process id of the holder, if the file has it."""

    @property
    def pid(self) -> str:
        """To follow "another process": `` (pid 4711)``, or nothing."""
        return "" if self.holder is None else f" (pid {self.holder})"


class FileLock:
    """Held from the start until ``close``, with the id of this process in the file."""

    def __init__(self, path: Path) -> None:
        """Makes the file, which stays: removing it would let two processes lock two files. A folder is there already,
        and has no id.

        Raises LockHeldError, and OSError where the file cannot be made or the file system knows no locks.
        """
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_CREAT | os.O_RDWR, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise LockHeldError(path, holder) from error
        except BaseException:
            os.close(descriptor)
            raise
        with suppress(OSError):  # a full disk, or a folder: the lock is held all the same
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, b"%d" % os.getpid(), 0)
        self._descriptor: int | None = descriptor

    def close(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            with suppress(OSError):  # nobody asks who has held it
                os.truncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _holder(descriptor: int) -> int | None:
    try:
        content = os.pread(descriptor, _PID_BYTES, 0).decode(errors="replace").strip()
    except IsADirectoryError:
        return None
    return int(content) if content.isdecimal() else None


def lock_of(path: Path) -> Path:
    """The file by which a database's owner is the only one: SQLite's own locks let others read beside it."""
    return path.with_name(f"{path.name}.lock")
