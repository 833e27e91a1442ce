"""One run of live collection, put together as ``tgwire collect`` does it, and open to being killed."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from prometheus_client import CollectorRegistry

from ingest.collector import channel_states, publish_queue
from ingest.collector import reader_pool as readers
from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.collector.recovery import gaps as recovery
from ingest.ledger import ledger as ledger_file
from ingest.ledger.ledger import Ledger
from ingest.ledger.records import LedgerUpdate
from ingest.telegram import account as telegram_account
from ingest.telegram.account import Account
from ingest.telegram.net.metrics import TelegramMetrics
from runtime.settings.channel_list import ChannelFile
from runtime.settings.collect import CollectSettings
from runtime.settings.telegram import TelegramSettings
from schemas import Lane
from tests.chaos.collector.broker import Broker, Line, Point
from tests.chaos.collector.oracle import Recorded
from tgwire.processes import channel_follower as channel_watch
from tgwire.processes.channel_follower import ChannelFollower

SHORTENED: tuple[tuple[Any, str, object], ...] = (
    (publish_queue, "FIRST_BACK_OFF_S", 0.1),
    (publish_queue, "LONGEST_BACK_OFF_S", 0.2),
    (channel_states, "SETTLE_S", 0.1),
    (channel_states, "INTERVAL_S", 0.5),
    (readers, "FIRST_BACK_OFF_S", 0.1),
    (readers, "LONGEST_BACK_OFF_S", 0.4),
    (recovery, "_NO_PROGRESS_S", 0.3),
    (telegram_account, "LONGEST_PAUSE_S", 0.4),
    (telegram_account, "ACCOUNT_PAUSE_S", 0.2),
    (telegram_account, "LONGEST_ACCOUNT_PAUSE_S", 0.4),
    (channel_watch, "POLL_S", 0.1),
    (channel_watch, "LOST_S", 0.2),
    (channel_watch, "UNAVAILABLE_S", 0.5),
)
"""Waits that the program has fixed for the real Telegram, in seconds; all else is settings."""


@contextmanager
def shortened_waits() -> Iterator[None]:
    """Within it everything is tried again sooner than in earnest."""
    with ExitStack() as stack:
        for module, name, value in SHORTENED:
            stack.enter_context(patch.object(module, name, value))
        yield


class OpenLedger(Ledger):
    """A ledger with a known path, whose file can be copied as a kill would leave it."""

    def __init__(self, state_dir: Path, destination: str, at: Callable[[Point], None]) -> None:
        super().__init__(state_dir, destination)
        self._at, self._gate, self._path = at, threading.RLock(), state_dir / ledger_file.FILE_NAME

    def apply(self, ledger_updates: "list[LedgerUpdate]") -> None:  # type: ignore[override]
        """See ``Ledger``."""
        self._at(Point.ACKNOWLEDGED)
        super().apply(ledger_updates)
        self._at(Point.RECORDED)

    def commit(self) -> None:
        """See ``Ledger``."""
        with self._gate:
            super().commit()
        self._at(Point.COMMITTED)

    def copy_to(self, folder: Path) -> None:
        """Everything that is committed, and nothing that is not."""
        with self._gate:
            for suffix in ("", "-wal"):
                path = self._path.with_name(self._path.name + suffix)
                if path.exists():
                    shutil.copyfile(path, folder / path.name)

    def recorded(self, channel_id: int) -> Recorded:
        """All of a channel."""
        rows = {row.id: row for row in self.rows(channel_id, 0, 1 << 60)}
        return Recorded(self.progress(channel_id), self.absences(channel_id), rows)


class Process:
    """Accounts, watch list, collector and ledger over a folder of state."""

    def __init__(
        self,
        telegram: TelegramSettings,
        collect: CollectSettings,
        state_dir: Path,
        broker: Broker,
    ) -> None:
        """Nothing runs yet."""
        self.state_dir = state_dir
        self.registry = CollectorRegistry()
        self._trap: tuple[Point, Path, Callable[[], object]] | None = None
        self._kill_lock = threading.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.line = Line(broker, self._at)
        self.ledger = OpenLedger(state_dir, f"broker:{Lane.LIVE}", self._at)
        self.collector = Collector(collect, self.ledger, self.line.connect, CollectMetrics(self.registry), ())
        metrics = TelegramMetrics(self.registry)
        self.accounts = [Account(telegram, each, state_dir, metrics, self.collector) for each in telegram.accounts]
        for account in self.accounts:
            self.collector.add_reader(account.reader)
        file = ChannelFile(collect.channels)
        self.watch_list = ChannelFollower(file, self.collector, self.accounts, None, backfill=False)

    def start(self) -> None:
        """Begin."""
        self.watch_list.load()
        create = asyncio.create_task
        self._living = [create(account.run()) for account in self.accounts]
        self._collecting = create(self.collector.run())
        self._watching = create(self.watch_list.run())
        self._tasks = [*self._living, self._collecting, self._watching]

    def check(self) -> None:
        """Raise what ended it, if something did."""
        for task in self._tasks:
            if task.done():
                task.result()
                raise AssertionError("a part of the collector has ended by itself")

    async def stop(self) -> None:
        """In order: what is on its way is published and recorded."""
        self._watching.cancel()
        for account in self.accounts:
            account.stop_updates()
        self.collector.stop()
        await asyncio.wait({self._collecting})
        await self._close()
        await self._collecting

    def kill(self, folder: Path) -> None:
        """Leave in another folder the files that a kill would leave; what this process does now reaches nobody."""
        with self._kill_lock:
            if self.line.is_cut:
                return
            self.line.cut()
            folder.mkdir(parents=True)
            self.ledger.copy_to(folder)
        for path in [*self.state_dir.glob("telegram/*.sqlite3"), *self.state_dir.glob("sessions/*.session")]:
            _copy_database(path, folder / path.relative_to(self.state_dir))

    async def bury(self) -> None:
        """Let go of what a killed process held."""
        self._watching.cancel()
        self.collector.stop()
        await asyncio.wait({self._collecting})
        await self._close()

    async def _close(self) -> None:
        for account in self.accounts:
            account.stop()
        await asyncio.gather(*self._living)
        with suppress(asyncio.CancelledError):
            await self._watching
        self.ledger.close()

    def kill_at(self, point: Point, folder: Path, on_killed: Callable[[], object]) -> None:
        """Kill it when the next record comes to this point; ``on_killed`` is called on any thread."""
        self._trap = point, folder, on_killed

    def _at(self, point: Point) -> None:
        if self._trap is not None and self._trap[0] is point:
            _, folder, on_killed = self._trap
            self._trap = None
            self.kill(folder)
            on_killed()


def _copy_database(source: Path, target: Path) -> None:
    """What is committed."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before, after = sqlite3.connect(source), sqlite3.connect(target)
    try:
        before.backup(after)
    finally:
        before.close()
        after.close()
