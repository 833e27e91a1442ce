"""Restoring a backup: it is checked as a whole first, then each database replaces the existing one."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from runtime.atomic_file import put_in_place
from runtime.private_files import make_private_file
from runtime.unfinished_work import MOVE, RESTORE, end, note, noted, refuse_unfinished
from tgwire.backup.epoch import make_new_epoch
from tgwire.backup.manifest import BackupFile, BackupManifest
from tgwire.backup.parts import BackupPart, OnBytes, owned
from tgwire.errors import BackupError, OutputExistsError

_CHUNK: Final = 1 << 20
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, and would take for that of another one."""

Write = Callable[[bytes], object]


def check_backup(folder: Path, manifest: BackupManifest, parts: Sequence[BackupPart], progress: OnBytes) -> None:
    """BackupError unless every file of a backup is what the manifest has, and of a version that is known here."""
    for part, file in _paired(manifest, parts):
        part.check_layout(file.layout, folder / file.name)
        _read(folder / file.name, file, progress, lambda _: None)


def restore_backup(
    folder: Path, manifest: BackupManifest, parts: Sequence[BackupPart], progress: OnBytes, *, is_forced: bool = False
) -> None:
    """Put a backup in place of the databases that are there; nothing is touched before all of it is checked.

    ``is_forced``: also where there are some; those that the backup does not have are taken away. The ledger goes
    first, so that it is never ahead of the store, and is noted to be an older copy: the collector looks again at what
    it knows. One that is interrupted leaves a note, by which nothing starts until it is run again.

    Raises BackupError, OutputExistsError, StateLockedError and OSError.
    """
    paired = list(_paired(manifest, parts))
    for part, file in paired:
        part.check_layout(file.layout, folder / file.name)
    state_dir = parts[0].path.parent
    refuse_unfinished(state_dir, MOVE)
    there = [part for part in parts if part.path.exists()]
    if there and not is_forced and noted(state_dir, RESTORE) != str(folder.absolute()):
        names = ", ".join(str(part.path) for part in there)
        raise OutputExistsError(f"there is state already: {names}. --force puts the backup in its place.")
    with ExitStack() as stack:
        for part in parts:
            stack.enter_context(owned(part))
        drafts = [(part, stack.enter_context(_staged(folder, part, file, progress))) for part, file in paired]
        marks = make_new_epoch({part.name: draft for part, draft in drafts}, state_dir)
        note(state_dir, RESTORE, str(folder.absolute()))
        marks.write()
        for part, draft in drafts:
            _remove(part.path, *_BESIDE)
            put_in_place(draft, part.path)
        restored = {part.name for part, _ in drafts}
        for part in there:
            if part.name not in restored:
                _remove(part.path, "", *_BESIDE)
        end(state_dir, RESTORE)


def _paired(manifest: BackupManifest, parts: Sequence[BackupPart]) -> Iterator[tuple[BackupPart, BackupFile]]:
    """The files of a backup with their places, in the order of the places."""
    files = {file.part: file for file in manifest.files}
    yield from ((part, files[part.name]) for part in parts if part.name in files)
    homeless = files.keys() - {part.name for part in parts}
    if homeless:
        raise BackupError(
            "the backup holds a store of SQLite, but store.url names another database: set store.url to a file, and "
            "copy it there with `tgwire store copy`"
        )


@contextmanager
def _staged(folder: Path, part: BackupPart, file: BackupFile, progress: OnBytes) -> Iterator[Path]:
    """A copy beside its place, checked and on the disk; gone at the end unless it was renamed."""
    with NamedTemporaryFile(dir=part.path.parent, prefix=f".{part.path.name}.restore-", delete=False) as draft:
        path = Path(draft.name)
        try:
            _read(folder / file.name, file, progress, draft.write)
            draft.flush()
            os.fsync(draft.fileno())
            make_private_file(path)
            yield path
        finally:
            path.unlink(missing_ok=True)


def _read(path: Path, file: BackupFile, progress: OnBytes, write: Write) -> None:
    """Read a file of a backup; BackupError unless it is what the manifest has."""
    found, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                found.update(chunk)
                size += len(chunk)
                write(chunk)
                progress(file.part, len(chunk))
    except FileNotFoundError as error:
        raise BackupError(f"{path}: is missing: the backup is incomplete. Restore another one.") from error
    if (size, found.hexdigest()) != (file.size, file.sha256):
        raise BackupError(f"{path}: is not what was backed up (its checksum differs). Restore another backup.")


def _remove(path: Path, *endings: str) -> None:
    for ending in endings:
        path.with_name(path.name + ending).unlink(missing_ok=True)
