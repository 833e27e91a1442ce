"""``tgwire worker``: the Faust worker."""

import sys

import typer
from prometheus_client import CollectorRegistry

from runtime.http_endpoint import serve
from runtime.run_files import run_file
from tgwire.buildinfo import build_info
from tgwire.cli.context import Context
from tgwire.extras import needs


def worker(ctx: typer.Context) -> None:
    """Run one worker until SIGTERM or Ctrl-C: analysis and duplicate detection.

    Start as many as there are partitions, each with a worker.data_dir of its own. It ends by itself when going on could
    lose posts (exit codes 70 hole, 71 delivery, 72 bug, 73 stall), or when a post takes too long and cannot be
    interrupted (74, or SIGPROF): let a supervisor restart it.

    Examples: tgwire worker; TGWIRE_WORKER__DATA_DIR=/var/lib/tgwire/1 TGWIRE_HTTP__PORT=9464 tgwire worker
    """
    # Faust chooses the event loop when it is imported, and takes 0.4 s: only a worker has it.
    with needs("worker"):
        from processors.stream.monitoring.health import WorkerHealth
        from processors.stream.process.worker import run_worker

    context: Context = ctx.obj
    settings = context.settings.model_copy(update={"kafka": context.kafka})
    registry, health = CollectorRegistry(), WorkerHealth()
    with (
        serve(settings.http, registry, health, build=build_info()) as server,
        run_file(context.state_dir, "worker", server.url),
    ):
        code = run_worker(settings, registry=registry, health=health)
    sys.exit(code)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)
