"""The process of ``tgwire sink NAME``: one sink, its runner and its endpoint."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from processors.core.pipeline import PIPELINE_VERSION
from runtime.http_endpoint import serve
from runtime.run_files import run_file
from runtime.settings.sink import SinkName
from runtime.settings.tree import Settings
from sinks.contract import Sink
from sinks.runner.dead_letters import DeadLetterSender
from sinks.runner.health import SinkHealth
from sinks.runner.metrics import SinkMetrics
from sinks.runner.runner import RunnerOptions, SinkRunner
from tgwire.buildinfo import build_info


@dataclass(frozen=True, slots=True)
class SinkReport:
    """The summary of a sink's run."""

    sink: str
    guarantee: str
    written: int
    """Records that were written."""
    refused: int
    """Records that became dead letters."""


def run_sink(
    name: SinkName,
    make_sink: Callable[[], Sink],
    settings: Settings,
    options: RunnerOptions,
    started: Callable[[str], None] = lambda _: None,
) -> SinkReport:
    """Run a sink until SIGTERM, Ctrl-C, or its end; ``started`` is given the address of the endpoint.

    Raises TgwireError and OSError.
    """
    registry, health = CollectorRegistry(), SinkHealth()
    sink = make_sink()
    metrics = SinkMetrics(registry, name)
    send = DeadLetterSender(settings.kafka, name, PIPELINE_VERSION)

    async def run() -> SinkReport:
        runner = SinkRunner(sink, settings.kafka, options, send, metrics, health)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, runner.stop)
        await runner.run()
        if not runner.has_begun:
            raise KeyboardInterrupt  # there is nothing to report
        return SinkReport(name, sink.guarantee, runner.written, runner.refused)

    with (
        serve(settings.http, registry, health, build=build_info()) as server,
        run_file(settings.ingest.state_dir, f"sink-{name}", server.url),
    ):
        started(server.url)
        return asyncio.run(run())
