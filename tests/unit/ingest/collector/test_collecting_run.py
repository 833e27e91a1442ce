"""One run of live collection as a whole: what ends it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from ingest.errors import AccountError, ReaderLostError
from ingest.publish import MemoryPublisher
from ingest.telegram.account import Account
from runtime.errors import StateError
from runtime.settings.channel_edits import add_channels
from runtime.settings.channel_list import parse_entry
from runtime.settings.tree import Settings
from tgwire.processes import collect_target
from tgwire.processes.collect import CollectProcess

DEADLINE_S = 60.0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(collect_target, "KafkaPublisher", lambda *_, **__: MemoryPublisher())
    channels = tmp_path / "channels.toml"
    add_channels(channels, [parse_entry("@example_news", "here")])
    tables: dict[str, Any] = {"ingest": {"state_dir": tmp_path / "state"}, "collect": {"channels": channels}}
    return Settings.model_validate(tables)


async def run(settings: Settings) -> None:
    """Run to the end, which has to come by itself."""
    whole = CollectProcess(settings, CollectorRegistry(), backfill=False, takeout=False, media=False)
    running = asyncio.create_task(whole.run())
    ended, _ = await asyncio.wait({running}, timeout=DEADLINE_S)
    whole.stop()
    await asyncio.wait({running})
    assert ended
    running.result()


async def test_an_account_that_cannot_go_on_is_not_left_out_in_silence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter([ReaderLostError("no network"), StateError("the disk is full")])

    async def serve(_: Account) -> None:
        raise next(calls)

    monkeypatch.setattr(Account, "_connect_and_serve", serve)
    with pytest.raises(StateError, match="the disk is full"):
        await run(settings)


async def test_no_usable_account_is_reported_at_once(settings: Settings) -> None:
    with pytest.raises(AccountError, match="not signed in"):
        await run(settings)
