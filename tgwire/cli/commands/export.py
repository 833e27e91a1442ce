"""``tgwire export``: posts of the store written to a file, or to stdout."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated

import typer

from runtime.private_files import make_private_file
from schemas.plurals import counted
from schemas.query.tree import Node
from sinks.store.compression import unpack
from sinks.store.reading.details import copies
from sinks.store.reading.posts import posts_by_id
from sinks.store.reading.readers import StoreReader
from sinks.store.search.names import ResolvedNames, look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import HitSelection, Order
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import complain, progress, remark
from tgwire.cli.queries import QueryArgument, StoreOption, echo_query, now_ms, opened_store, read_query
from tgwire.errors import OutputExistsError
from tgwire.exports.formats import ExportFormat, ExportPage, writer

_PAGE = 500
_TIMEOUT_S = 60.0
"""Longest time for one page: an export may ask for what no page of search would."""


def export(
    ctx: typer.Context,
    query: QueryArgument,
    kind: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="Whole records (jsonl), one row a post (csv, parquet), or who copied whom, and how soon (gexf).",
        ),
    ] = ExportFormat.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write; without it stdout.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, help="Maximum number of posts, oldest first; 0: all.")
    ] = 0,
    store: StoreOption = None,
) -> None:
    """Write the posts that match a query, oldest first.

    Examples: tgwire export 'lang:ru age:<7d' -o posts.jsonl; tgwire export is:copy --format gexf -o spread.gexf
    """
    context: Context = ctx.obj
    tree = read_query(query)
    if output is None and kind is ExportFormat.PARQUET and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is no text: name a file with --output")
    if output is not None and output.exists() and not force:
        raise OutputExistsError(f"{output}: exists already; --force overwrites it")
    if output is not None and not output.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(output.parent))
    with opened_store(context, store, _TIMEOUT_S) as reader:
        echo_query(tree, reader)
        with _opened(output) as file:
            count, gone = _export(reader, tree, kind, file, limit)
    where = "" if output is None else f" to {output}"
    remark(f"{counted(count, 'post')} written{where}")
    if gone:
        complain(f"{counted(gone, 'post')} without a record left out: their texts were erased or not kept")
        raise typer.Exit(Exit.INCOMPLETE)


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    """The file of an export; one that was not finished does not stay."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        make_private_file(unfinished)
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(output)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def _export(reader: StoreReader, tree: Node, kind: ExportFormat, file: IO[bytes], limit: int) -> tuple[int, int]:
    """How many posts were written, and how many have no record any more."""
    to, count, gone = writer(kind, file), 0, 0
    with progress(is_hidden=sys.stdout.isatty()) as bar:
        task = bar.add_task("Exporting", total=None, note="")
        for page in _pages(reader, tree, limit, kind):
            to.write(page)
            lost = sum(1 for record in page.records if not record)
            count += len(page.posts) - lost
            gone += lost
            bar.update(task, note=counted(count, "post"))
    to.close()
    return count, gone


def _pages(reader: StoreReader, tree: Node, limit: int, kind: ExportFormat) -> Iterator[ExportPage]:
    """Pages of hits, each of a moment of its own: a long read would hold the store's file from shrinking."""
    moment, behind, left = now_ms(), None, limit or sys.maxsize
    names: ResolvedNames | None = None
    while left:
        with reader.reading() as rows:
            names = look_up(rows, tree) if names is None else names
            chosen = HitSelection(min(_PAGE, left), Order.OLDEST, behind)
            ids = find_ids(rows, reader.dialect, tree, names, chosen, moment)
            posts = posts_by_id(rows, ids)
            records: list[bytes] = []
            if kind is ExportFormat.JSONL:
                sql = "SELECT p.id, b.record FROM posts p JOIN bodies b ON b.seq = p.body WHERE p.id"
                found: dict[int, bytes] = dict(rows.among(sql, ids))
                records = [unpack(bytes(found.get(post.id, b""))) for post in posts]
            copied = copies(rows, [post.key for post in posts]) if kind is ExportFormat.GEXF else {}
        if not ids:
            return
        yield ExportPage(posts, records, copied)
        behind, left = ids[-1], left - len(ids)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)
