"""Notes in the state folder of an unfinished restore or move: until its end ledger and store do not match."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from runtime.atomic_file import replace_file, sync
from runtime.errors import StateError
from runtime.private_files import PRIVATE_FILE

RESTORE: Final = "restore.unfinished"
"""Holds the path of the backup."""
MOVE: Final = "move.unfinished"
"""Holds how far a move to Kafka is, as JSON."""
_REFUSALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        RESTORE: "a restore of {detail} has not come to its end, so that ledger and store may not fit each other. Run "
        "the same restore again.",
        MOVE: "a move to Kafka has not come to its end. Run `tgwire move --to-kafka` again, or give it up with `tgwire "
        "move --cancel`.",
    }
)


def note(state_dir: Path, name: str, detail: str) -> None:
    """Write a note, or replace it; durable, before the first change."""
    state_dir.mkdir(parents=True, exist_ok=True)
    replace_file(state_dir / name, detail.encode(), PRIVATE_FILE)


def end(state_dir: Path, name: str) -> None:
    """Take a note away, after the last change."""
    (state_dir / name).unlink()
    sync(state_dir)


def noted(state_dir: Path, name: str) -> str | None:
    """The text of a note of unfinished work; None when there is none."""
    try:
        return (state_dir / name).read_text(errors="replace")
    except FileNotFoundError:
        return None


def refuse_unfinished(state_dir: Path, *names: str) -> None:
    """StateError while work has not come to its end: any, or one of these names."""
    for name in names or tuple(_REFUSALS):
        if (detail := noted(state_dir, name)) is not None:
            raise StateError(f"{state_dir / name}: {_REFUSALS[name].format(detail=detail)}")
