"""The view of a running collection."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from ingest.collector.status import ChannelStatus, Status
from ingest.telegram.account import AccountStatus
from tgwire.cli.commands.collect import render
from tgwire.processes.collect import CollectView

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def channel(number: int, **changes: Any) -> ChannelStatus:
    fields: dict[str, Any] = {
        "id": number,
        "username": f"example_{number}",
        "title": None,
        "tier": "normal",
        "state": "live",
        "started_at": 100,
        "seen": 120,
        "frontier": 120,
        "backfilled": 25,
        "missing": 0,
        "last_post_at": NOW - timedelta(minutes=number),
    }
    return ChannelStatus(**fields | changes)


def shown(view: CollectView) -> list[str]:
    console = Console(width=120, record=True, force_terminal=False)
    with console.capture() as capture:
        console.print(render(view, 12.5, NOW))
    return capture.get().splitlines()


def view(*channels: ChannelStatus, account_error: str | None = None, **changes: Any) -> CollectView:
    fields: dict[str, Any] = {
        "channels": channels,
        "readers": {"main": "ready"},
        "queue_depth": 3,
        "published": 1234,
        "gaps_open": 0,
        "revisits_due": 7,
        "failure": None,
    }
    account = AccountStatus(
        name="main",
        is_connected=account_error is None,
        since=NOW.timestamp() - 300,
        reconnects=2,
        floods={"messages.getHistory": NOW.timestamp() + 45},
        watched=len(channels),
        error=account_error,
    )
    return CollectView(Status(**fields | changes), (account,), 5, {"@gone": "@gone: no such name. Correct it."})


def test_totals_accounts_and_tiers_are_shown() -> None:
    lines = shown(view(channel(2), channel(3), channel(4, tier="high", state="private")))
    assert "1,234 posts, 12.5/s   3 on their way   0 gaps open   7 to read again   5 names to look up" in lines[0]
    rows = {line.split()[0]: line.split() for line in lines[1:] if line.strip()}
    assert rows["main"] == ["main", "connected", "5", "min", "2", "messages.getHistory", "45", "s"]
    assert rows["high"][:4] == ["high", "1", "0", "1"]
    assert rows["normal"] == ["normal", "2", "2", "0", "2", "min", "ago", "25%"]


def test_problems_are_explained_and_bounded() -> None:
    closed = [channel(number, state="banned") for number in range(1, 30)]
    lines = [line.strip() for line in shown(view(*closed, account_error="main: signed out", failure="no broker"))]
    trouble = [line for line in lines if line.startswith("!")]
    assert trouble[:4] == [
        "! no broker",
        "! main: signed out",
        "! @gone: no such name. Correct it.",
        "! example_1: banned",
    ]
    assert trouble[-1] == "! and 24 more"


def test_posts_that_wait_behind_gaps_are_shown() -> None:
    assert "2 gaps open, 1,006 posts held behind   7 to read again" in shown(view(gaps_open=2, held=1006))[0]


def test_what_keeps_it_from_its_work_comes_first_and_once() -> None:
    troubled = replace(
        view(account_error="main: signed out", failure="no broker", notice="the ledger is an older copy"),
        troubles=("nothing can be published since 2026-03-01 11:59:00 UTC: no broker", "main: signed out"),
    )
    assert [line.strip() for line in shown(troubled) if line.startswith("!")] == [
        "! nothing can be published since 2026-03-01 11:59:00 UTC: no broker",
        "! main: signed out",
        "! the ledger is an older copy",
        "! @gone: no such name. Correct it.",
    ]


def test_control_characters_of_a_message_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in "".join(shown(view(failure="\x1b[31mred")))


def test_no_control_character_of_a_name_reaches_the_terminal() -> None:
    lines = shown(view(channel(1, username="\x1b[31mnews", state="private")))
    assert any("\\x1b[31mnews: private" in line for line in lines)
    assert "\x1b" not in "".join(lines)
