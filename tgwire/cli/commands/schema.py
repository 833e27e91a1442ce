"""``tgwire schema``: print the contract."""

from typing import Annotated

import typer

from schemas.contract.asyncapi import message_names
from schemas.contract.json_schema import published_schema, record_type
from schemas.topics import ALL_TOPICS
from tgwire.cli.output.console import write_json
from tgwire.cli.output.tables import table

MODELS = {record_type(model): model for topic in ALL_TOPICS for model in topic.values}
PACKED = {packed.name: packed for topic in ALL_TOPICS for packed in topic.packed}
"""Values that are bytes and not JSON."""


def _complete(prefix: str) -> list[str]:
    return [name for name in (*MODELS, *PACKED) if name.startswith(prefix)]


def schema(
    name: Annotated[
        str | None,
        typer.Argument(help="Record, e.g. raw_post or post. Without it: the list.", autocompletion=_complete),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
) -> None:
    """Print the JSON Schema of a record, the layout of a packed one, or list records and topics.

    Examples: tgwire schema; tgwire schema post > post.schema.json
    """
    if name is not None:
        if name in PACKED:
            write_json(PACKED[name]._asdict() | {"example": PACKED[name].example.hex()})
            return
        if name not in MODELS:
            raise typer.BadParameter(
                f"no record {name!r}; there are {', '.join((*MODELS, *PACKED))}", param_hint="NAME"
            )
        write_json(published_schema(MODELS[name]))
        return
    rows = [(topic.name, "/".join(message_names(topic)), topic.key, topic.purpose) for topic in ALL_TOPICS]
    if as_json:
        write_json([dict(zip(("topic", "records", "key", "purpose"), row, strict=True)) for row in rows])
    else:
        table("Topics and their records", ("topic", "record", "key", "purpose"), rows, text="purpose")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)
