"""The worker's folder of local state, kept to one process: two would write the same files of the index."""

from pathlib import Path

from processors.errors import DataDirError
from runtime.file_lock import FileLock, LockHeldError

LOCK_NAME = "lock"


def lock_data_dir(data_dir: Path) -> FileLock:
    """Make the folder and keep other workers out of it until the process ends, or the lock is closed.

    Raises DataDirError when another worker has it, or when it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return FileLock(data_dir / LOCK_NAME)
    except LockHeldError as error:
        raise DataDirError(
            f"worker.data_dir {data_dir} is in use by another worker{error.pid}: give each its own"
        ) from None
    except OSError as error:
        raise DataDirError(f"worker.data_dir {data_dir} cannot be used: {error.strerror}") from error
