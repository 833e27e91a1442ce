"""``tgwire up``: collect or replay, analyze, keep and show, in one process without Kafka."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from prometheus_client import CollectorRegistry

from ingest.replay.engine import Summary
from ingest.sources.base import Rejected
from ingest.sources.options import ReadOptions
from runtime.settings.tree import Settings
from tgwire.cli.commands.collect import report_end, show
from tgwire.cli.context import Context
from tgwire.cli.exits import Exit
from tgwire.cli.inputs import open_inputs
from tgwire.cli.options.destination import StoreUrl, store_to_write
from tgwire.cli.output.complaints import Complaints
from tgwire.cli.output.console import remark, shows_progress
from tgwire.cli.output.rejected_file import RejectedFile
from tgwire.cli.output.replay_report import FileRemarks, StoreReport, progress_bar, report
from tgwire.cli.output.set_aside import end_with
from tgwire.cli.seeds import SEEDS, require_seeds
from tgwire.extras import needs, require
from tgwire.known_channels import known_channels

if TYPE_CHECKING:
    from web.serving.access import Access

FOLDER = Path(".tgwire/up")
"""State and store of ``--demo``."""
_PORT = 8123
_QUERY_S = 2.0
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
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Collect what was posted before, too; live posts go first.")
    ] = False,
    media: Annotated[bool, typer.Option("--media", help="Store files in collect.media_dir.")] = False,
    store: StoreUrl = None,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Address of the pages; another than this machine's own needs a token."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the pages; 0 takes a free one.")] = _PORT,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the token that readers have to show.")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Name by which readers reach this server; may be repeated."),
    ] = None,
) -> None:
    """Collect live, analyze, keep the records in a store and serve its pages: one process, no Kafka, until Ctrl-C.

    Collects the channels of collect.channels, as `tgwire collect` does; or reads archives or the seeds, once, and goes
    on serving. A post counts as collected or read when the store has committed it, so nothing is lost by a kill.
    `tgwire search`, `tail`, `export` and `sql` read the same store meanwhile.

    Examples: tgwire up --demo; tgwire up --replay export.zip; tgwire up; tgwire up --backfill --port 8080
    """
    context: Context = ctx.obj
    _check_options(paths, is_replay=is_replay, is_demo=is_demo, is_collecting=backfill or media)
    for module in ("jinja2", "starlette", "uvicorn"):
        require("web", module)
    from web.serving.access import Access, read_token

    access = Access(
        host,
        token=None if token_file is None else read_token(token_file),
        names=tuple(allow_host or ()),
    )
    if is_demo:
        _replay(_of_demo(context.settings), [str(SEEDS)], f"sqlite:{(FOLDER / 'tgwire.db').absolute()}", access, port)
    elif is_replay:
        _replay(context.settings, paths or [], store_to_write(context, store), access, port)
    else:
        _collect(context, store_to_write(context, store), access, port, backfill=backfill, media=media)


def _check_options(paths: list[str] | None, *, is_replay: bool, is_demo: bool, is_collecting: bool) -> None:
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
    if is_collecting and (is_replay or is_demo):
        raise typer.BadParameter("--backfill and --media are for collecting")
    if is_demo:
        require_seeds()


def _of_demo(settings: Settings) -> Settings:
    return settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"state_dir": FOLDER.absolute()})})


def _replay(settings: Settings, paths: list[str], url: str, access: "Access", port: int) -> None:
    # The pipeline takes longer to import than all else.
    from tgwire.embedded.opening import open_beside
    from tgwire.processes.up import ReplayFeed, serve_beside

    state_dir, registry = settings.ingest.state_dir, CollectorRegistry()
    rejected_file = RejectedFile(state_dir / REJECTED)
    summaries: list[Summary] = []
    with Complaints() as complaints, rejected_file:
        inputs = open_inputs(paths, ReadOptions(directory=known_channels(settings)), complaints)
        _, publisher = open_beside(settings, url, registry)
        letters = publisher.dead_letters

        def reject(rejected: Rejected) -> None:
            complaints.rejected(rejected)
            rejected_file.add(rejected)

        def end(summary: Summary) -> None:
            summaries.append(summary)
            for error in summary.failed_sources:
                complaints.add(error, "source that broke off", "sources that broke off")
            kept = StoreReport(publisher.store.name, letters.written, letters.path, publisher.passed_over)
            report(summary, inputs.left_out, rejected_file, as_json=False, kept=kept)

        feed = ReplayFeed(
            settings,
            publisher,
            registry,
            inputs.sources,
            state_dir,
            partial(progress_bar, inputs.sources),
            reject,
            FileRemarks(),
            end,
        )
        serve_beside(feed, url, access, port=port, timeout_s=_QUERY_S, on_start=_say_where)
    if not summaries or not summaries[0].is_complete:
        raise typer.Exit(Exit.INTERRUPTED)
    if summaries[0].rejected or summaries[0].failed_sources or inputs.left_out or letters.written:
        raise typer.Exit(Exit.INCOMPLETE)


def _collect(context: Context, url: str, access: "Access", port: int, *, backfill: bool, media: bool) -> None:
    with needs("telegram"):  # Telethon takes half a second to import
        from tgwire.processes.up_collect import CollectFeed
    from tgwire.embedded.opening import open_beside
    from tgwire.processes.store_target import StoreTarget
    from tgwire.processes.up import serve_beside
    from web.channel_list import ChannelFileList

    settings, registry = context.settings, CollectorRegistry()
    target = StoreTarget(*open_beside(settings, url, registry))
    feed = CollectFeed(
        settings,
        context.state_dir,
        registry,
        target,
        backfill=backfill,
        media=media,
        show=show if shows_progress() else None,
        on_end=lambda view: report_end(view, as_json=False),
    )
    remark(f"Store: {target.name}")
    serve_beside(
        feed,
        url,
        access,
        port=port,
        timeout_s=_QUERY_S,
        channel_list=ChannelFileList(settings.collect.channels),
        media=settings.collect.media_dir,
        on_start=_say_where,
    )
    end_with(target.dead_letters)


def _say_where(address: str) -> None:
    remark(f"Pages: {address}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)
