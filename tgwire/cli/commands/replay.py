"""``tgwire replay``: archives and seed files to Kafka, to a store, or straight to files."""

import errno
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry

from ingest.publish.base import Publisher
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.replay.dry_run import dry_run
from ingest.replay.engine import Replay, ReplayProgress, Summary
from ingest.sources.base import Rejected, Source
from ingest.sources.tally import Tally
from runtime.http_endpoint import RunningHealth, serve
from runtime.run_files import run_file
from schemas import Lane
from tgwire.buildinfo import build_info
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.inputs import Inputs, SelectedArchives
from tgwire.cli.options import archives as given
from tgwire.cli.options.destination import Destination, StoreUrl, To, store_to_write
from tgwire.cli.output.complaints import MAX_NAMED, Complaints, MaxErrors
from tgwire.cli.output.console import complain
from tgwire.cli.output.rejected_file import REJECTED, RejectedFile
from tgwire.cli.output.replay_report import FileRemarks, StoreReport, progress_bar, report
from tgwire.errors import OutputFullError

STOP_S = 1.0
"""A stop in order may take so long."""


@dataclass(frozen=True, slots=True)
class _Watchers:
    """Who is notified of what a replay does."""

    on_progress: Callable[[ReplayProgress], None]
    on_rejected: Callable[[Rejected], None]
    on_file: Callable[[Tally], None]


def replay(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Archives and folders of them, packed or not; - is stdin.")],
    lane: Annotated[Lane, typer.Option(help="Raw topic to publish on.")] = Lane.BACKFILL,
    to: To = Destination.KAFKA,
    store: StoreUrl = None,
    direct: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="No Kafka: write the records to JSON-lines files in a folder.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--force", "--overwrite", help="With --direct: replace existing files.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="With --direct: number of processes that analyze.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Publish at most this many posts a second.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Read again what was published before.")] = False,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and report everything, but publish nothing and move no cursor.")
    ] = False,
    since: given.Since = None,
    until: given.Until = None,
    from_id: given.FromId = None,
    limit: given.Limit = None,
    format_name: given.FormatName = None,
    channel: given.ChannelOption = None,
    timezone: given.Timezone = None,
    chats: given.ChatsOption = "channels",
    columns: given.Columns = None,
    markup: given.Markup = None,
    join_albums: given.JoinAlbums = False,
    original: given.Original = False,
    rejected_path: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="File to list rejected records in. Default: in ingest.state_dir, or FOLDER.",
        ),
    ] = None,
    max_errors: MaxErrors = MAX_NAMED,
    as_json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON.")] = False,
) -> None:
    """Publish posts of archives to Kafka, each once, in order; or store their records, without Kafka.

    Formats are recognised by content: Telegram Desktop, tdl, Telethon and others, see docs/archives.md. A cursor in
    ingest.state_dir follows the broker's acknowledgements or the store's commits, so the same command resumes an
    interrupted replay. Records that cannot be read are named on stderr, counted, listed in a report and skipped; the
    exit code is then 1. With --direct the files appear at the end: an interrupted run leaves none.

    Examples: tgwire replay seeds/; tgwire replay archive.jsonl --rate 500; tgwire replay seeds/ --direct out/;
    tgwire replay export.zip --to store; tgwire replay export.zip --dry-run
    """
    context: Context = ctx.obj
    _check_destination(to, store, direct, paths)
    options = given.ArchiveOptions(
        format_name, channel, timezone, chats, tuple(columns or ()), markup, join_albums, original
    )
    archives = SelectedArchives(tuple(paths), options, given.selection(since, until, from_id), limit)
    state_dir = context.settings.ingest.state_dir
    if rejected_path is None and not is_dry_run:
        rejected_path = (direct or state_dir) / REJECTED
    rejected_file = RejectedFile(rejected_path, is_partial_kept=direct is None)
    with Complaints(max_errors) as complaints, rejected_file:
        inputs = archives.open(lane, context.settings, complaints)
        sources = inputs.sources

        def reject(rejected: Rejected) -> None:
            complaints.rejected(rejected)
            rejected_file.add(rejected)

        kept: StoreReport | None = None
        with progress_bar(sources) as on_progress:
            watchers = _Watchers(on_progress, reject, FileRemarks())
            if is_dry_run:
                summary = _try(sources, watchers)
            elif direct is not None:
                summary = _write(context, sources, inputs, direct, watchers, overwrite=overwrite, jobs=jobs)
            elif to is Destination.STORE:
                url = store_to_write(context, store)
                summary, kept = _keep(context, sources, lane, rate, watchers, url, from_start=from_start)
            else:
                summary = _publish(context, sources, lane, rate, watchers, from_start=from_start)
        for error in () if as_json else summary.failed_sources:
            complaints.add(error, "source that broke off", "sources that broke off")
    report(summary, inputs.left_out, rejected_file, as_json=as_json, is_dry_run=is_dry_run, kept=kept)
    _end(summary, inputs, set_aside=kept.set_aside if kept is not None else 0)


