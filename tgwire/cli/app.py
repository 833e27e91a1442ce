"""The commands put together, and errors turned into exit codes."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tgwire.cli import (
    broker,
    channels,
    check,
    clusters,
    collect,
    dead_letters,
    demo,
    language_prior,
    login,
    media,
    parse,
    replay,
    schema,
    topics,
    worker,
)
from tgwire.cli.context import Context
from tgwire.cli.exits import EPILOG
from tgwire.cli.failures import exit_code, explain, show_traceback
from tgwire.cli.terminal import survive_any_encoding
from tgwire.cli.usage import Group

app = typer.Typer(
    name="tgwire",
    cls=Group,
    help="Streaming ingestion for Telegram-style channels: nothing lost, nothing made up.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from tgwire.buildinfo import VERSION

        typer.echo(f"tgwire {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="TOML file. Default: $TGWIRE_CONFIG, else ./tgwire.toml if it is there."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log at debug level.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that all commands share."""
    ctx.obj = Context(config, verbose)


for module in (demo, login, collect, replay, worker, parse, clusters, language_prior, check, schema):
    module.register(app)
for group, name in (
    (topics.app, "topics"),
    (channels.app, "channels"),
    (media.app, "media"),
    (dead_letters.app, "dead-letters"),
):
    app.add_typer(group, name=name)
broker.register(app)


def run() -> None:
    """Run the command that the process was started with."""
    survive_any_encoding(sys.stdout, sys.stderr)
    try:
        app(prog_name="tgwire")
    except Exception as error:  # noqa: BLE001 - shown whole, and the process ends
        code = exit_code(error)
        if code is None:
            show_traceback(error)
            sys.exit(1)
        explain(error)
        sys.exit(code)
