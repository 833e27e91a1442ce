"""``tgwire up``: collect or replay, analyze, keep and show, in one process without Kafka."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from prometheus_client import CollectorRegistry

from ingest.collector.recovery.backfill_bounds import BackfillBounds
from ingest.replay.engine import Summary
from ingest.sources.base import Rejected
from ingest.sources.options import ReadOptions
from runtime.settings.tree import Settings
from tgwire.cli.commands.collect import report_end, show
from tgwire.cli.context import Context
from tgwire.cli.exits import Exit
from tgwire.cli.inputs import open_inputs
from tgwire.cli.options.collecting import Backfill, FromId, Media, Since, Takeout, Until, backfill_bounds
from tgwire.cli.options.destination import StoreUrl, store_to_write
from tgwire.cli.options.pages import (
    PORT,
    QUERY_S,
    AllowHost,
    Host,
    PagesOptions,
    Port,
    Proxy,
    Timeout,
    TokenFile,
    UserHeader,
    pages_options,
)
from tgwire.cli.output.complaints import Complaints
from tgwire.cli.output.console import remark, shows_progress
from tgwire.cli.output.rejected_file import RejectedFile
from tgwire.cli.output.replay_report import FileRemarks, StoreReport, progress_bar, report
from tgwire.cli.output.set_aside import end_with
from tgwire.cli.seeds import SEEDS, require_seeds
from tgwire.extras import needs, require
from tgwire.known_channels import known_channels

if TYPE_CHECKING:
    from ingest.publish.base import Publisher
    from ingest.publish.metrics import IngestMetrics
    from tgwire.processes.store_target import StoreTarget
    from tgwire.processes.up import StoreFeed
    from tgwire.processes.up_kafka import WorkerAndSink
    from web.channel_list import EditableChannels

FOLDER = Path(".tgwire/up")
"""State and store of ``--demo``."""
REJECTED = "rejected.jsonl"


def up(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="With --replay: archives and folders of them.")
    ] = None,
    is_replay: Annotated[
        bool, typer.Option("--replay", help="Read the archives at PATH instead of collecting; each once.")
    ] = False,
    is_demo: Annotated[
        bool, typer.Option("--demo", help=f"Read the seeds of the project, into a store below {FOLDER}.")
    ] = False,
    is_kafka: Annotated[
        bool,
        typer.Option(
            "--kafka", help="Over the Kafka cluster of the settings: worker and sink are processes of their own."
        ),
    ] = False,
    backfill: Backfill = False,
    takeout: Takeout = False,
    since: Since = None,
    until: Until = None,
    from_id: FromId = None,
    media: Media = False,
    store: StoreUrl = None,
    host: Host = "127.0.0.1",
    port: Port = PORT,
    token_file: TokenFile = None,
    user_header: UserHeader = None,
    proxy: Proxy = None,
    allow_host: AllowHost = None,
    timeout: Timeout = QUERY_S,
) -> None:
    """Collect live, analyze, keep the records in a store and serve its pages, in one process, until Ctrl-C.

    Collects the channels of collect.channels, as `tgwire collect` does; or reads archives or the seeds, once, and goes
    on serving. A post counts as collected or read when the store has committed it, so nothing is lost by a kill.
    `tgwire search`, `tail`, `export` and `sql` read the same store meanwhile. With --kafka posts go to the cluster, and
    a worker and the store's sink run beside; a store that was filled without Kafka moves there by `tgwire move`.

    Examples: tgwire up --demo; tgwire up --replay export.zip; tgwire up; tgwire up --backfill --port 8080
    """
    context: Context = ctx.obj
    collecting = _Collecting(backfill, takeout, media, backfill_bounds(since, until, from_id, is_wanted=backfill))
    _check_options(paths, is_replay=is_replay, is_demo=is_demo, is_kafka=is_kafka, collecting=collecting)
    for module in ("jinja2", "starlette", "uvicorn"):
        require("web", module)
    pages = pages_options(host, port, token_file, user_header, proxy, allow_host, timeout)
    if is_demo:
        _replay(_of_demo(context.settings), [str(SEEDS)], f"sqlite:{(FOLDER / 'tgwire.db').absolute()}", pages)
        return
    url, settings, beside = store_to_write(context, store), context.settings, None
    if is_kafka:
        from tgwire.processes.up_kafka import WorkerAndSink

        require("worker", "faust")
        settings = settings.model_copy(update={"kafka": context.kafka})
        beside = WorkerAndSink(settings, url)
    if is_replay:
        _replay(settings, paths or [], url, pages, beside)
    else:
        _collect(context, settings, url, pages, collecting, beside)


@dataclass(frozen=True, slots=True)
class _Collecting:
    """What is collected besides live posts."""

    backfill: bool
    takeout: bool
    media: bool
    bounds: BackfillBounds


def _check_options(
    paths: list[str] | None, *, is_replay: bool, is_demo: bool, is_kafka: bool, collecting: _Collecting
) -> None:
    if is_replay and is_demo:
        raise typer.BadParameter("--replay reads archives, and --demo the seeds: choose one")
    if is_replay and not paths:
        raise typer.BadParameter("--replay needs archives: tgwire up --replay PATH...")
    if paths and "-" in paths:  # a read of it that waits cannot be stopped
        raise typer.BadParameter(
            "`up` does not read stdin: use `tgwire replay - --to store`, and `tgwire serve` for its pages"
        )
    if paths and not is_replay:
        raise typer.BadParameter("paths go with --replay")
    if (collecting.backfill or collecting.takeout or collecting.media) and (is_replay or is_demo):
        raise typer.BadParameter("--backfill, --takeout and --media are for collecting")
    if is_demo and is_kafka:
        raise typer.BadParameter("--demo is a run without Kafka: `tgwire demo` is the one over Kafka")
    if is_demo:
        require_seeds()


def _of_demo(settings: Settings) -> Settings:
    return settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"state_dir": FOLDER.absolute()})})


def _replay(
    settings: Settings, paths: list[str], url: str, pages: PagesOptions, beside: "WorkerAndSink | None" = None
) -> None:
    # The pipeline takes longer to import than all else.
    from tgwire.processes.up import ReplayFeed

    state_dir, registry = settings.ingest.state_dir, CollectorRegistry()
    rejected_file = RejectedFile(state_dir / REJECTED)
    summaries: list[Summary] = []
    with Complaints() as complaints, rejected_file:
        inputs = open_inputs(paths, ReadOptions(directory=known_channels(settings)), complaints)
        publisher, metrics, kept = _publisher(settings, url, registry, beside)

        def reject(rejected: Rejected) -> None:
            complaints.rejected(rejected)
            rejected_file.add(rejected)

        def end(summary: Summary) -> None:
            summaries.append(summary)
            for error in summary.failed_sources:
                complaints.add(error, "source that broke off", "sources that broke off")
            report(summary, inputs.left_out, rejected_file, as_json=False, kept=kept())

        feed = ReplayFeed(
            settings,
            publisher,
            metrics,
            registry,
            inputs.sources,
            state_dir,
            partial(progress_bar, inputs.sources),
            reject,
            FileRemarks(),
            end,
        )
        _serve(feed if beside is None else beside.around(feed), url, pages)
    if not summaries or not summaries[0].is_complete:
        raise typer.Exit(Exit.INTERRUPTED)
    set_aside = kept()
    if summaries[0].rejected or summaries[0].failed_sources or inputs.left_out or (set_aside and set_aside.set_aside):
        raise typer.Exit(Exit.INCOMPLETE)


def _publisher(
    settings: Settings, url: str, registry: CollectorRegistry, beside: "WorkerAndSink | None"
) -> "tuple[Publisher, IngestMetrics, Callable[[], StoreReport | None]]":
    """Into the store, or into the topics; and what a store has not taken."""
    if beside is not None:
        from ingest.publish.kafka import KafkaPublisher
        from ingest.publish.metrics import IngestMetrics

        beside.prepare()
        metrics = IngestMetrics(registry)
        return KafkaPublisher(settings.kafka, settings.ingest, metrics), metrics, lambda: None
    from tgwire.embedded.opening import open_beside

    _, publisher = open_beside(settings, url, registry)
    letters = publisher.dead_letters
    return (
        publisher,
        publisher.metrics,
        lambda: StoreReport(publisher.store.name, letters.written, letters.path, publisher.passed_over),
    )


def _collect(
    context: Context,
    settings: Settings,
    url: str,
    pages: PagesOptions,
    collecting: _Collecting,
    beside: "WorkerAndSink | None",
) -> None:
    with needs("telegram"):  # Telethon takes half a second to import
        from tgwire.processes.up_collect import CollectFeed
    from web.channel_list import ChannelFileList

    registry = CollectorRegistry()
    target = None if beside is not None else _store_target(settings, url, registry)
    if beside is not None:
        beside.prepare()
    feed = CollectFeed(
        settings,
        context.state_dir,
        registry,
        target,
        backfill=collecting.backfill,
        takeout=collecting.takeout,
        media=collecting.media,
        bounds=collecting.bounds,
        show=show if shows_progress() else None,
        on_end=lambda view: report_end(view, as_json=False),
    )
    if target is not None:
        remark(f"Store: {target.name}")
    _serve(
        feed if beside is None else beside.around(feed),
        url,
        pages,
        channel_list=ChannelFileList(settings.collect.channels),
        media=settings.collect.media_dir,
    )
    if target is not None:
        end_with(target.dead_letters)


def _store_target(settings: Settings, url: str, registry: CollectorRegistry) -> "StoreTarget":
    from tgwire.embedded.opening import open_beside
    from tgwire.processes.store_target import StoreTarget

    return StoreTarget(*open_beside(settings, url, registry))


def _serve(
    feed: "StoreFeed",
    url: str,
    pages: PagesOptions,
    *,
    channel_list: "EditableChannels | None" = None,
    media: Path | None = None,
) -> None:
    from tgwire.processes.up import serve_beside

    serve_beside(
        feed,
        url,
        pages.access,
        port=pages.port,
        timeout_s=pages.timeout_s,
        channel_list=channel_list,
        media=media,
        on_start=_say_where,
    )


def _say_where(address: str) -> None:
    remark(f"Pages: {address}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)
