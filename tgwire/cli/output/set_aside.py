"""Posts that a store could not keep, at the end of a command."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from schemas.plurals import counted
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import complain

if TYPE_CHECKING:
    from tgwire.embedded.dead_letter_file import DeadLetterFile


def complain_of_set_aside(count: int, path: Path) -> None:
    """Name their number and the file that lists them."""
    complain(f"{counted(count, 'post')} could not be kept; listed in {path}")


def end_with(letters: "DeadLetterFile") -> None:
    """Name what was set aside, and end the command with ``Exit.INCOMPLETE``; without any, do nothing."""
    if letters.written:
        complain_of_set_aside(letters.written, letters.path)
        raise typer.Exit(Exit.INCOMPLETE)
