"""Dead letters of a process without Kafka, for ``tgwire dead-letters``: lines of a file of the state folder."""

from typing import TYPE_CHECKING, Annotated

import typer

from runtime.printable import one_line
from schemas import RejectReason
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import err, out, remark, write_json
from tgwire.cli.output.tables import table
from tgwire.dead_letters import decode

if TYPE_CHECKING:
    from tgwire.embedded.dead_letter_replay import FileLetter

FromFile = Annotated[
    bool,
    typer.Option(
        "--file",
        help="Those of `tgwire up` and --to store, in dead-letters.jsonl of ingest.state_dir; where no cluster is set, "
        "these are meant anyway.",
    ),
]


def is_of_file(context: Context, *, is_wanted: bool, kafka_only: tuple[object, ...] = ()) -> bool:
    """Whether the file is meant, which is said where nobody asked for it; BadParameter for options of Kafka alone."""
    has_cluster = context.settings.kafka.bootstrap_servers is not None
    if has_cluster and not is_wanted:
        return False
    if any(kafka_only):
        missing = "" if has_cluster else ", and kafka.bootstrap_servers is not set"
        raise typer.BadParameter(f"--stage, --topic and --again are for dead letters of Kafka{missing}")
    if not is_wanted:
        from tgwire.embedded.dead_letter_file import FILE_NAME

        remark(f"kafka.bootstrap_servers is not set: dead letters of {context.settings.ingest.state_dir / FILE_NAME}")
    return True


def list_file(context: Context, reason: RejectReason | None, limit: int, *, as_json: bool) -> None:
    """List the newest dead letters of the file, newest first."""
    from tgwire.embedded.dead_letter_replay import choose, read_letters

    letters = choose(read_letters(context.settings.ingest.state_dir), None, reason)[-limit:][::-1]
    if as_json:
        for letter in letters:
            write_json(_described(letter))
        return
    rows = (
        (
            letter.number,
            str(letter.content.get("failed_at", ""))[:19].replace("T", " "),
            letter.content.get("key"),
            letter.reason,
            letter.content.get("field"),
            letter.content.get("message") or "cut short",
            len(letter.value),
        )
        for letter in letters
    )
    table("Dead letters", ("at", "stored (UTC)", "post", "reason", "field", "message", "bytes"), rows, text="message")


def show_file(context: Context, written: str, *, as_json: bool) -> None:
    """Print a dead letter of the file with the post or record as it was."""
    from tgwire.embedded.dead_letter_replay import choose, read_letters

    (letter,) = choose(read_letters(context.settings.ingest.state_dir), [_number(written)], None)
    if as_json:
        write_json(_described(letter) | {"value": decode(letter.value).text})
        return
    for name, value in _described(letter).items():
        out.print(one_line(f"{name}: {value}"), soft_wrap=True)
    out.print(decode(letter.value).text, soft_wrap=True)


def replay_file(
    context: Context,
    url: str,
    positions: list[str] | None,
    reason: RejectReason | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give posts to the store again; what has come through leaves the file."""
    from prometheus_client import CollectorRegistry

    from ingest.publish.metrics import IngestMetrics
    from tgwire.embedded.dead_letter_replay import Tried, choose, read_letters, try_again
    from tgwire.embedded.opening import StorePublishers

    numbers = [_number(each) for each in positions] if positions else None
    if dry_run:
        tried = Tried()
        for letter in choose(read_letters(context.settings.ingest.state_dir), numbers, reason):
            try:
                letter.post()
            except ValueError as error:
                tried.not_sent.append((letter, str(error)))
            else:
                tried.sent.append(letter)
    elif not read_letters(context.settings.ingest.state_dir):
        tried = Tried()  # and no store is made
    else:
        publishers = StorePublishers(context.settings, url, IngestMetrics(CollectorRegistry()))
        tried = try_again(publishers, lambda letters: choose(letters, numbers, reason))
    word = "would be sent" if dry_run else "sent"
    results = [(letter, word, "") for letter in tried.sent]
    results += [(letter, "not sent", problem) for letter, problem in tried.not_sent]
    for letter, outcome, problem in results:
        if as_json:
            write_json(
                {
                    "position": letter.number,
                    "key": letter.content.get("key"),
                    "outcome": outcome,
                    "problem": problem or None,
                }
            )
        else:
            out.print(one_line(f"{letter.number} {letter.content.get('key') or ''} {outcome}"), one_line(problem))
    came_back = f"; {tried.came_back:,} came back" if tried.came_back else ""
    err.print(f"{len(tried.sent)} of {len(results)} {word}{came_back}")
    if tried.not_sent or tried.came_back:
        raise typer.Exit(Exit.INCOMPLETE)


def _number(written: str) -> int:
    if not written.isdecimal():
        raise typer.BadParameter(f"not a dead letter of the file: {written!r} (expected its number in the list)")
    return int(written)


def _described(letter: "FileLetter") -> dict[str, object]:
    content = {name: value for name, value in letter.content.items() if name not in ("raw", "record")}
    kind = next((name for name in ("raw", "record") if name in letter.content), None)
    return {"position": letter.number, **content, "kind": kind, "bytes": len(letter.value)}
