"""Flood waits of an account, with a clock of the test's own."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.telegram.net.account_store import AccountStore
from ingest.telegram.net.flood_waits import MAX_WAIT_S, FloodWaits
from ingest.telegram.net.metrics import TelegramMetrics
from runtime.errors import StateError
from runtime.testing import WallAndSteadyClock

HISTORY, RESOLVE = "messages.getHistory", "contacts.resolveUsername"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[AccountStore]:
    opened = AccountStore(tmp_path / "telegram" / "main.sqlite3")
    yield opened
    opened.close()


def budget(storage: AccountStore, clock: WallAndSteadyClock) -> FloodWaits:
    return FloodWaits(
        "main", storage, TelegramMetrics(CollectorRegistry()), wall=lambda: clock.wall, steady=lambda: clock.steady
    )


def test_a_wait_counts_down_and_survives_a_restart(storage: AccountStore) -> None:
    clock = WallAndSteadyClock()
    floods = budget(storage, clock)
    floods.hit(RESOLVE, 3600)
    clock.advance(600)
    for each in (floods, budget(storage, clock)):
        assert each.wait_s(RESOLVE) == 3000
        assert each.wait_s(HISTORY) == 0
        assert each.active() == {RESOLVE: clock.wall + 3000}
    clock.advance(3000)
    assert floods.wait_s(RESOLVE) == 0
    assert budget(storage, clock).active() == {}


def test_an_absurd_wait_or_a_clock_set_back_does_not_block_for_years(storage: AccountStore) -> None:
    clock = WallAndSteadyClock()
    budget(storage, clock).hit(HISTORY, 2**31)
    clock.wall -= 10 * 365 * 86_400
    floods = budget(storage, clock)
    assert floods.wait_s(HISTORY) == MAX_WAIT_S


@pytest.mark.parametrize("days", [120, -120])
def test_a_wall_clock_that_was_wrong_for_a_moment_changes_no_wait(storage: AccountStore, days: float) -> None:
    clock = WallAndSteadyClock()
    clock.wall += days * 86_400
    floods = budget(storage, clock)
    floods.hit(HISTORY, 60)
    clock.wall -= days * 86_400
    clock.advance(20)
    assert floods.wait_s(HISTORY) == 40
    assert floods.active() == {HISTORY: clock.wall + 40}
    clock.advance(40)
    assert floods.wait_s(HISTORY) == 0


def test_after_a_restart_a_clock_set_back_leaves_the_whole_wait_and_no_more(storage: AccountStore) -> None:
    clock = WallAndSteadyClock()
    clock.wall += 120 * 86_400
    budget(storage, clock).hit(HISTORY, 60)
    clock.wall -= 120 * 86_400
    assert budget(storage, clock).wait_s(HISTORY) == 60


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "main.sqlite3"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StateError, match=r"main\.sqlite3: cannot be used"):
        AccountStore(path)


def test_a_file_of_a_newer_tgwire_is_left_alone(storage: AccountStore, tmp_path: Path) -> None:
    storage.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="written by a newer tgwire"):
        AccountStore(tmp_path / "telegram" / "main.sqlite3")


def test_a_file_that_others_could_read_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "telegram" / "main.sqlite3"
    path.parent.mkdir(mode=0o755)
    path.touch(mode=0o644)
    AccountStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