def _check_destination(to: Destination, store: str | None, direct: Path | None, paths: list[str]) -> None:
    if direct is not None and to is Destination.STORE:
        raise typer.BadParameter("--direct writes files, and --to store a store: choose one")
    if store is not None and to is not Destination.STORE:
        raise typer.BadParameter("--store goes with --to store")
    for path in paths:
        if direct is not None and Path(path).is_dir() and direct.resolve().is_relative_to(Path(path).resolve()):
            raise typer.BadParameter(
                f"{direct}: lies in {path}, and a later run would read its files as archives; choose another folder",
                param_hint="--direct",
            )


def _end(summary: Summary, inputs: Inputs, *, set_aside: int) -> None:
    if not summary.is_complete:
        raise typer.Exit(Exit.INTERRUPTED)
    if not summary.read and not summary.skipped:
        complain("no post was found")
        raise typer.Exit(Exit.INCOMPLETE)
    if summary.rejected or summary.failed_sources or inputs.left_out or set_aside:
        raise typer.Exit(Exit.INCOMPLETE)


def _try(sources: list[Source], watchers: _Watchers) -> Summary:
    stop = Event()
    with _stopped_by_signals(stop.set):
        return dry_run(
            sources,
            is_stopped=stop.is_set,
            on_progress=watchers.on_progress,
            on_rejected=watchers.on_rejected,
            on_file=watchers.on_file,
        )


def _write(
    context: Context,
    sources: list[Source],
    inputs: Inputs,
    folder: Path,
    watchers: _Watchers,
    *,
    overwrite: bool,
    jobs: int,
) -> Summary:
    from tgwire.processes.analysis_pool import AnalysisPool
    from tgwire.processes.analysis_process import AnalysisProcess

    stop = Event()

    def show(state: ReplayProgress) -> None:
        if stop.is_set():  # between two posts: a library in the middle of one may swallow the interruption
            raise KeyboardInterrupt
        watchers.on_progress(state)

    is_resumed = all(source.identity is not None for source in sources)
    language, quotes = context.settings.language, context.settings.quotes
    with ExitStack() as stack:
        stack.enter_context(_nothing_written_when_broken_off(folder, is_resumed=is_resumed))
        stack.enter_context(_stopped_by_signals(stop.set))
        pool = stack.enter_context(AnalysisPool([AnalysisProcess(language, quotes) for _ in range(jobs - 1)]))
        # The pipeline takes longer to import than all else: a replay to Kafka has no use for it, and the other
        # processes import it at the same time.
        from processors.loading import load_analyzer
        from processors.stream.process.gc_schedule import configure_gc
        from tgwire.processes.analysis_journal import AnalysisJournal
        from tgwire.processes.direct_replay import output_paths, refuse_outputs, replay_direct

        refuse_outputs(output_paths(folder), sources, overwrite=overwrite)
        analyzer = load_analyzer(language, quotes)
        configure_gc()
        if is_resumed:
            journal = AnalysisJournal(folder, language, quotes)
            stack.push(lambda kind, *_: journal.close(is_done=kind is None))
        return replay_direct(
            sources,
            analyzer,
            folder,
            pool=pool,
            journal=journal if is_resumed else None,
            window_days=context.settings.dedup.window_days,
            overwrite=overwrite,
            on_progress=show,
            on_rejected=watchers.on_rejected,
            on_file=watchers.on_file,
            is_next_there=inputs.is_next_there,
        )


