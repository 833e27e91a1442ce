"""A lock on a folder: one process at a time writes there. The kernel frees it when the process is gone."""

import fcntl
import os
from pathlib import Path

from sinks.errors import SinkLockedError
from sinks.offsets_file import place_errors

LOCK = ".lock"


class PlaceLock:
    """Held until ``close``."""

    def __init__(self, folder: Path) -> None:
        """Raises SinkLockedError, SinkPlaceError."""
        with place_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise SinkLockedError(
                f"{folder}: another process writes there, which may be frozen. End it, or give this one a folder of "
                "its own"
            ) from error
        except OSError as error:
            os.close(self._descriptor)
            with place_errors(folder):
                raise error

    def close(self) -> None:
        """Let go."""
        os.close(self._descriptor)
