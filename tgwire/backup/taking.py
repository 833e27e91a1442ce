"""Taking a backup: a consistent copy of each database, while its owner goes on writing."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Final
from urllib.parse import quote

from runtime.atomic_file import put_in_place
from runtime.private_files import make_private_file
from tgwire.backup.manifest import BackupFile, BackupManifest, write_manifest
from tgwire.backup.parts import BackupPart, OnBytes, faults_in_words
from tgwire.buildinfo import VERSION
from tgwire.errors import BackupError, OutputExistsError

_PAGES: Final = 1024
"""Copied between two reports of progress."""
_CHUNK: Final = 1 << 20
_BUSY_TIMEOUT_S: Final = 5.0

"""Called with what is copied, and how many bytes more."""


def take_backup(
    parts: Sequence[BackupPart], destination: Path, progress: OnBytes, *, postgres: str | None = None
) -> BackupManifest:
    """Copy what is there into a new folder, which has its name only when it is whole and on the disk.

    The order of ``parts`` is kept: a ledger that is copied before the store is never ahead of it. Raises BackupError,
    OutputExistsError and OSError; nothing is left behind then.
    """
    present = [part for part in parts if part.path.exists()]
    if not present:
        looked = ", ".join(str(part.path) for part in parts)
        raise BackupError(f"there is nothing to back up: none of {looked} exists")
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise OutputExistsError(f"{destination}: exists already and is not empty. Name a new folder.")
    with _draft_of(destination) as draft:
        files = [_copy(part, draft / part.file, progress) for part in present]
        manifest = BackupManifest(tgwire=VERSION, made_at=datetime.now(UTC), files=files, postgres=postgres)
        write_manifest(draft, manifest)
        put_in_place(draft, destination)
    return manifest


@contextmanager
def _draft_of(destination: Path) -> Iterator[Path]:
    """A folder beside the destination, which is gone at the end unless it was renamed."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{destination.name}.partial-", dir=destination.parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(part: BackupPart, target: Path, progress: OnBytes) -> BackupFile:
    make_private_file(target)
    with faults_in_words(part.path):
        layout = _copy_database(part, target, progress)
    return BackupFile(part=part.name, name=target.name, layout=layout, size=target.stat().st_size, sha256=_sum(target))


def _copy_database(part: BackupPart, target: Path, progress: OnBytes) -> int:
    """Copy all pages of one moment; the version of the tables."""
    address = f"file:{quote(str(part.path.absolute()))}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        # A transaction that stays open: without it each write beside us would begin the copy again.
        source.execute("BEGIN")
        (layout,) = source.execute("PRAGMA user_version").fetchone()
        part.check_layout(layout, part.path)
        (page_size,) = source.execute("PRAGMA page_size").fetchone()
        copy.execute("PRAGMA locking_mode = EXCLUSIVE")
        copy.execute("PRAGMA synchronous = OFF")  # the whole is synced at the end
        done = 0

        def advance(_status: int, remaining: int, total: int) -> None:
            nonlocal done
            progress(part.name, (total - remaining - done) * page_size)
            done = total - remaining

        source.backup(copy, pages=_PAGES, progress=advance)
        # One plain file, which can be read from a medium that cannot be written.
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    return int(layout)


def _sum(path: Path) -> str:
    """SHA-256 of a file, which is on the disk from here on."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
        os.fsync(file.fileno())
    return found.hexdigest()
