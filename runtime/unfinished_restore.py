"""A note in the folder of state that a restore is under way: until its end ledger and store are of two times."""

from pathlib import Path
from typing import Final

from runtime.atomic_file import replace_file, sync_folder
from runtime.errors import StateError
from runtime.private_files import PRIVATE_FILE

FILE_NAME: Final = "restore.unfinished"


def note_restore(state_dir: Path, backup: Path) -> None:
    """Durable, before the first change."""
    replace_file(state_dir / FILE_NAME, str(backup.absolute()).encode(), PRIVATE_FILE)


def end_restore(state_dir: Path) -> None:
    """After the last change."""
    (state_dir / FILE_NAME).unlink()
    sync_folder(state_dir)


def unfinished_restore(state_dir: Path) -> str | None:
    """The backup whose restore has not come to its end; None when there is none."""
    try:
        return (state_dir / FILE_NAME).read_text(errors="replace")
    except FileNotFoundError:
        return None


def refuse_unfinished_restore(state_dir: Path) -> None:
    """StateError while a restore has not come to its end."""
    backup = unfinished_restore(state_dir)
    if backup is not None:
        raise StateError(
            f"{state_dir / FILE_NAME}: a restore of {backup} has not come to its end, so that ledger and store may not "
            "fit each other. Run the same restore again."
        )
