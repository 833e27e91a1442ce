"""``tgwire collect``: live collection."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from prometheus_client import CollectorRegistry
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from runtime.http_endpoint import serve
from runtime.printable import one_line
from runtime.run_files import run_file
from runtime.settings.channel_list import TIERS
from schemas.plurals import counted
from tgwire.buildinfo import build_info
from tgwire.cli.context import Context
from tgwire.cli.options.collecting import (
    Backfill,
    BackfillFromId,
    BackfillSince,
    BackfillUntil,
    MediaOption,
    Takeout,
    backfill_bounds,
)
from tgwire.cli.options.destination import Destination, StoreUrl, To, store_to_write
from tgwire.cli.output.console import err, shows_progress, write_json
from tgwire.cli.output.durations import span
from tgwire.cli.output.pace import Pace
from tgwire.cli.output.set_aside import end_with
from tgwire.extras import needs
from tgwire.processes.collector_control import collector_control

if TYPE_CHECKING:
    from tgwire.embedded.dead_letter_file import DeadLetterFile
    from tgwire.processes.collect import CollectProcess, CollectView

REFRESH_S = 1.0
MAX_PROBLEMS = 8
"""Lines of trouble in the view; the log has all."""


def collect(
    ctx: typer.Context,
    backfill: Backfill = False,
    takeout: Takeout = False,
    since: BackfillSince = None,
    until: BackfillUntil = None,
    from_id: BackfillFromId = None,
    media: MediaOption = False,
    to: To = Destination.KAFKA,
    store: StoreUrl = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a summary as JSON at the end; no live view.")] = False,
) -> None:
    """Collect the channels of collect.channels live, until Ctrl-C or SIGTERM; the next start resumes.

    Posts go to Kafka; with --to store they are analyzed in this process and their records are stored. `tgwire up` does
    the latter and serves pages.

    Sign in first with `tgwire login`. The channel list is reloaded when it changes. Posts outside the bounds of a
    backfill are recorded as skipped; a later backfill with wider bounds collects them. Times without a zone are UTC.

    Examples: tgwire collect; tgwire collect --to store; tgwire collect --backfill --takeout;
    tgwire collect --backfill --since 2026-01-01
    """
    bounds = backfill_bounds(since, until, from_id, is_wanted=backfill)
    if store is not None and to is not Destination.STORE:
        raise typer.BadParameter("--store goes with --to store")
    with needs("telegram"):  # Telethon takes half a second to import
        from tgwire.processes.collect import CollectProcess

    context: Context = ctx.obj
    registry = CollectorRegistry()
    settings, target = context.settings, None
    if to is Destination.KAFKA:
        settings = settings.model_copy(update={"kafka": context.kafka})
    else:
        from tgwire.embedded.opening import open_beside  # the pipeline takes longer to import than all else
        from tgwire.processes.store_target import StoreTarget

        target = StoreTarget(*open_beside(settings, store_to_write(context, store), registry))

    async def run() -> None:
        collecting = CollectProcess(
            settings, registry, backfill=backfill, takeout=takeout, media=media, bounds=bounds, target=target
        )
        control = collector_control(collecting)
        with (
            serve(settings.http, registry, collecting, control, build_info()) as server,
            run_file(context.state_dir, "collect", server.url, control.token),
        ):
            _stop_at_signals(collecting)
            showing = None if as_json or not shows_progress() else asyncio.create_task(show(collecting))
            try:
                view = await collecting.run()
            finally:
                if showing is not None:
                    showing.cancel()
                    with suppress(asyncio.CancelledError):
                        await showing
        if view is None:
            raise KeyboardInterrupt  # nothing was begun that there is to report
        report_end(view, as_json=as_json, letters=None if target is None else target.dead_letters)

    asyncio.run(run())
    if target is not None:
        end_with(target.dead_letters)


def _stop_at_signals(collecting: "CollectProcess") -> None:
    """SIGTERM and Ctrl-C end it in order; a second Ctrl-C breaks off."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        collecting.stop()
        loop.remove_signal_handler(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


async def show(collecting: "CollectProcess") -> None:
    """Keep a view in the terminal up to date; log lines scroll above it."""
    pace = Pace(window_s=REFRESH_S)
    with Live(console=err, auto_refresh=False, transient=True) as live:
        while True:
            view = collecting.view()
            if view is not None:
                live.update(render(view, pace.per_s(view.collector.published), datetime.now(UTC)), refresh=True)
            await asyncio.sleep(REFRESH_S)


def render(view: "CollectView", posts_per_s: float, now: datetime) -> Group:
    """The view: totals, accounts, channels by tier, and what is wrong."""
    status = view.collector
    head = Text.assemble(
        ("tgwire collect  ", "bold"),
        f"{counted(status.published, 'post')}, {posts_per_s:.1f}/s   {status.queue_depth:,} on their way   ",
        (f"{counted(status.gaps_open, 'gap')} open", "yellow" if status.gaps_open else ""),
        (f", {counted(status.held, 'post')} waiting behind" if status.held else "", "yellow"),
        f"   {status.revisits_due:,} to read again",
        f"   {counted(view.looked_for, 'name')} to look up" if view.looked_for else "",
    )
    problems = list(_problems(view))
    lines = problems[:MAX_PROBLEMS]
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"and {len(problems) - MAX_PROBLEMS} more")
    trouble = err.text("\n".join(f"! {line}" for line in lines), "red")
    return Group(head, _accounts(view, now), _tiers(view, now), trouble)


