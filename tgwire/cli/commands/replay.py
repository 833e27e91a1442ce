"""``tgwire replay``: archives and seed files to Kafka, or straight to files."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry

from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.replay.engine import Progress, Replay, Summary
from ingest.sources.base import Source
from runtime.http_endpoint import RunningHealth, serve
from runtime.run_files import run_file
from schemas import Lane
from schemas.counted import counted
from tgwire.buildinfo import build_info
from tgwire.cli.context import Context
from tgwire.cli.exits import Exit
from tgwire.cli.inputs import open_inputs
from tgwire.cli.output.complaints import MAX_NAMED, Complaints, MaxErrors
from tgwire.cli.output.console import complain, err, progress, write_json
from tgwire.cli.output.pace import Pace

STOP_S = 1.0
"""A stop in order may take so long."""


def replay(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files or folders (*.txt, *.jsonl, *.ndjson); - is stdin.")],
    lane: Annotated[Lane, typer.Option(help="Raw topic to publish on.")] = Lane.BACKFILL,
    direct: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="No Kafka: write the records to JSON-lines files in a folder.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --direct: replace files that are there.")
    ] = False,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Publish at most so many posts a second.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Read again what was published before.")] = False,
    max_errors: MaxErrors = MAX_NAMED,
    as_json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON.")] = False,
) -> None:
    """Publish posts of files and folders to Kafka, each once, in order.

    A cursor in ingest.state_dir advances with the broker's acknowledgements, so an interrupted replay is resumed by
    the same command. What cannot be read is named on stderr, counted and passed over; the exit code is 1 then.
    With --direct the files appear at the end: a run that breaks off leaves none.

    Examples: tgwire replay seeds/; tgwire replay archive.jsonl --rate 500; tgwire replay seeds/ --direct out/
    """
    context: Context = ctx.obj
    with Complaints(max_errors) as complaints:
        inputs = open_inputs(paths, lane, complaints)
        with _progress_bar(inputs.sources) as on_progress:
            if direct is not None:
                summary = _write(
                    context,
                    inputs.sources,
                    direct,
                    on_progress,
                    complaints,
                    is_next_there=inputs.is_next_there,
                    overwrite=overwrite,
                )
            else:
                summary = _publish(context, inputs.sources, lane, rate, on_progress, complaints, from_start=from_start)
        for error in () if as_json else summary.failed_sources:
            complaints.add(error, "source that broke off", "sources that broke off")
    _report(summary, inputs.left_out, as_json=as_json)
    if not summary.is_complete:
        raise typer.Exit(Exit.INTERRUPTED)
    if not summary.read and not summary.skipped:
        complain("no post was found")
        raise typer.Exit(Exit.INCOMPLETE)
    if summary.rejected or summary.failed_sources or inputs.left_out:
        raise typer.Exit(Exit.INCOMPLETE)


def _write(
    context: Context,
    sources: list[Source],
    folder: Path,
    on_progress: Callable[[Progress], None],
    complaints: Complaints,
    *,
    is_next_there: Callable[[Source], bool],
    overwrite: bool,
) -> Summary:
    stop = Event()

    def show(state: Progress) -> None:
        if stop.is_set():  # between two posts: a library in the middle of one may swallow the interruption
            raise KeyboardInterrupt
        on_progress(state)

    with _nothing_written_when_interrupted(folder), _stopped_by_signals(stop.set):
        # The pipeline takes longer to import than all else: a replay to Kafka has no use for it.
        from processors.loading import load_analyzer
        from tgwire.processes.direct_replay import replay_direct

        return replay_direct(
            sources,
            load_analyzer(context.settings.language, context.settings.quotes),
            folder,
            window_days=context.settings.dedup.window_days,
            overwrite=overwrite,
            on_progress=show,
            on_rejected=complaints.rejected,
            is_next_there=is_next_there,
        )


@contextmanager
def _nothing_written_when_interrupted(folder: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        complain(f"interrupted; nothing was written to {folder}")
        raise typer.Exit(Exit.INTERRUPTED) from None


def _publish(
    context: Context,
    sources: list[Source],
    lane: Lane,
    rate: float | None,
    on_progress: Callable[[Progress], None],
    complaints: Complaints,
    *,
    from_start: bool,
) -> Summary:
    settings, kafka = context.settings, context.kafka
    registry = CollectorRegistry()
    metrics = IngestMetrics(registry)
    with (
        Cursors(context.state_dir) as cursors,
        # A free port, whatever http.port says: that one is the collector's or worker's, or another replay's.
        serve(settings.http.model_copy(update={"port": 0}), registry, RunningHealth(), build=build_info()) as server,
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
            on_rejected=complaints.rejected,
        )
        with _stopped_by_signals(engine.stop):
            return engine.run(sources)


@contextmanager
def _stopped_by_signals(end: Callable[[], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM call ``end``, which ends a replay after the post at hand; what is acknowledged is stored.

    A replay that waits (for stdin, or for a broker that is away) is broken off after STOP_S, or by a second signal.
    """

    def stop(*_: object) -> None:
        end()
        for number in (*numbers, signal.SIGALRM):
            signal.signal(number, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, STOP_S)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
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
            note = f"{counted(state.summary.read, 'post')}, {pace.per_s(state.summary.read):,.0f}/s"
            bar.update(task, completed=starts[id(state.source)] + state.offset, note=note)

        yield show


def _report(summary: Summary, left_out: int, *, as_json: bool) -> None:
    counts = {name: getattr(summary, name) for name in ("read", "published", "rejected", "skipped")}
    if as_json:
        write_json(
            {
                **counts,
                "left_out": left_out,
                "failed_sources": [str(error) for error in summary.failed_sources],
                "is_complete": summary.is_complete,
            }
        )
        return
    files = f"; {counted(left_out, 'file')} left out" if left_out else ""
    err.print(", ".join(f"{count:,} {name}" for name, count in counts.items()) + files)
    if not summary.is_complete:
        err.print("Stopped; the same command goes on from here.", style="yellow")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
