"""Messages of the command line's parser, escaped for a terminal."""

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from runtime.printable import one_line

_PREFIX = "Value error, "
"""How typer's parser of choices begins its reason."""
_MARKED_ID = re.compile(r"-[0-9]+")
"""A channel's id as bots see it, e.g. -1001234567890: to a parser of options it looks like one."""


class ChannelsCommand(TyperCommand):
    """A command whose arguments are channels: marked ids among them are no options, all else that looks like one is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - of typer's private copy of click
        """See typer."""
        self.make_parser(ctx).parse_args(["0" if _MARKED_ID.fullmatch(arg) else arg for arg in args])  # refuses others
        ctx.ignore_unknown_options = True
        return super().parse_args(ctx, args)


class CommandGroup(TyperGroup):
    """All commands. A usage error repeats what was typed, or a file name that the shell filled in."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - of typer's private copy of click
        """See typer."""
        try:
            return super().invoke(ctx)
        except TyperException as error:
            error.message = _plain(error.message)
            raise

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """See typer."""
        try:
            return super().make_context(*arguments, **options)
        except TyperException as error:
            error.message = _plain(error.message)
            raise


def _plain(message: str) -> str:
    return one_line(message.removeprefix(_PREFIX))
