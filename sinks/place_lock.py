"""A lock on a folder: one process at a time writes there. The kernel frees it when the process is gone."""

from pathlib import Path

from runtime.file_lock import FileLock, LockHeldError
from sinks.errors import SinkLockedError
from sinks.offsets_file import place_errors

LOCK = ".lock"


class PlaceLock:
    """The lock of the one process that writes to a folder; held until ``close``."""

    def __init__(self, folder: Path) -> None:
        """Raises SinkLockedError, SinkPlaceError."""
        with place_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._lock = FileLock(folder / LOCK)
            except LockHeldError as error:
                raise SinkLockedError(
                    f"{folder}: another process{error.pid} writes there, which may be frozen. End it, or give this one "
                    "a folder of its own"
                ) from error

    def close(self) -> None:
        """Release the folder."""
        self._lock.close()
