"""``tgwire channels``: the list of channels to collect."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from schemas.collecting import ChannelEntry, Tier
from tgwire.channel_list import add_channels, parse_entry, read_channels
from tgwire.cli.complaints import MAX_NAMED, Complaints, MaxErrors
from tgwire.cli.console import err, progress, write_json
from tgwire.cli.context import Context
from tgwire.cli.exits import Exit
from tgwire.cli.tables import table
from tgwire.errors import ConfigurationError
from tgwire.extras import needs

app = typer.Typer(help="The channels to collect: add, list, import, verify.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
TierOption = Annotated[Tier, typer.Option(help="How closely they are watched.")]
Preview = Annotated[bool, typer.Option("--preview", help="Read their public web previews, without an account.")]
Comments = Annotated[bool, typer.Option("--comments", help="Collect their discussion groups as well.")]
MAX_FORMER_NAMES = 3
Backfill = Annotated[bool, typer.Option("--backfill", help="Collect what was posted before.")]


@app.command()
def add(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(help="@name, https://t.me/name, or a channel's id.")],
    tier: TierOption = "normal",
    preview: Preview = False,
    comments: Comments = False,
    backfill: Backfill = False,
) -> None:
    """Add channels to the file that collect.channels names; a running collector takes them up by itself.

    Example: tgwire channels add @wirenews https://t.me/portwatch --tier high
    """
    rows = ((f"argument {number}", name) for number, name in enumerate(names, 1))
    _add(ctx, rows, tier, is_preview=preview, comments=comments, backfill=backfill)


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="One channel a line; # begins a comment; - is stdin.", allow_dash=True)],
    tier: TierOption = "normal",
    preview: Preview = False,
    comments: Comments = False,
    backfill: Backfill = False,
    max_errors: MaxErrors = MAX_NAMED,
) -> None:
    """Add the channels of a text file. A line that names none is told, the others are added, the exit code is 1.

    Example: tgwire channels import watchlist.txt --tier low
    """
    with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as lines:
        rows = [
            (f"{'stdin' if str(file) == '-' else file}:{number}", name)
            for number, line in enumerate(lines, 1)
            if (name := _name(line))
        ]
    _add(ctx, rows, tier, max_errors, is_preview=preview, comments=comments, backfill=backfill)


def _name(line: bytes) -> str:
    """What a line holds before a comment: UTF-8, whatever the locale."""
    return line.decode(errors="replace").removeprefix("\ufeff").partition("#")[0].strip()


@app.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show the channels of the file.

    Example: tgwire channels list --json | jq -r '.[].name'
    """
    context: Context = ctx.obj
    entries = read_channels(context.settings.collect.channels)
    if as_json:
        write_json([entry.model_dump() for entry in entries])
    else:
        table(
            f"Channels of {context.settings.collect.channels}",
            ("name", "tier", "source", "account", "also"),
            ((e.name, e.tier, e.source, e.account, ", ".join(_options(e))) for e in entries),
        )


def _options(entry: ChannelEntry) -> Iterator[str]:
    yield from (name for name in ("comments", "backfill") if getattr(entry, name))


def _add(
    ctx: typer.Context,
    rows: Iterable[tuple[str, str]],
    tier: Tier,
    max_errors: int = MAX_NAMED,
    *,
    is_preview: bool,
    comments: bool,
    backfill: bool,
) -> None:
    context: Context = ctx.obj
    options = {"tier": tier, "comments": comments, "backfill": backfill}
    entries, is_bad = [], False
    with Complaints(max_errors) as complaints:
        for place, name in rows:
            try:
                source = "preview" if is_preview else "telegram"
                entries.append(parse_entry(name, place, source=source, **options))
            except ConfigurationError as error:
                complaints.add(error, "lines that name no channel")
                is_bad = True
    path = context.settings.collect.channels
    added = add_channels(path, entries)
    err.print(f"{path}: added {len(added)}, {len(entries) - len(added)} were there already", soft_wrap=True)
    if is_bad:
        raise typer.Exit(Exit.INCOMPLETE)


@app.command()
def verify(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Ask Telegram for every channel of the file, and say what is the matter with those that cannot be collected well.

    Exit code 1 when there are any. Names that were never looked up cost a second each (telegram.requests_per_s).

    Example: tgwire channels verify --json | jq '.[] | select(.state != "ok")'
    """
    with needs("telegram"):
        from tgwire.verifying import verify_channels

    context: Context = ctx.obj
    settings = context.settings
    entries = read_channels(settings.collect.channels)
    with progress() as bar:
        task = bar.add_task("verify", total=len(entries), note="")
        verdicts = asyncio.run(verify_channels(settings, entries, lambda name: bar.update(task, advance=1, note=name)))
    if as_json:
        write_json([one._asdict() for one in verdicts])
    else:
        table(
            f"Channels of {settings.collect.channels}",
            ("name", "state", "id", "formerly", "detail"),
            ((one.name, one.state, one.id, _last(one.formerly), one.detail) for one in verdicts),
            text="detail",
        )
    if any(one.state != "ok" for one in verdicts):
        raise typer.Exit(Exit.INCOMPLETE)


def _last(names: tuple[str, ...]) -> str:
    """The newest names; the others are counted."""
    older = len(names) - MAX_FORMER_NAMES
    return ", ".join(names[-MAX_FORMER_NAMES:]) + (f" and {older} more" if older > 0 else "")
