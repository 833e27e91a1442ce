"""``tgwire move``: from one process without Kafka to Kafka."""

import sys
from typing import Annotated

import typer

from schemas.plurals import counted
from tgwire.cli.context import Context
from tgwire.cli.options.destination import StoreUrl, store_to_write
from tgwire.cli.output.console import progress, remark, write_json

_NEXT = (
    "From now on `tgwire worker`, `tgwire sink store` and `tgwire collect` do what `tgwire up` did, and `tgwire serve` "
    "shows the pages."
)


def move(
    ctx: typer.Context,
    to_kafka: Annotated[
        bool, typer.Option("--to-kafka", help="Move to the cluster of the settings, whose topics are empty.")
    ] = False,
    is_cancelled: Annotated[
        bool, typer.Option("--cancel", help="Give up a move that was interrupted, and go on without Kafka.")
    ] = False,
    store: StoreUrl = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write a summary as JSON.")] = False,
) -> None:
    """Move from one process without Kafka (tgwire up, --to store) to Kafka, without loss or repeats.

    Stop all processes first. Records, states of posts and fingerprints go to the topics, which are created where they
    are missing. Ledger and cursors then refer to the topics, so that collector and replays go on where they were. The
    store becomes that of `tgwire sink store`, with its revisions and stories. After an interruption run the same
    command again; until then nothing else that writes to ledger, cursors or store starts.

    Example: KAFKA_BOOTSTRAP_SERVERS=kafka-1:9092 tgwire move --to-kafka
    """
    context: Context = ctx.obj
    if to_kafka is is_cancelled:
        raise typer.BadParameter("say where to: tgwire move --to-kafka; or give a move up: tgwire move --cancel")
    if is_cancelled:
        _cancel(context, store_to_write(context, store), as_json=as_json)
        return
    from tgwire.move.moving import move_to_kafka  # the clients of Kafka take their time to import

    settings = context.settings.model_copy(update={"kafka": context.kafka})
    url = store_to_write(context, store)
    _confirm(str(context.kafka.bootstrap_servers), is_sure=yes)
    with progress(is_hidden=as_json) as bar:
        task = bar.add_task("sending", total=None, note="")
        rows = move_to_kafka(
            settings,
            url,
            lambda kind, count: bar.update(task, advance=count, note=kind),
            lambda total: bar.update(task, total=total),
        )
    if as_json:
        write_json({"cluster": context.kafka.bootstrap_servers, "topic_prefix": context.kafka.topic_prefix, **rows})
        return
    more = f", {counted(rows['deletions'], 'deletion')} of posts that never came" if rows["deletions"] else ""
    remark(
        f"Moved to {context.kafka.bootstrap_servers}: {counted(rows['posts'], 'post')}{more}, and counts of "
        f"{rows['counts']:,} of them."
    )
    remark(_NEXT)


def _cancel(context: Context, url: str, *, as_json: bool) -> None:
    from tgwire.move.moving import cancel_move

    name = cancel_move(context.settings, url)
    if as_json:
        write_json({"cancelled": name})
    if name is None:
        remark(
            "The note of the move could not be read, and is removed. If `tgwire sink store` fills the store already, "
            "ledger and cursors do not know of it: start the collector with --backfill."
        )
    elif not as_json:
        remark(
            f"Given up: {name} is filled without Kafka as before. Before another move delete the topics, which hold a "
            "part of it, or set kafka.topic_prefix to another one."
        )


def _confirm(cluster: str, *, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("no terminal to ask on: give --yes", param_hint="--yes")
    typer.confirm(f"Move to Kafka at {cluster}? There is no way back.", abort=True, err=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(move)
