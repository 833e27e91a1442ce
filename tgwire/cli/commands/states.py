"""``tgwire states``: the state of each post, which the workers keep."""

import sys
from typing import Annotated

import typer

from tgwire.cli.context import Context
from tgwire.cli.options.json_output import AsJson
from tgwire.cli.output.console import remark, write_json
from tgwire.states_reset import reset_states

app = typer.Typer(help="The state of each post, which the workers keep.", no_args_is_help=True)


@app.callback()
def states() -> None:
    """The state of each post, which the workers keep."""


@app.command()
def reset(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete the state of each post, so that an archive can rebuild records that no raw topic has any more.

    Stop all workers first, on every machine. posts.states is deleted and created again; each worker then starts with an
    empty table. Existing records stay. Until posts are replayed, an older state can replace a newer one, and a deleted
    post can come back.

    Example: tgwire states reset --yes && tgwire replay archive.jsonl
    """
    context: Context = ctx.obj
    settings = context.settings.model_copy(update={"kafka": context.kafka})
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("no terminal to ask on: give --yes", param_hint="--yes")
        typer.confirm("Delete what the workers know of all posts?", abort=True, err=True)
    name = reset_states(settings)
    if as_json:
        write_json({"reset": name})
    else:
        remark(f"{name} is empty: workers that start now know no post")
