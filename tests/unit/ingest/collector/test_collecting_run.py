"""One run of live collection as a whole: what ends it."""

import asyncio
import threading
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
from tests.support.patience import DEADLINE_S
from tgwire.processes import collect_target
from tgwire.processes.collect import CollectProcess


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


@pytest.mark.parametrize("method", ["open", "prepare"])
async def test_a_stop_does_not_wait_for_a_broker_that_is_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    asked, never = threading.Event(), threading.Event()

    def wait(*_: object) -> None:
        asked.set()
        never.wait(DEADLINE_S)

    monkeypatch.setattr(collect_target.KafkaTarget, method, wait)
    whole = CollectProcess(settings, CollectorRegistry(), backfill=False, takeout=False, media=False)
    running = asyncio.create_task(whole.run())
    await asyncio.to_thread(asked.wait)
    whole.stop()
    assert await running is None
    assert asked.is_set()
    never.set()


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
