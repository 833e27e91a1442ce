"""``tgwire status``: running processes, and the state of the store and its channels."""

import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from runtime.printable import one_line
from sinks.store.reading.channels import ChannelRow
from tgwire.cli.context import Context
from tgwire.cli.exit_codes import Exit
from tgwire.cli.output.console import out, write_json
from tgwire.cli.output.durations import span
from tgwire.cli.output.tables import shorten, table
from tgwire.cli.queries import StoreOption, store_address
from tgwire.status.probe import LIMIT_S
from tgwire.status.processes import Process, processes
from tgwire.status.store_state import StoreState, store_state

_NAME_CELLS = 28
"""Of a channel, so that a row fits 80 columns."""
_LIVE = "live"


def status(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="Number of channels to show; 0: all.")] = 20,
    timeout: Annotated[
        float,
        typer.Option(min=0.1, max=60, help="Time limit for each process and each query to the store, in seconds."),
    ] = LIMIT_S,
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, with all channels.")] = False,
) -> None:
    """Show the running processes, their lag, and the state of store and channels.

    Channels that cannot be read or have an open gap come first. Exit code 1 when a process is not ready, does not
    answer or was killed, or when the store cannot be read; 0 when nothing runs.

    Examples: tgwire status; tgwire status --json | jq '.processes[] | select(.state != "ready")'
    """
    context: Context = ctx.obj
    state_dir, address = context.settings.ingest.state_dir, store_address(context, store)
    found = processes(state_dir, timeout)
    now = time.time()
    kept = store_state(address, int(now * 1000), timeout)
    if as_json:
        write_json(
            {
                "state_dir": str(state_dir),
                "processes": [_process_json(process) for process in found],
                "store": asdict(kept),
            }
        )
    else:
        _show_processes(found, str(state_dir), now)
        _show_store(kept, now)
        _show_channels(kept.channels, now, limit)
    if not (all(process.state.is_good for process in found) and (kept.is_absent or kept.problem is None)):
        raise typer.Exit(Exit.INCOMPLETE)


def _show_processes(found: list[Process], state_dir: str, now: float) -> None:
    if not found:
        _line(f"No process runs with {state_dir}.")
        out.print()
        return
    rows = (
        (
            process.name,
            process.state.value,
            process.run and process.run.pid,
            process.run and span(now - process.run.started_at.timestamp()),
            _number(process.figures.lag),
            _number(process.figures.open_gaps),
            _ago(process.figures.last_s, now),
        )
        for process in found
    )
    table("Processes", ("process", "state", "pid", "up", "lag", "gaps", "last"), rows)
    problems = [process for process in found if process.reason and not process.state.is_good]
    for process in problems:
        _line(f"{process.name}: {process.state.value}: {process.reason}")
    if problems:
        out.print()


def _show_store(kept: StoreState, now: float) -> None:
    if kept.problem is not None:
        _line(f"Store: {kept.problem}")
        return
    rows = (
        ("posts", "too many to count in time" if kept.posts is None else f"{kept.posts:,}"),
        ("size", f"{(kept.size_bytes or 0) / 1e6:,.1f} MB"),
        ("newest post", _ago_ms(kept.newest_ms, now)),
        ("last write", _ago_ms(kept.written_ms, now)),
    )
    table(f"Store {kept.name}", ("what", "how much"), rows)


def _show_channels(channels: Iterable[ChannelRow], now: float, limit: int) -> None:
    ordered = sorted(channels, key=_urgency)
    if not ordered:
        return
    rows = (
        (
            shorten(f"@{row.username}" if row.username else row.title or str(row.id), _NAME_CELLS),
            row.state,
            _ago_ms(row.last_post_ms, now),
            f"{row.posts_day:,}",
            _number(row.gap),
        )
        for row in ordered
    )
    table("Channels", ("channel", "state", "last post", "today", "gap"), rows, most=limit)


def _urgency(row: ChannelRow) -> tuple[bool, bool, int]:
    """Those in which something is wrong first, then those that are watched, by their last post."""
    is_wrong = bool(row.gap) or row.state not in (None, _LIVE)
    return not is_wrong, row.state is None, -(row.last_post_ms or 0)


def _line(text: str) -> None:
    out.print(out.text(one_line(text)), soft_wrap=True)


def _number(number: int | None) -> str | None:
    return None if number is None else f"{number:,}"


def _ago(moment_s: float | None, now: float) -> str | None:
    return None if moment_s is None else f"{span(now - moment_s)} ago"


def _ago_ms(moment_ms: int | None, now: float) -> str | None:
    return None if moment_ms is None else _ago(moment_ms / 1000, now)


def _process_json(process: Process) -> dict[str, object]:
    run = process.run
    return {
        "name": process.name,
        "state": process.state.value,
        "reason": process.reason,
        "command": run and run.command,
        "pid": run and run.pid,
        "host": run and run.host,
        "started_at": run and run.started_at.isoformat(),
        "endpoint": run and run.endpoint,
        **asdict(process.figures),
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)