def _accounts(view: "CollectView", now: datetime) -> Table:
    grid = _grid("account", "state", "for", "reconnects", "must rest")
    for account in view.accounts:
        state = Text("connected", style="green") if account.is_connected else Text("away", style="red")
        floods = (f"{method} {span(until - now.timestamp())}" for method, until in account.floods.items())
        age = span(now.timestamp() - account.since)
        grid.add_row(_cell(account.name), state, age, str(account.reconnects), _cell(", ".join(floods)))
    return grid


def _tiers(view: "CollectView", now: datetime) -> Table:
    grid = _grid("tier", "channels", "live", "not readable", "last post", "backfilled")
    for tier in TIERS:
        channels = [channel for channel in view.collector.channels if channel.tier == tier]
        if not channels:
            continue
        states = Counter(channel.state for channel in channels)
        waiting = states["live"] + states["starting"]
        last = max((channel.last_post_at for channel in channels if channel.last_post_at), default=None)
        done = sum(channel.backfilled for channel in channels)
        total = sum(channel.started_at or 0 for channel in channels)
        grid.add_row(
            tier,
            str(len(channels)),
            str(states["live"]),
            str(len(channels) - waiting),
            "" if last is None else f"{span((now - last).total_seconds())} ago",
            f"{done / total:.0%}" if done and total else "",
        )
    return grid


def _problems(view: "CollectView") -> Iterator[str]:
    failure = view.collector.failure
    if failure is not None and not view.troubles:
        yield one_line(failure)
    yield from map(one_line, view.troubles)
    if view.collector.notice is not None:
        yield one_line(view.collector.notice)
    errors = (account.error for account in view.accounts if account.error is not None)
    yield from (one_line(error) for error in errors if error not in view.troubles)
    for name, problem in view.problems.items():
        yield one_line(problem if name in problem else f"{name}: {problem}")
    for channel in view.collector.channels:
        if channel.state not in ("live", "starting"):
            yield one_line(f"{channel.username or channel.id}: {channel.state}")


def _grid(*columns: str) -> Table:
    grid = Table(box=None, header_style="dim", pad_edge=False)
    for column in columns:
        grid.add_column(column, no_wrap=True)
    return grid


def _cell(text: str) -> Text:
    return err.text(one_line(text))


def report_end(view: "CollectView", *, as_json: bool, letters: "DeadLetterFile | None" = None) -> None:
    """Print what was collected, at the end; JSON has what ``letters`` lists, too."""
    status = view.collector
    unreadable = {str(c.username or c.id): c.state for c in status.channels if c.state not in ("live", "starting")}
    if as_json:
        write_json(
            {
                "published": status.published,
                "channels": len(status.channels),
                "gaps_open": status.gaps_open,
                "held": status.held,
                "notice": status.notice,
                "on_their_way": status.queue_depth,
                "not_found": view.problems,
                "not_readable": unreadable,
                **({} if letters is None else _set_aside(letters)),
            }
        )
        return
    err.print(f"{counted(status.published, 'post')} of {counted(len(status.channels), 'channel')} published")
    if status.gaps_open or status.queue_depth:
        err.print("The next start resumes here.", style="yellow")


def _set_aside(letters: "DeadLetterFile") -> dict[str, object]:
    return {"set_aside": letters.written, "dead_letters": str(letters.path) if letters.written else None}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(collect)
