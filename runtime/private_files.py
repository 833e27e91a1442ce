"""Files and folders that only their owner can read."""

import os
from pathlib import Path

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def make_private_folder(path: Path) -> None:
    """Create a folder for its owner alone, and close one that others could look into."""
    path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    path.chmod(PRIVATE_FOLDER)


def make_private_file(path: Path) -> None:
    """Create a file for its owner alone, before a library opens it; take others' rights from one that is there.

    A file that is there is not opened: closing it again would end the locks that this process has on it (POSIX).
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    except FileExistsError:
        if path.is_file():
            path.chmod(PRIVATE_FILE)