@contextmanager
def _nothing_written_when_broken_off(folder: Path, *, is_resumed: bool) -> Iterator[None]:
    """Report when the replay is interrupted, and when the disk is full."""
    onwards = "; the same command resumes here" if is_resumed else ""
    try:
        yield
    except KeyboardInterrupt:
        complain(f"interrupted; nothing was written to {folder}{onwards}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OutputFullError(f"{folder}: the disk is full; nothing was written. Free some space{onwards}") from error


def _publish(
    context: Context,
    sources: list[Source],
    lane: Lane,
    rate: float | None,
    watchers: _Watchers,
    *,
    from_start: bool,
) -> Summary:
    settings, kafka = context.settings, context.kafka

    def publish(metrics: IngestMetrics) -> Publisher:
        return KafkaPublisher(kafka, settings.ingest, metrics)

    return _run(context, sources, lane, rate, watchers, publish, from_start=from_start)


def _keep(
    context: Context,
    sources: list[Source],
    lane: Lane,
    rate: float | None,
    watchers: _Watchers,
    url: str,
    *,
    from_start: bool,
) -> tuple[Summary, StoreReport]:
    # The pipeline takes longer to import than all else: a replay to Kafka has no use for it.
    from processors.stream.process.gc_schedule import configure_gc
    from tgwire.embedded.opening import StorePublishers
    from tgwire.embedded.publisher import EmbeddedPublisher

    opened: list[EmbeddedPublisher] = []

    def publish(metrics: IngestMetrics) -> Publisher:
        opened.append(StorePublishers(context.settings, url, metrics).open())
        configure_gc()
        return opened[0]

    summary = _run(context, sources, lane, rate, watchers, publish, from_start=from_start)
    publisher = opened[0]
    letters = publisher.dead_letters
    return summary, StoreReport(publisher.store.name, letters.written, letters.path, publisher.passed_over)


def _run(
    context: Context,
    sources: list[Source],
    lane: Lane,
    rate: float | None,
    watchers: _Watchers,
    publish: Callable[[IngestMetrics], Publisher],
    *,
    from_start: bool,
) -> Summary:
    settings = context.settings
    registry = CollectorRegistry()
    metrics = IngestMetrics(registry)
    with (
        Cursors(context.state_dir) as cursors,
        # A free port, whatever http.port says: that one is the collector's or worker's, or another replay's.
        serve(settings.http.model_copy(update={"port": 0}), registry, RunningHealth(), build=build_info()) as server,
        run_file(settings.ingest.state_dir, "replay", server.url),
        publish(metrics) as publisher,
    ):
        engine = Replay(
            publisher,
            cursors,
            metrics,
            lane,
            posts_per_s=rate,
            from_start=from_start,
            on_progress=watchers.on_progress,
            on_rejected=watchers.on_rejected,
            on_file=watchers.on_file,
        )
        with _stopped_by_signals(engine.stop):
            return engine.run(sources)


@contextmanager
def _stopped_by_signals(end: Callable[[], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM call ``end``, which ends a replay after the post at hand; what is acknowledged is stored.

    A replay that waits (for stdin, or for a broker that is away) is interrupted after STOP_S, or by a second signal.
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


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
