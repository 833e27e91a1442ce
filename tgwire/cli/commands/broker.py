"""``tgwire broker``: a local broker in the foreground."""

import signal
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

import typer

from runtime.kafka.topics import create_topics
from runtime.run_files import run_file
from tgwire.cli.context import Context
from tgwire.cli.output.console import err, write_json
from tgwire.local_broker import Broker, BrokerCluster, Engine, start_broker, start_cluster


def broker(
    ctx: typer.Context,
    engine: Annotated[
        Engine, typer.Option(help="apache needs java 17 and mvn; tansu comes with pip; auto takes apache where it can.")
    ] = "auto",
    nodes: Annotated[
        int, typer.Option(min=1, max=9, help="Nodes of a cluster (apache): 3 hold three replicas of each topic.")
    ] = 1,
    port: Annotated[
        int | None, typer.Option(help="Port on loopback; further nodes take the next ones. Default: free ones.")
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Folder to keep the data in (apache). Default: a temporary one, removed at the end."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print address and variables as JSON.")] = False,
) -> None:
    """Run a local broker on loopback until Ctrl-C, with all topics created.

    Prints the variables to set for other commands; with tansu, TGWIRE_KAFKA__IDEMPOTENT=false is one of them.

    Examples: tgwire broker; tgwire broker --engine apache --port 9092 --data-dir .tgwire/kafka; tgwire broker --nodes 3
    """
    settings: Context = ctx.obj
    running: Broker | BrokerCluster = (
        start_broker(engine, port=port, data_dir=data_dir)
        if nodes == 1
        else start_cluster(nodes, engine, port=port, data_dir=data_dir)
    )
    address = running.bootstrap_servers
    with running, run_file(settings.state_dir, "broker", address, environment=_environment(running)):
        create_topics(running.settings(settings.settings.kafka), flat=settings.settings.worker.flat)
        signals = stop_signals()
        _print_address(running, as_json=as_json)
        signals.get()


def _print_address(running: Broker | BrokerCluster, *, as_json: bool) -> None:
    nodes, engine = running.nodes, running.nodes[0].engine
    if as_json:
        pids = {"pid": nodes[0].pid} if len(nodes) == 1 else {"pids": [node.pid for node in nodes]}
        address = {"bootstrap_servers": running.bootstrap_servers, "engine": engine}
        write_json({**address, **pids, "environment": _environment(running)})
    else:
        for name, value in _environment(running).items():
            typer.echo(f"export {name}={value}")
    sys.stdout.flush()
    what = f"{len(nodes)} nodes of {engine} are" if len(nodes) > 1 else f"{engine} is"
    logs = ", ".join(str(node.log_path) for node in nodes)
    err.print(f"{what} up, with all topics; log: {logs}; Ctrl-C stops {'them' if len(nodes) > 1 else 'it'}.")


def _environment(running: Broker | BrokerCluster) -> dict[str, str]:
    """Variables that the clients of a broker need."""
    needed = {"KAFKA_BOOTSTRAP_SERVERS": running.bootstrap_servers}
    if not running.nodes[0].capabilities.idempotent_producers:
        needed["TGWIRE_KAFKA__IDEMPOTENT"] = "false"
    return needed


def stop_signals() -> "SimpleQueue[int]":
    """Gets each SIGINT and SIGTERM from now on. A handler may put into it at any moment, as it may not set an Event."""
    signals = SimpleQueue[int]()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: signals.put(number))
    return signals


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(broker)
