"""``tgwire broker``: a local broker in the foreground."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from tgwire.broker import Engine, start_broker
from tgwire.cli.console import err, write_json
from tgwire.cli.context import Context
from tgwire.topics import create_topics


def broker(
    ctx: typer.Context,
    engine: Annotated[
        Engine, typer.Option(help="apache needs java 17 and mvn; tansu comes with pip; auto takes apache where it can.")
    ] = "auto",
    port: Annotated[int | None, typer.Option(help="Port on loopback. Default: a free one.")] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Folder to keep the data in (apache). Default: a temporary one, removed at the end."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as JSON.")] = False,
) -> None:
    """Run a local broker on loopback until Ctrl-C, with all topics created.

    Examples: tgwire broker; tgwire broker --engine apache --port 9092 --data-dir .tgwire/kafka
    """
    settings: Context = ctx.obj
    with start_broker(engine, port=port, data_dir=data_dir) as running:
        kafka = running.settings(settings.settings.kafka)
        create_topics(kafka)
        if as_json:
            write_json({"bootstrap_servers": running.bootstrap_servers, "engine": running.engine, "pid": running.pid})
        else:
            typer.echo(f"export KAFKA_BOOTSTRAP_SERVERS={running.bootstrap_servers}")
        err.print(f"{running.engine} is up, with all topics; log: {running.log_path}; Ctrl-C stops it.")
        wait_for_signal()


def wait_for_signal() -> None:
    """Return at the first SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(broker)
