"""``tgwire up``: collect or replay, analyze, store and serve, in one process without Kafka."""

from pathlib import Path
from typing import Annotated

import typer

from ingest.sources.selection import Selection
from runtime.settings.tree import Settings
from tgwire.cli.commands.beside_pages import CollectionScope, collect_beside_pages, replay_beside_pages
from tgwire.cli.context import Context
from tgwire.cli.inputs import SelectedArchives
from tgwire.cli.options import archives as given
from tgwire.cli.options.collecting import Backfill, MediaOption, Takeout, backfill_bounds
from tgwire.cli.options.destination import StoreUrl, store_to_write
from tgwire.cli.options.pages import (
    PORT,
    QUERY_S,
    AllowHost,
    Host,
    Port,
    Proxy,
    Timeout,
    TokenFile,
    UserHeader,
    pages_options,
)
from tgwire.cli.seeds import SEEDS, require_seeds
from tgwire.extras import require

FOLDER = Path(".tgwire/up")
"""State and store of ``--demo``."""

_Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="WHEN",
        help="Backfill (with --replay: read) posts from this date or time on, e.g. 2026-01-31 or 2026-01-31T12:00Z.",
    ),
]
_Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", help="Backfill (with --replay: read) posts before this date or time."),
]
_FromId = Annotated[
    int | None,
    typer.Option("--from-id", min=1, help="Backfill (with --replay: read) posts from this message id on."),
]


def up(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="With --replay: archives and folders of them.")
    ] = None,
    is_replay: Annotated[
        bool, typer.Option("--replay", help="Read the archives at PATH instead of collecting; each once.")
    ] = False,
    is_demo: Annotated[
        bool, typer.Option("--demo", help=f"Read the sample posts of seeds/, into a store in {FOLDER}.")
    ] = False,
    is_kafka: Annotated[
        bool,
        typer.Option(
            "--kafka", help="Use the Kafka cluster of the settings; worker and sink run as processes of their own."
        ),
    ] = False,
    backfill: Backfill = False,
    takeout: Takeout = False,
    since: _Since = None,
    until: _Until = None,
    from_id: _FromId = None,
    media: MediaOption = False,
    limit: given.Limit = None,
    format_name: given.FormatName = None,
    channel: given.ChannelOption = None,
    timezone: given.Timezone = None,
    chats: given.ChatsOption = "channels",
    columns: given.Columns = None,
    markup: given.Markup = None,
    join_albums: given.JoinAlbums = False,
    original: given.Original = False,
    store: StoreUrl = None,
    host: Host = "127.0.0.1",
    port: Port = PORT,
    token_file: TokenFile = None,
    user_header: UserHeader = None,
    proxy: Proxy = None,
    allow_host: AllowHost = None,
    timeout: Timeout = QUERY_S,
) -> None:
    """Collect live, analyze, store and serve pages, all in one process, until Ctrl-C.

    Collects the channels of collect.channels like `tgwire collect`, or reads archives once, and goes on serving. A post
    counts as collected when the store has committed it, so a kill loses nothing. `tgwire search`, `tail`, `export` and
    `sql` read the same store meanwhile. With --kafka posts go to the cluster, and a worker and the store's sink run as
    well; `tgwire move` moves a store that was filled without Kafka there.

    Examples: tgwire up --demo; tgwire up --replay export.zip; tgwire up; tgwire up --backfill --port 8080;
    tgwire up --replay posts.csv --channel @wirenews --timezone Europe/Kyiv
    """
    context: Context = ctx.obj
    bounds = backfill_bounds(since, until, from_id, is_wanted=backfill or is_replay, goes_with="--backfill or --replay")
    options = given.ArchiveOptions(
        format_name, channel, timezone, chats, tuple(columns or ()), markup, join_albums, original
    )
    scope = CollectionScope(backfill, takeout, media, bounds)
    archives = SelectedArchives(tuple(paths or ()), options, Selection(bounds.since, bounds.until, from_id), limit)
    _check_options(archives, scope, store, is_replay=is_replay, is_demo=is_demo, is_kafka=is_kafka)
    for module in ("jinja2", "starlette", "uvicorn"):
        require("web", module)
    pages = pages_options(host, port, token_file, user_header, proxy, allow_host, timeout)
    if is_demo:
        url = f"sqlite:{(FOLDER / 'tgwire.db').absolute()}"
        replay_beside_pages(_of_demo(context.settings), SelectedArchives((str(SEEDS),)), url, pages)
        return
    url, settings, beside = store_to_write(context, store), context.settings, None
    if is_kafka:
        from tgwire.processes.up_kafka import WorkerAndSink

        require("worker", "faust")
        settings = settings.model_copy(update={"kafka": context.kafka})
        beside = WorkerAndSink(settings, url)
    if is_replay:
        replay_beside_pages(settings, archives, url, pages, beside)
    else:
        collect_beside_pages(context, settings, url, pages, scope, beside)


def _check_options(
    archives: SelectedArchives,
    scope: CollectionScope,
    store: str | None,
    *,
    is_replay: bool,
    is_demo: bool,
    is_kafka: bool,
) -> None:
    if is_replay and is_demo:
        raise typer.BadParameter("--replay reads archives, and --demo the seeds: choose one")
    if is_replay and not archives.paths:
        raise typer.BadParameter("--replay needs archives: tgwire up --replay PATH...")
    if "-" in archives.paths:  # a read of it that waits cannot be stopped
        raise typer.BadParameter(
            "`up` does not read stdin: use `tgwire replay - --to store`, and `tgwire serve` for its pages"
        )
    if archives.paths and not is_replay:
        raise typer.BadParameter("paths go with --replay")
    if (archives.options.variant or archives.limit is not None) and not is_replay:
        raise typer.BadParameter("options of archives and --limit go with --replay")
    if (scope.backfill or scope.takeout or scope.media) and (is_replay or is_demo):
        raise typer.BadParameter("--backfill, --takeout and --media are for collecting")
    if is_demo and is_kafka:
        raise typer.BadParameter("--demo is a run without Kafka: `tgwire demo` is the one over Kafka")
    if is_demo and store is not None:
        raise typer.BadParameter(f"--demo fills a store of its own, in {FOLDER}: leave out --store")
    if is_demo:
        require_seeds()


def _of_demo(settings: Settings) -> Settings:
    return settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"state_dir": FOLDER.absolute()})})


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)
