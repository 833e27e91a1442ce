"""``tgwire schema``: print the contract."""

from typing import Annotated

import typer

from schemas.json_schema import published_schema
from schemas.topics import TOPICS
from tgwire.cli.console import write_json
from tgwire.cli.tables import table

MODELS = {str(model.model_fields["type"].default): model for topic in TOPICS for model in topic.values}


def _complete(prefix: str) -> list[str]:
    return [name for name in MODELS if name.startswith(prefix)]


def schema(
    name: Annotated[
        str | None,
        typer.Argument(help="Record, e.g. raw_post or post. Without it: the list.", autocompletion=_complete),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
) -> None:
    """Print the JSON Schema of a record, or list records and topics.

    Examples: tgwire schema; tgwire schema post > post.schema.json
    """
    if name is not None:
        if name not in MODELS:
            raise typer.BadParameter(f"no record {name!r}; there are {', '.join(MODELS)}", param_hint="NAME")
        write_json(published_schema(MODELS[name]))
        return
    rows = [
        (topic.name, "/".join(str(m.model_fields["type"].default) for m in topic.values), topic.key, topic.purpose)
        for topic in TOPICS
    ]
    if as_json:
        write_json([dict(zip(("topic", "records", "key", "purpose"), row, strict=True)) for row in rows])
    else:
        table("Topics and their records", ("topic", "record", "key", "purpose"), rows, text="purpose")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)
