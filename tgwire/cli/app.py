"""The commands put together, and errors turned into exit codes."""

import sys
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from tgwire.cli.context import Context
from tgwire.cli.exit_codes import EPILOG
from tgwire.cli.failures import exit_code, explain, show_traceback
from tgwire.cli.interruption import end_in_order
from tgwire.cli.options.shared_options import Root
from tgwire.cli.output.terminal import survive_any_encoding


class Program(Root):
    """tgwire, with all its commands. Each loads what it needs, when it is requested."""

    modules: ClassVar = {
        "up": "tgwire.cli.commands.up",
        "demo": "tgwire.cli.commands.demo",
        "init": "tgwire.cli.commands.init",
        "login": "tgwire.cli.commands.login",
        "collect": "tgwire.cli.commands.collect",
        "replay": "tgwire.cli.commands.replay",
        "inspect": "tgwire.cli.commands.inspect",
        "worker": "tgwire.cli.commands.worker",
        "sink": "tgwire.cli.commands.sink",
        "parse": "tgwire.cli.commands.parse",
        "clusters": "tgwire.cli.commands.clusters",
        "search": "tgwire.cli.commands.search",
        "tail": "tgwire.cli.commands.tail",
        "export": "tgwire.cli.commands.export",
        "sql": "tgwire.cli.commands.sql",
        "serve": "tgwire.cli.commands.serve",
        "language-prior": "tgwire.cli.commands.language_prior",
        "status": "tgwire.cli.commands.status",
        "check": "tgwire.cli.commands.check",
        "schema": "tgwire.cli.commands.schema",
        "broker": "tgwire.cli.commands.broker",
        "topics": "tgwire.cli.commands.topics",
        "states": "tgwire.cli.commands.states",
        "store": "tgwire.cli.commands.store",
        "backup": "tgwire.cli.commands.backup",
        "restore": "tgwire.cli.commands.restore",
        "move": "tgwire.cli.commands.move",
        "channels": "tgwire.cli.commands.channels",
        "media": "tgwire.cli.commands.media",
        "dead-letters": "tgwire.cli.commands.dead_letters",
    }


app = typer.Typer(
    name="tgwire",
    cls=Program,
    help="Read Telegram channels, live or from archives, into clean, deduplicated, searchable records.",
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
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Settings (TOML). Default: $TGWIRE_CONFIG, else tgwire.toml in this folder or one above, "
            "else in the user's configuration folder; `tgwire check` shows which.",
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log at debug level.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only errors: no progress, remarks or log reports.")
    ] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Show no progress bar or live view.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that all commands share; they may follow the command as well."""
    end_in_order()
    ctx.obj = Context(config, verbose, quiet, no_progress)


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
