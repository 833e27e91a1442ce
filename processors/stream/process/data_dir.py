"""The worker's folder of local state, kept to one process: two would write the same files of the index."""

import fcntl
import os
from pathlib import Path

from processors.errors import DataDirError

LOCK_NAME = "lock"


def lock_data_dir(data_dir: Path) -> int:
    """Make the folder and keep other workers out of it until the process ends, or the descriptor is closed.

    Raises DataDirError when another worker has it, or when it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / LOCK_NAME, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace")
            os.close(descriptor)
            raise DataDirError(
                f"worker.data_dir {data_dir} is in use by another worker (pid {holder}): give each its own"
            ) from None
    except OSError as error:
        raise DataDirError(f"worker.data_dir {data_dir} cannot be used: {error.strerror}") from error
    return descriptor
