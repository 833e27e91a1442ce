"""Queries on the command line: read, or refused with a caret below what is wrong; and the store that they ask."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from runtime.settings.store import store_url
from schemas.query.description import describe
from schemas.query.errors import QueryError
from schemas.query.tree import Node, Silent, leaves
from sinks.store.opening import open_reader
from sinks.store.reading.readers import TIMEOUT_S, StoreReader
from sinks.store.search.names import look_up
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import complain, point_at, remark

_HELP = (
    'Words, "phrases", prefix*, AND OR NOT ( ), and keys as lang:ru channel:@name after:2026-11-01 is:first has:media '
    "outlet:name age:<24h; quoted for the shell. See docs/query.md."
)
QueryArgument = Annotated[list[str], typer.Argument(metavar="QUERY", help=_HELP)]
OptionalQuery = Annotated[list[str] | None, typer.Argument(metavar="[QUERY]", help=_HELP)]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Store to read, as sqlite:/path/to/tgwire.db. Default: store.read_url, else store.url of the settings.",
    ),
]


def read_query(words: Sequence[str]) -> Node:
    """The query of a command line; what is wrong with it is shown, and ends the command."""
    from schemas.query.parser import parse  # its library takes its time to import

    text = " ".join(words)
    try:
        tree = parse(text)
        for leaf in leaves(tree):
            if isinstance(leaf, Silent):
                raise QueryError("silent: is a condition of alerts: no post has it", text, leaf.column)
    except QueryError as error:
        complain(f"query, {error}")
        point_at(*error.pointed().split("\n"))
        raise typer.Exit(Exit.USAGE) from None
    return tree


def echo_query(tree: Node, reader: StoreReader) -> None:
    """Remark how a query was understood, and which of its names the store does not know."""
    remark(describe(tree))
    with reader.reading() as rows:
        for name in look_up(rows, tree).unknown(tree):
            remark(f"nothing in the store is of {name}")


def store_address(context: Context, url: str | None) -> str:
    """Address of the store that a command reads."""
    if url is not None:
        return store_url(url)
    settings = context.settings
    return settings.store.address_to_read(settings.ingest.state_dir)


@contextmanager
def opened_store(context: Context, url: str | None, timeout_s: float = TIMEOUT_S) -> Iterator[StoreReader]:
    """The store that a command reads."""
    reader = open_reader(store_address(context, url), timeout_s)
    try:
        yield reader
    finally:
        reader.close()


def now_ms() -> int:
    """The moment that ages count from."""
    return time.time_ns() // 1_000_000
