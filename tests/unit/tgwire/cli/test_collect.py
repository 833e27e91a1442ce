"""The view of a running collection, and its end."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from ingest.collector.status import ChannelStatus, Status
from ingest.telegram.account import AccountStatus
from tgwire.cli.app import app
from tgwire.cli.commands.collect import render
from tgwire.processes.collect import CollectProcess, CollectView

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
    assert "2 gaps open, 1,006 posts waiting behind   7 to read again" in shown(view(gaps_open=2, held=1006))[0]


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


@pytest.mark.parametrize(("set_aside", "code"), [(0, 0), (2, 1)])
def test_posts_that_a_store_could_not_keep_are_named_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_aside: int, code: int
) -> None:
    path = tmp_path / "dead-letters.jsonl"
    publishers = SimpleNamespace(dead_letters=SimpleNamespace(written=set_aside, path=path))

    async def run(_: CollectProcess) -> CollectView:
        return view(channel(1))

    monkeypatch.setattr("tgwire.embedded.opening.open_beside", lambda *_: (publishers, SimpleNamespace(store=None)))
    monkeypatch.setattr(CollectProcess, "__init__", lambda *_, **__: None)
    monkeypatch.setattr(CollectProcess, "run", run)
    monkeypatch.setattr("tgwire.cli.commands.collect._stop_at_signals", lambda _: None)
    endpoint = nullcontext(SimpleNamespace(url="http://127.0.0.1:1"))
    monkeypatch.setattr("tgwire.cli.commands.collect.serve", lambda *_: endpoint)
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path))
    done = CliRunner().invoke(app, ["collect", "--to", "store", "--json"])
    assert done.exit_code == code, done.stderr
    summary = orjson.loads(done.stdout)
    assert (summary["published"], summary["set_aside"]) == (1234, set_aside)
    assert summary["dead_letters"] == (str(path) if set_aside else None)
    assert (f"2 posts could not be kept; listed in {path}" in done.stderr) == bool(set_aside)
