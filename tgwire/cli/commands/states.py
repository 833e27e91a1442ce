"""``tgwire states``: what the workers know of each post."""

import sys
from typing import Annotated

import typer

from tgwire.cli.context import Context
from tgwire.cli.output.console import remark, write_json
from tgwire.states_reset import reset_states

app = typer.Typer(help="What the workers know of each post.", no_args_is_help=True)


@app.callback()
def states() -> None:
    """What the workers know of each post."""


@app.command()
def reset(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Let the workers forget what they know of each post, so that an archive can rebuild what no raw topic holds.

    Stop all workers first, on every machine. posts.states is deleted and made again; each worker that starts then
    finds its own table to be of another topic, and starts with an empty one. Records that were written stay. Until
    posts are replayed, an older state takes the place of a newer one, and a deleted post can come back.

    Example: tgwire states reset --yes && tgwire replay archive.jsonl
    """
    context: Context = ctx.obj
    settings = context.settings.model_copy(update={"kafka": context.kafka})
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("nobody is here to ask: give --yes", param_hint="--yes")
        typer.confirm("Delete what the workers know of all posts?", abort=True, err=True)
    name = reset_states(settings)
    if as_json:
        write_json({"reset": name})
    else:
        remark(f"{name} is empty: workers that start now know no post")
