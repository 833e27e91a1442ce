"""``tgwire replay``: archives and seed files to Kafka, or straight to files."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry

from ingest.metrics import IngestMetrics
from ingest.progress import Cursors
from ingest.publish.kafka import KafkaPublisher
from ingest.replay import Progress, Replay, Summary
from ingest.sources.base import Source
from ingest.sources.discovery import open_sources
from processors.resources import load_analyzer
from schemas import Lane
from tgwire.cli.console import complain, err, progress, write_json
from tgwire.cli.context import Context
from tgwire.cli.exits import Exit
from tgwire.cli.pace import Pace
from tgwire.direct import replay_direct
from tgwire.health import RunningHealth
from tgwire.http import serve
from tgwire.run_files import run_file


def replay(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files or folders (*.txt, *.jsonl, *.ndjson); - is stdin.")],
    lane: Annotated[Lane, typer.Option(help="Raw topic to publish on.")] = Lane.BACKFILL,
    direct: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="No Kafka: write the records to JSON-lines files in a folder.")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Publish at most so many posts a second.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Read again what was published before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON.")] = False,
) -> None:
    """Publish posts of files and folders to Kafka, each once, in order.

    A cursor in ingest.state_dir advances with the broker's acknowledgements, so an interrupted replay is resumed by
    the same command. What cannot be read is named on stderr, counted and passed over; the exit code is 1 then.

    Examples: tgwire replay seeds/; tgwire replay archive.jsonl --rate 500; tgwire replay seeds/ --direct out/
    """
    context: Context = ctx.obj
    sources = [source for path in paths for source in open_sources(path, lane, sys.stdin.buffer)]
    with _progress_bar(sources) as on_progress:
        if direct is not None:
            summary = replay_direct(
                sources,
                load_analyzer(context.settings.language, context.settings.quotes),
                direct,
                window_days=context.settings.dedup.window_days,
                on_progress=on_progress,
                on_rejected=complain,
            )
        else:
            summary = _publish(context, sources, lane, rate, on_progress, from_start=from_start)
    _report(summary, as_json=as_json)
    if not summary.is_complete:
        raise typer.Exit(Exit.INTERRUPTED)
    if summary.rejected or summary.failed_sources:
        raise typer.Exit(Exit.INCOMPLETE)


def _publish(
    context: Context,
    sources: list[Source],
    lane: Lane,
    rate: float | None,
    on_progress: Callable[[Progress], None],
    *,
    from_start: bool,
) -> Summary:
    settings, kafka = context.settings, context.kafka
    registry = CollectorRegistry()
    metrics = IngestMetrics(registry)
    with (
        Cursors(context.state_dir) as cursors,
        # A free port, whatever http.port says: that one is the collector's or worker's, or another replay's.
        serve(settings.http.model_copy(update={"port": 0}), registry, RunningHealth()) as server,
        run_file(settings.ingest.state_dir, "replay", server.url),
        KafkaPublisher(kafka, settings.ingest, metrics) as publisher,
    ):
        engine = Replay(
            publisher,
            cursors,
            metrics,
            lane,
            posts_per_s=rate,
            from_start=from_start,
            on_progress=on_progress,
            on_rejected=complain,
        )
        with _stopped_by_signals(engine):
            return engine.run(sources)


@contextmanager
def _stopped_by_signals(engine: Replay) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the replay after the post at hand, with everything acknowledged stored.

    A second Ctrl-C breaks off at once, even while stdin gives nothing.
    """

    def stop(*_: object) -> None:
        engine.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _progress_bar(sources: list[Source]) -> Iterator[Callable[[Progress], None]]:
    """Show the bytes read of all sources, the pace of the last seconds, and the time that is left at that pace."""
    sizes = [source.total_bytes for source in sources]
    starts = {id(source): sum(size or 0 for size in sizes[:number]) for number, source in enumerate(sources)}
    with progress() as bar:
        task = bar.add_task("replay", total=None if None in sizes else sum(size or 0 for size in sizes), note="")

        pace = Pace()

        def show(state: Progress) -> None:
            note = f"{state.summary.read:,} posts, {pace.per_s(state.summary.read):,.0f}/s"
            bar.update(task, completed=starts[id(state.source)] + state.offset, note=note)

        yield show


def _report(summary: Summary, *, as_json: bool) -> None:
    counts = {name: getattr(summary, name) for name in ("read", "published", "rejected", "skipped")}
    if as_json:
        write_json(
            {
                **counts,
                "failed_sources": [str(error) for error in summary.failed_sources],
                "is_complete": summary.is_complete,
            }
        )
        return
    for error in summary.failed_sources:
        complain(error)
    err.print(", ".join(f"{count:,} {name}" for name, count in counts.items()), highlight=False)
    if not summary.is_complete:
        err.print("Stopped; the same command goes on from here.", style="yellow")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
