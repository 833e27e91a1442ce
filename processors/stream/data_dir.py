"""The worker's folder of local state, kept to one process: two would write the same files of the index."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processors.errors import DataDirError

LOCK_NAME = "lock"


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Make the folder and keep other workers out of it; the kernel lets go of it when the process ends.

    Raises DataDirError when another worker has it, or when it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / LOCK_NAME).open("a+")
    except OSError as error:
        raise DataDirError(f"worker.data_dir {data_dir} cannot be used: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DataDirError(
                f"worker.data_dir {data_dir} is in use by another worker (pid {file.read()}): give each its own"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
