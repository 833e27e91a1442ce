"""What all commands share: options that may come before the command or after it, and the layout of their help."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Any, ClassVar

from tgwire.cli.options.help_texts import laid_out
from tgwire.cli.options.lazy_commands import LazyCommands
from tgwire.cli.options.usage_errors import CommandGroup
from tgwire.cli.output.console import complain

SHARED = ("config", "verbose", "quiet", "no_progress")
"""Parameters of the program itself that every command takes as well."""


class Root(CommandGroup):
    """The program: gives its shared options to all commands below it."""

    modules: ClassVar[Mapping[str, str]] = {}
    """Of each command, in the order of the help."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(*args, **kwargs)
        shared = [parameter for parameter in self.params if parameter.name in SHARED]
        self.commands: Any = LazyCommands(self.modules, partial(_prepare, shared=shared))

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - of typer's private copy of click
        """See typer."""
        with _reported_interruption():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """See typer."""
        with _reported_interruption():
            return super().invoke(ctx)


@contextmanager
def _reported_interruption() -> Iterator[None]:
    """Typer ends the process without a word when it is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        complain("interrupted")
        raise


def _prepare(command: Any, shared: Iterable[Any]) -> None:  # noqa: ANN401 - typer does not publish the class
    command.help = laid_out(command.help or "")
    command.params.extend(_after_the_command(parameter) for parameter in shared)
    for each in getattr(command, "commands", {}).values():
        _prepare(each, shared)


def _after_the_command(parameter: Any) -> Any:  # noqa: ANN401 - typer does not publish the class
    """The same option, which changes what the program has been given instead of being passed to the command."""
    option = copy(parameter)
    option.expose_value, option.callback = False, _take
    option.rich_help_panel = "Options of all commands"
    return option


def _take(ctx: Any, parameter: Any, value: object) -> None:  # noqa: ANN401 - typer does not publish the classes
    if value and ctx.obj is not None:
        ctx.obj.take(parameter.name, value)
