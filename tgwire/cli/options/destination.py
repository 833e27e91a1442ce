"""Where posts go: a Kafka cluster, or a store in this process."""

from enum import StrEnum
from typing import Annotated

import typer

from runtime.settings.store import store_url
from tgwire.cli.context import Context


class Destination(StrEnum):
    """Where collected or replayed posts go."""

    KAFKA = "kafka"
    STORE = "store"


To = Annotated[
    Destination,
    typer.Option(
        "--to", help="kafka, for workers; or store: analyze in this process and store the records, without Kafka."
    ),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Store to write, as sqlite:/path/to/tgwire.db. Default: store.url of the settings.",
    ),
]


def store_to_write(context: Context, url: str | None) -> str:
    """Address of the store that a command writes; it can hold a password."""
    if url is not None:
        return store_url(url)
    return context.settings.store.address(context.state_dir)
