"""``tgwire channels``: the list of channels to collect."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from runtime.errors import ConfigurationError
from runtime.settings.channel_edits import add_channels, parse_names, remove_channels, set_channels
from runtime.settings.channel_list import ChannelEntry, Tier, parse_entry, read_channels
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.options.json_output import AsJson
from tgwire.cli.options.usage_errors import ChannelsCommand
from tgwire.cli.output.complaints import MAX_NAMED, Complaints, MaxErrors
from tgwire.cli.output.console import complain, progress, remark, write_json
from tgwire.cli.output.tables import table
from tgwire.cli.subscriptions import choose, subscribed, verdicts_on

app = typer.Typer(help="The channels to collect: add, set, remove, list, import, verify.", no_args_is_help=True)

TierOption = Annotated[Tier, typer.Option(help="How often they are checked.")]
Preview = Annotated[bool, typer.Option("--preview", help="Read their public web previews, without an account.")]
Comments = Annotated[bool, typer.Option("--comments", help="Collect their discussion groups as well.")]
MAX_FORMER_NAMES = 3
BackfillAdded = Annotated[bool, typer.Option("--backfill", help="Collect what was posted before.")]


@app.command(cls=ChannelsCommand)
def add(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(help="@name, https://t.me/name, or a channel's id.")],
    tier: TierOption = "normal",
    preview: Preview = False,
    comments: Comments = False,
    backfill: BackfillAdded = False,
) -> None:
    """Add channels to the file that collect.channels names; a running collector picks them up.

    Example: tgwire channels add @wirenews https://t.me/portwatch --tier high
    """
    rows = ((f"argument {number}", name) for number, name in enumerate(names, 1))
    _add(ctx, rows, tier, is_preview=preview, comments=comments, backfill=backfill)


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="One channel a line; # begins a comment; - is stdin.", allow_dash=True)
    ] = None,
    from_account: Annotated[
        bool, typer.Option("--from-account", help="Choose among the channels that an account is a member of.")
    ] = False,
    account: Annotated[str | None, typer.Option(help="That account; default: the first of the settings.")] = None,
    groups: Annotated[bool, typer.Option("--groups", help="Also its supergroups.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Add all of them without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write them as JSON, and add none unless --all.")] = False,
    tier: TierOption = "normal",
    preview: Preview = False,
    comments: Comments = False,
    backfill: BackfillAdded = False,
    max_errors: MaxErrors = MAX_NAMED,
) -> None:
    """Add the channels of a text file, or those that an account is subscribed to.

    Lines that name no channel are reported, and the exit code is 1; the others are added.

    Examples: tgwire channels import watchlist.txt --tier low; tgwire channels import --from-account --all
    """
    if (file is None) != from_account:
        raise typer.BadParameter("give a file or --from-account, one of them")
    if file is not None and (account is not None or groups or everything or as_json):
        raise typer.BadParameter("--account, --groups, --all and --json go with --from-account")
    if from_account and preview:
        raise typer.BadParameter("--preview reads without an account: it does not go with --from-account")
    if file is not None:
        rows = list(_lines(file))
    else:
        offered = subscribed(ctx.obj, account, has_groups=groups)
        if as_json:
            write_json([each._asdict() for each in offered])
        chosen = offered if everything else [] if as_json else choose(offered)
        if not chosen:
            return
        rows = [(f"account {account or 'of the settings'}", each.name) for each in chosen]
    _add(ctx, rows, tier, max_errors, is_preview=preview, comments=comments, backfill=backfill)


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    is_stdin = str(file) == "-"
    with nullcontext(sys.stdin.buffer) if is_stdin else file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if name := _name(line):
                yield f"{'stdin' if is_stdin else file}:{number}", name


def _name(line: bytes) -> str:
    """What a line holds before a comment: UTF-8, whatever the locale."""
    return line.decode(errors="replace").removeprefix("\ufeff").partition("#")[0].strip()


@app.command(cls=ChannelsCommand)
def remove(
    ctx: typer.Context, names: Annotated[list[str], typer.Argument(help="As in the list: @name, link or id.")]
) -> None:
    """Remove channels from the file; a running collector stops collecting them. Their ids stay in the ledger.

    Example: tgwire channels remove @wirenews
    """
    path = ctx.obj.settings.collect.channels
    entries, problems = parse_names(names)
    missing = remove_channels(path, entries)
    _report_changes(path, "removed", entries, missing, problems)


@app.command("set", cls=ChannelsCommand)
def set_(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(help="As in the list: @name, link or id.")],
    tier: Annotated[Tier | None, typer.Option(help="How often they are checked.")] = None,
    preview: Annotated[
        bool | None, typer.Option("--preview/--no-preview", help="Read their public web previews, or by an account.")
    ] = None,
    comments: Annotated[
        bool | None, typer.Option("--comments/--no-comments", help="Collect their discussion groups.")
    ] = None,
    backfill: Annotated[
        bool | None, typer.Option("--backfill/--no-backfill", help="Collect what was posted before.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Account to read them with; an empty name: any that can.")] = None,
) -> None:
    """Change how channels of the file are collected; a running collector picks it up.

    Example: tgwire channels set @wirenews --tier high --no-backfill
    """
    source = None if preview is None else "preview" if preview else "telegram"
    given = {"tier": tier, "source": source, "comments": comments, "backfill": backfill}
    changes: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if account is not None:
        known = [each.name for each in ctx.obj.settings.telegram.accounts]
        if account and account not in known:
            raise typer.BadParameter(f"there is no account {account!r}; known: {', '.join(known)}")
        changes["account"] = account or None
    if not changes:
        raise typer.BadParameter("give what to change, e.g. --tier high")
    path = ctx.obj.settings.collect.channels
    entries, problems = parse_names(names)
    missing = set_channels(path, entries, changes)
    _report_changes(path, "changed", entries, missing, problems)


def _report_changes(
    path: Path,
    what: str,
    entries: Sequence[ChannelEntry],
    missing: Sequence[ChannelEntry],
    problems: Iterable[ConfigurationError],
) -> None:
    wrong = [*map(str, problems), *(f"{path}: {entry.name} is not in the file" for entry in missing)]
    for problem in wrong:
        complain(problem)
    remark(f"{path}: {what} {len({entry.identity for entry in entries}) - len(missing)}")
    if wrong:
        raise typer.Exit(Exit.INCOMPLETE)


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
        show(context.settings.collect.channels, entries)


def show(path: Path | str, entries: Iterable[ChannelEntry]) -> None:
    """Print entries of a list of channels as a table."""
    table(
        f"Channels of {path}",
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
                complaints.add(error, "line that names no channel", "lines that name no channel")
                is_bad = True
    path = context.settings.collect.channels
    added = add_channels(path, entries)
    remark(f"{path}: added {len(added)}, already there {len(entries) - len(added)}")
    if is_bad:
        raise typer.Exit(Exit.INCOMPLETE)


@app.command()
def verify(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check every channel of the file with Telegram, and report what is wrong.

    Exit code 1 when there are any. Names that were never looked up cost a second each (telegram.requests_per_s). A
    running collector is asked, since its accounts are in use.

    Example: tgwire channels verify --json | jq '.[] | select(.state != "ok")'
    """
    context: Context = ctx.obj
    settings = context.settings
    entries = read_channels(settings.collect.channels)
    with progress() as bar:
        task = bar.add_task("verify", total=len(entries), note="")
        verdicts = verdicts_on(settings, entries, lambda name: bar.update(task, advance=1, note=name))
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


def _last(names: Sequence[str]) -> str:
    """The newest names; the others are counted."""
    older = len(names) - MAX_FORMER_NAMES
    return ", ".join(names[-MAX_FORMER_NAMES:]) + (f" and {older} more" if older > 0 else "")
