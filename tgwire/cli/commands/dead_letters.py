"""``tgwire dead-letters``: messages that were set aside."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from runtime.printable import one_line
from schemas import RejectReason
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.file_dead_letters import FromFile, is_of_file, list_file, replay_file, show_file
from tgwire.cli.options.destination import StoreUrl, store_to_write
from tgwire.cli.output.console import err, out, write_json
from tgwire.cli.output.tables import table
from tgwire.dead_letters import (
    DeadLetterPosition,
    Filter,
    StoredLetter,
    decode,
    list_letters,
    replay_letters,
    show_letter,
)
from tgwire.webhook_dead_letters import WebhookLetters

app = typer.Typer(help="List, show and replay messages that could not be processed.", no_args_is_help=True)

AsJsonLines = Annotated[bool, typer.Option("--json", help="Write JSON lines.")]
ReasonOption = Annotated[RejectReason | None, typer.Option(help="Only those set aside for this reason.")]
StageOption = Annotated[str | None, typer.Option(help="Only those of this stage: analyze, dedup or sink.NAME.")]
FromTopic = Annotated[str | None, typer.Option("--topic", help="Only those of this topic, named without prefix.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    reason: ReasonOption = None,
    stage: StageOption = None,
    topic: FromTopic = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of dead letters.")] = 50,
    file: FromFile = False,
    as_json: AsJsonLines = False,
) -> None:
    """List the newest dead letters, newest first; "replays" is the number of times each message was sent again.

    Example: tgwire dead-letters list --reason invalid_json -n 10
    """
    context: Context = ctx.obj
    if is_of_file(context, is_wanted=file, kafka_only=(stage, topic)):
        list_file(context, reason, limit, as_json=as_json)
        return
    letters = list_letters(context.kafka, Filter(reason, stage, topic), limit)
    if as_json:
        for stored in letters:
            write_json(_describe(stored))
        return
    rows = (
        (
            stored.position,
            datetime.fromtimestamp(stored.stored_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            stored.letter and f"{stored.letter.topic} {stored.letter.partition}:{stored.letter.offset}",
            stored.letter and stored.letter.stage,
            stored.letter and stored.letter.reason,
            stored.letter and stored.letter.field,
            stored.letter.message if stored.letter else stored.problem,
            len(stored.value or b""),
            stored.replays,
        )
        for stored in letters
    )
    columns = ("at", "stored (UTC)", "came from", "stage", "reason", "field", "message", "bytes", "replays")
    table("Dead letters", columns, rows, text="message")


@app.command()
def show(
    ctx: typer.Context,
    position: Annotated[str, typer.Argument(help="partition:offset, as in the list.")],
    file: FromFile = False,
    as_json: AsJsonLines = False,
) -> None:
    """Show one dead letter with the message's own bytes, decoded as far as possible.

    Example: tgwire dead-letters show 0:17
    """
    context: Context = ctx.obj
    if is_of_file(context, is_wanted=file):
        show_file(context, position, as_json=as_json)
        return
    stored = show_letter(context.kafka, _position(position))
    if as_json:
        write_json(_describe(stored) | {"value": decode(stored.value).text})
        return
    for name, value in _describe(stored).items():
        out.print(one_line(f"{name}: {value}"), soft_wrap=True)
    out.print(decode(stored.value).text, soft_wrap=True)


@app.command()
def replay(
    ctx: typer.Context,
    positions: Annotated[list[str] | None, typer.Argument(help="partition:offset, as in the list.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that match the filters and were not replayed yet.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="With --all: also those that were replayed before and came back.")
    ] = False,
    reason: ReasonOption = None,
    stage: StageOption = None,
    topic: FromTopic = None,
    file: FromFile = False,
    store: StoreUrl = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be sent.")] = False,
    as_json: AsJsonLines = False,
) -> None:
    """Send dead letters again, each to the topic that it came from. A repeat is harmless.

    Those of `sink webhook` go to its receiver, with the same id and a new signature; it may have newer states of a post
    by then: the record's rank decides. Those of other sinks are not replayed: their records are still in their topics.

    Replayed letters are recorded: --all skips them from then on, also when their message became a dead letter again. A
    letter that is named by its position is always replayed.

    Without Kafka posts are analyzed and stored again: those that succeed are removed from the file. Stop what writes to
    the store first.

    Examples: tgwire dead-letters replay 0:17 0:18; tgwire dead-letters replay --all --reason failed --dry-run;
    tgwire dead-letters replay --file --all
    """
    context: Context = ctx.obj
    if bool(positions) == all_:
        raise typer.BadParameter("name positions, or give --all")
    if again and not all_:
        raise typer.BadParameter("--again goes with --all: positions are replayed in any case")
    if is_of_file(context, is_wanted=file or store is not None, kafka_only=(stage, topic, again)):
        replay_file(context, store_to_write(context, store), positions, reason, dry_run=dry_run, as_json=as_json)
        return
    selection = [_position(text) for text in positions] if positions else Filter(reason, stage, topic)
    count = failed = left_out = 0
    with WebhookLetters(context.settings.sink.webhook) as to_receiver:
        for result in replay_letters(context.kafka, selection, to_receiver=to_receiver, dry_run=dry_run, again=again):
            if result.outcome == "left out":
                left_out += 1
                continue
            count += 1
            failed += result.outcome == "not sent"
            if as_json:
                write_json(asdict(result) | {"position": str(result.position)})
            else:
                place = result.receiver or result.topic
                out.print(
                    one_line(f"{result.position} {result.outcome}" + (f" to {place}" if place else "")),
                    one_line(result.problem or ""),
                )
    err.print(f"{count - failed} of {count} {'would be sent' if dry_run else 'sent'}")
    if left_out:
        hint = "" if again else "; those that came back go with --again"
        err.print(f"{left_out} replayed before left out: name a position to replay one again{hint}", soft_wrap=True)
    if failed:
        raise typer.Exit(Exit.INCOMPLETE)


def _position(text: str) -> DeadLetterPosition:
    try:
        return DeadLetterPosition.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _describe(stored: StoredLetter) -> dict[str, object]:
    description: dict[str, object] = {
        "position": str(stored.position),
        "stored_at": datetime.fromtimestamp(stored.stored_at_ms / 1000, UTC).isoformat(),
        "key": decode(stored.key).text,
        "bytes": len(stored.value or b""),
        "replays": stored.replays,
    }
    if stored.letter is None:
        return description | {"problem": stored.problem}
    return description | stored.letter.model_dump(mode="json", exclude={"type", "schema_version"})
