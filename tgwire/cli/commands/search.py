"""``tgwire search``: posts of the store that a query asks for."""

from enum import StrEnum
from typing import Annotated

import typer

from schemas.query.relevance import MAX_RANKED
from schemas.query.tree import Node
from sinks.store.reading.posts import StoredPost
from sinks.store.reading.readers import StoreReader
from sinks.store.search.searching import find, find_relevant
from sinks.store.search.selection import HitSelection, Order
from tgwire.cli.context import Context
from tgwire.cli.output.console import err, remark, write_json
from tgwire.cli.output.stored_posts import as_json, show_post
from tgwire.cli.queries import QueryArgument, StoreOption, echo_query, now_ms, opened_store, read_query


class Sorting(StrEnum):
    """Orders of hits."""

    NEWEST = "newest"
    OLDEST = "oldest"
    RELEVANCE = "relevance"


def search(
    ctx: typer.Context,
    query: QueryArgument,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=MAX_RANKED, help="Number of posts to show.")] = 20,
    order: Annotated[
        Sorting, typer.Option(help=f"Order of the hits; relevance orders the newest {MAX_RANKED:,}.")
    ] = Sorting.NEWEST,
    behind: Annotated[
        int | None, typer.Option(metavar="CURSOR", help="Continue after this post: the `cursor` of its JSON.")
    ] = None,
    store: StoreOption = None,
    as_lines: Annotated[bool, typer.Option("--json", help="Write JSON lines.")] = False,
) -> None:
    """Search the store; docs/query.md describes the query language.

    Examples: tgwire search 'bridge lang:en,ru age:<24h'; tgwire search '"collapsed bridge" NOT is:copy' --json
    """
    context: Context = ctx.obj
    if behind is not None and order is Sorting.RELEVANCE:
        raise typer.BadParameter("--behind goes with an order by time")
    tree = read_query(query)
    with opened_store(context, store) as reader:
        echo_query(tree, reader)
        found = _found(reader, tree, limit + 1, order, behind)
    for post in found[:limit]:
        if as_lines:
            write_json(as_json(post))
        else:
            show_post(post, tree)
    if not found:
        remark("no post matches")
    elif len(found) > limit and order is not Sorting.RELEVANCE:
        err.print(f"there are more: --behind {found[limit - 1].id} goes on", soft_wrap=True)


def _found(reader: StoreReader, tree: Node, limit: int, order: Sorting, behind: int | None) -> list[StoredPost]:
    with reader.reading() as rows:
        if order is Sorting.RELEVANCE:
            return find_relevant(rows, reader.dialect, tree, limit, now_ms())
        return find(rows, reader.dialect, tree, HitSelection(limit, Order(order.value), behind), now_ms())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(search)
