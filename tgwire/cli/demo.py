"""``tgwire demo``: see it work."""

import logging
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from ingest.sources.discovery import open_sources
from schemas import Lane
from tgwire.broker import Engine
from tgwire.cli.console import complain, err, out, shows_progress, write_json
from tgwire.cli.context import Context
from tgwire.cli.exits import Exit
from tgwire.cli.views import show_duplicates, show_posts, show_quotes
from tgwire.demo import run_demo

SEEDS = Path(__file__).parents[2] / "seeds"
FOLDER = Path(".tgwire/demo")


def demo(
    ctx: typer.Context,
    seeds: Annotated[
        Path, typer.Argument(help="Folder or file of posts.", show_default="the seeds of the project")
    ] = SEEDS,
    engine: Annotated[Engine, typer.Option(help="Local broker, where no cluster is set.")] = "auto",
    folder: Annotated[
        Path, typer.Option("--out", help="Folder for the JSON lines; what is in it is replaced.")
    ] = FOLDER,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the worker.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write the normalized records as JSON lines.")] = False,
) -> None:
    """Run posts through Kafka and a Faust worker, and show the records, the split quotes and the duplicates.

    Starts a broker and a worker, and stops them again. With KAFKA_BOOTSTRAP_SERVERS set it uses that cluster, under
    a topic prefix of its own that is deleted afterwards.

    Examples: tgwire demo; tgwire demo my-posts.jsonl --engine tansu --out out/
    """
    context: Context = ctx.obj
    settings = context.settings
    # A topic made a moment ago may have no leader yet: clients say so, try again, and it is no news here.
    logging.getLogger("kafka").setLevel(logging.ERROR)
    sources = open_sources(seeds, Lane.BACKFILL, sys.stdin.buffer)
    with err.status("starting") if shows_progress() else nullcontext() as status:

        def say(what: str) -> None:
            if status is not None:
                status.update(what)
            else:
                err.print(f"... {what}", highlight=False)

        results = run_demo(settings, sources, folder, engine=engine, timeout_s=timeout, say=say)
    for rejected in results.summary.rejections:
        complain(rejected)
    if as_json:
        for post in results.posts:
            write_json(post)
    else:
        show_posts(results.posts)
        show_quotes(results.posts)
        show_duplicates(results.duplicates, {post.key: post.text for post in results.posts})
    out_or_err = err if as_json else out
    out_or_err.print(
        f"{results.summary.published} posts published, {len(results.posts)} records. JSON lines:", highlight=False
    )
    for path in results.files:
        out_or_err.print(f"  {path}", highlight=False)
    if results.summary.rejected:
        raise typer.Exit(Exit.INCOMPLETE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
