"""``tgwire init``: a file of settings to begin with."""

import os
from pathlib import Path
from typing import Annotated

import typer

from runtime.settings.example_file import settings_template
from runtime.settings.places import CONFIG_NAME, user_config_file
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import complain, remark


def init(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="File to write.", show_default=f"{CONFIG_NAME} in this folder")
    ] = None,
    user: Annotated[
        bool, typer.Option("--user", help="Write it to your configuration folder, so that it applies everywhere.")
    ] = False,
) -> None:
    """Write a file of settings with every setting explained and commented out. An existing file is not changed.

    Examples: tgwire init; tgwire init --user
    """
    if user and file is not None:
        raise typer.BadParameter("give a file or --user, not both")
    context: Context = ctx.obj
    path = file or (user_config_file() if user else Path(CONFIG_NAME))
    before = context.config_file
    if path.is_dir():
        path /= CONFIG_NAME
    try:
        _write(path)
    except FileExistsError:
        complain(f"{path}: exists already and was not changed")
        raise typer.Exit(Exit.INCOMPLETE) from None
    remark(f"{path.absolute()} written; `tgwire check` shows what else is needed")
    after = context.config_file
    if after is not None and after.path.absolute() != path.absolute():
        remark(f"It is not the file that is used here: that is {after.path.absolute()} ({after.reason})")
    elif before is not None and before.path.absolute() != path.absolute():
        remark(f"In this folder it is used instead of {before.path.absolute()} from now on")


def _write(path: Path) -> None:
    """For its owner alone, as it may come to hold a password; FileExistsError when it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as text:
        text.write(settings_template())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)
