"""Words of the command line's own parser, made fit for a terminal."""

from typing import Any

from typer.core import TyperGroup
from typer.exceptions import TyperException

from tgwire.printable import one_line


class Group(TyperGroup):
    """All commands. A usage error repeats what was typed, or a file name that the shell filled in."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - of typer's private copy of click
        """See typer."""
        try:
            return super().invoke(ctx)
        except TyperException as error:
            error.message = one_line(error.message)
            raise

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """See typer."""
        try:
            return super().make_context(*arguments, **options)
        except TyperException as error:
            error.message = one_line(error.message)
            raise
