"""``tgwire demo``: a run of the whole pipeline with sample posts."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ingest.sources.options import ReadOptions
from runtime.settings.store import SQLITE
from schemas.plurals import counted
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.inputs import open_inputs
from tgwire.cli.output.complaints import Complaints
from tgwire.cli.output.console import err, out, remark, shows_progress, write_json
from tgwire.cli.output.record_tables import MAX_ROWS, show_citations, show_duplicates, show_posts, show_quotes
from tgwire.cli.seeds import SEEDS, require_seeds
from tgwire.errors import DemoMissingError
from tgwire.extras import needs, require
from tgwire.local_broker import Engine
from tgwire.processes.demo import run_demo, store_file

FOLDER = Path(".tgwire/demo")


def demo(
    ctx: typer.Context,
    seeds: Annotated[
        Path, typer.Argument(help="Folder or file of posts.", show_default="the seeds of the project")
    ] = SEEDS,
    engine: Annotated[Engine, typer.Option(help="Local broker, where no cluster is set.")] = "auto",
    folder: Annotated[
        Path, typer.Option("--out", help="Folder for the JSON lines; those of an earlier demo are replaced.")
    ] = FOLDER,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the worker.")] = 60.0,
    rows: Annotated[int, typer.Option(min=0, help="Maximum number of rows of a table; 0 shows all.")] = MAX_ROWS,
    as_json: Annotated[bool, typer.Option("--json", help="Write the normalized records as JSON lines.")] = False,
    is_served: Annotated[bool, typer.Option("--serve", help="Only serve the pages of the last demo's store.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve: port; 0 takes a free one.")] = 8123,
) -> None:
    """Run posts through Kafka, a Faust worker and the store's sink, and show records, split quotes and duplicates.

    Starts a broker and a worker, and stops them again. With KAFKA_BOOTSTRAP_SERVERS set it uses that cluster, under
    a topic prefix of its own that is deleted afterwards. `tgwire up --demo` does the same in one process without Kafka.

    Examples: tgwire demo; tgwire demo --serve; tgwire demo my-posts.jsonl --engine tansu --out out/
    """
    context: Context = ctx.obj
    if is_served:
        _serve(store_file(folder), port)
        return
    settings = context.settings
    # A topic made a moment ago may have no leader yet: clients log that and try again, and it is no news here.
    logging.getLogger("kafka").setLevel(logging.ERROR)
    require("worker", "faust")  # the worker itself would report it in its log only
    if seeds == SEEDS:
        require_seeds()
    with Complaints() as complaints:
        inputs = open_inputs([seeds], ReadOptions(), complaints)
        with _steps() as say:
            results = run_demo(settings, inputs.sources, folder, engine=engine, timeout_s=timeout, say=say)
        for rejected in results.summary.rejections:
            complaints.rejected(rejected)
    if as_json:
        for post in results.posts:
            write_json(post)
    else:
        show_posts(results.posts, rows)
        show_quotes(results.posts[: rows or None], rows)
        show_citations(results.posts[: rows or None], rows)
        show_duplicates(results.duplicates, {post.key: post.text for post in results.posts}, rows)
    out_or_err = err if as_json else out
    out_or_err.print(
        f"{counted(results.summary.published, 'post')} published, {counted(len(results.posts), 'record')}. JSON lines:"
    )
    for path in results.files:
        out_or_err.print(f"  {path}", soft_wrap=True)
    elsewhere = "" if folder == FOLDER else f" --out {folder}"
    out_or_err.print(f"The same as pages: make demo ARGS=--serve, or tgwire demo --serve{elsewhere}", soft_wrap=True)
    if results.summary.rejected or inputs.left_out:
        raise typer.Exit(Exit.INCOMPLETE)


def _serve(store: Path, port: int) -> None:
    with needs("web"):
        from web.server import serve_store
        from web.serving.access import Access

    if not store.exists():
        raise DemoMissingError(f"{store}: there is no demo to serve. Run it first: make demo, or tgwire demo")
    serve_store(
        f"{SQLITE}{store}", Access("127.0.0.1"), port=port, on_start=lambda address: remark(f"Pages: {address}")
    )


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """Show what is being done: in one line at a terminal, else in a line each."""
    if not shows_progress():
        yield lambda what: err.print(f"... {what}")
        return
    with err.status("starting", spinner=err.spinner) as status:
        yield lambda what: status.update(err.text(what))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
