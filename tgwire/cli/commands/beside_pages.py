"""What ``tgwire up`` runs beside the pages: archives that are read once, or channels that are collected."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from prometheus_client import CollectorRegistry

from ingest.collector.recovery.backfill_bounds import BackfillBounds
from ingest.replay.engine import Summary
from ingest.sources.base import Rejected
from runtime.settings.tree import Settings
from schemas import Lane
from tgwire.cli.commands.collect import report_end, show
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.inputs import SelectedArchives
from tgwire.cli.options.pages import PagesOptions
from tgwire.cli.output.complaints import Complaints
from tgwire.cli.output.console import remark, shows_progress
from tgwire.cli.output.rejected_file import REJECTED, RejectedFile
from tgwire.cli.output.replay_report import FileRemarks, StoreReport, progress_bar, report
from tgwire.cli.output.set_aside import end_with
from tgwire.extras import needs

if TYPE_CHECKING:
    from ingest.publish.base import Publisher
    from ingest.publish.metrics import IngestMetrics
    from tgwire.processes.store_target import StoreTarget
    from tgwire.processes.up import StoreFeed
    from tgwire.processes.up_kafka import WorkerAndSink
    from web.channel_list import EditableChannels


@dataclass(frozen=True, slots=True)
class CollectionScope:
    """What is collected besides live posts: history, and files of media."""

    backfill: bool
    takeout: bool
    media: bool
    bounds: BackfillBounds


def replay_beside_pages(
    settings: Settings, archives: SelectedArchives, url: str, pages: PagesOptions, beside: "WorkerAndSink | None" = None
) -> None:
    """Read archives once while the pages are served, and go on serving; typer.Exit where something is missing."""
    # The pipeline takes longer to import than all else.
    from tgwire.processes.up import ReplayFeed

    state_dir, registry = settings.ingest.state_dir, CollectorRegistry()
    rejected_file = RejectedFile(state_dir / REJECTED)
    summaries: list[Summary] = []
    with Complaints() as complaints, rejected_file:
        inputs = archives.open(Lane.BACKFILL, settings, complaints)
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


def collect_beside_pages(
    context: Context,
    settings: Settings,
    url: str,
    pages: PagesOptions,
    scope: CollectionScope,
    beside: "WorkerAndSink | None" = None,
) -> None:
    """Collect while the pages are served; raises as ``tgwire collect`` does."""
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
        backfill=scope.backfill,
        takeout=scope.takeout,
        media=scope.media,
        bounds=scope.bounds,
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
        on_start=lambda address: remark(f"Pages: {address}"),
    )
