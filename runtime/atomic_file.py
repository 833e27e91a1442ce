"""Atomic replacement of files: readers find the old content or the new one, also after a loss of power."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

_NEW_FILE = 0o644


def replace_file(path: Path, content: bytes, new_mode: int = _NEW_FILE) -> None:
    """Put content in place of a file, which keeps its rights, or make it; on the disk before this returns.

    ``new_mode``: the rights of a file that was not there.

    OSError leaves the old file as it was, and no draft.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".new", delete=False) as file:
        draft = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), path.stat().st_mode & 0o777 if path.exists() else new_mode)
            put_in_place(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def put_in_place(draft: Path, path: Path) -> None:
    """Give a draft, a closed file or a folder, the name of what it replaces; on the disk before this returns.

    Both have to be on one file system, best in one folder.
    """
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Bring the content of a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
