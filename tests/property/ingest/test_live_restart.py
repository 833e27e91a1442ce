"""A collector killed anywhere between a hint and the record of its acknowledgement goes on without loss."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

import pytest
from prometheus_client import CollectorRegistry

from ingest.collector.channel.tracked_channel import WatchedChannel
from ingest.collector.collector import Collector
from ingest.collector.metrics import CollectMetrics
from ingest.ledger.ledger import Ledger
from ingest.ledger.records import LedgerUpdate
from ingest.publish.base import Delivery
from runtime.settings.collect import CollectSettings
from schemas import RawPost
from tests.support.collector_sim.broker import FlakyBroker, FlakyPublisher
from tests.support.collector_sim.oracle import judge, judge_ledger
from tests.support.collector_sim.virtual_time import EPOCH, now, run_virtual
from tests.support.collector_sim.world import World, WorldReader

Point = Literal[
    "hint", "before publish", "after publish", "before settle", "after settle", "before commit", "after commit"
]
SETTINGS = CollectSettings(sweep_normal_s=20, recheck_h=(0.05, 0.2), album_wait_s=0.5)


class Killed(BaseException):
    """The process is gone."""


class Tripwire:
    """Kills at the n-th passage of a point."""

    def __init__(self, point: Point, passage: int) -> None:
        self._point, self._left = point, passage
        self.is_dead = self.was_tripped = False

    def pass_by(self, point: Point) -> None:
        if self.is_dead:
            raise Killed
        if point == self._point:
            if not self._left:
                self.is_dead = self.was_tripped = True
                raise Killed
            self._left -= 1


class _Publisher(FlakyPublisher):
    wire: Tripwire

    def publish(self, post: RawPost) -> Delivery:
        self.wire.pass_by("before publish")
        delivery = super().publish(post)
        self.wire.pass_by("after publish")
        return delivery


class _Ledger(Ledger):
    def __init__(self, state: Path, wire: Tripwire) -> None:
        self._wire = wire
        super().__init__(state, "test", lambda: EPOCH.timestamp() + asyncio.get_running_loop().time())
        self._file._database.execute("PRAGMA synchronous = OFF")  # no power cut is tested, and it is slow

    def apply(self, ledger_updates: Sequence[LedgerUpdate]) -> None:
        self._wire.pass_by("before settle")
        super().apply(ledger_updates)
        self._wire.pass_by("after settle")

    def commit(self) -> None:
        self._wire.pass_by("before commit")
        super().commit()
        self._wire.pass_by("after commit")


class Trial:
    """A few events of one channel, sent to a collector that is killed, and to one after it."""

    def __init__(self, state: Path, wire: Tripwire) -> None:
        self.state, self.wire = state, wire
        self.world = World()
        self.broker = FlakyBroker(random.Random(1), 0.0, ack_s=0.05)
        self.room = self.world[1]
        self.pending: list[Callable[[Collector], None]] = []
        self.take_back: Callable[[], object] = lambda: None
        """Undoes the last post or edit. A deletion cannot be undone."""

    def story(self) -> list[Callable[[], None]]:
        """Post, an album, a hole, an edit, a deletion, a part that comes late."""
        return [
            self._post,
            self._post,
            lambda: self._post(album=7),
            lambda: self._post(album=7),
            lambda: self._post(is_pushed=False),
            self._post,
            lambda: self._edit(1),
            lambda: self._delete(2),
            lambda: self._post(album=8),
            lambda: None,
            lambda: self._post(album=8),
            lambda: self._delete(4),
            lambda: self._edit(5),
        ]

    def _post(self, album: int | None = None, *, is_pushed: bool = True) -> None:
        message = self.room.post(asyncio.get_running_loop().time(), album_id=album)
        entry = message.entry(1)
        self.take_back = lambda: self.room.delete(message.id)
        if is_pushed:
            self.pending.append(lambda collector: collector.posted(1, entry))

    def _edit(self, message_id: int) -> None:
        message = self.room.edit(message_id, asyncio.get_running_loop().time())
        post = message.as_post(1)
        self.take_back = lambda: self.room.undo(message, asyncio.get_running_loop().time())
        self.pending.append(lambda collector: collector.edited(1, post))

    def _delete(self, message_id: int) -> None:
        self.room.delete(message_id)
        self.take_back = lambda: None
        self.pending.append(lambda collector: collector.deleted(1, [message_id]))

    def connect(self) -> _Publisher:
        publisher = _Publisher(self.broker, 0 if self.wire.is_dead else 1)
        publisher.wire = self.wire
        return publisher

    def collector(self, ledger: Ledger, connect: Callable[[], FlakyPublisher]) -> Collector:
        metrics = CollectMetrics(CollectorRegistry())
        readers = [WorldReader(self.world)]
        made = Collector(SETTINGS, ledger, connect, metrics, readers, now=now)
        made.watch(WatchedChannel(1, "normal", None, False, None, None))
        return made

    async def run(self, *, is_taken_back: bool) -> list[str]:
        await self._until_killed()
        sent = self.broker.sent.copy()
        with Ledger(self.state, "test") as ledger:
            issues = judge_ledger(self.world, sent, ledger)
            if ledger.progress(1) is None:
                assert not sent
                return []
        if is_taken_back:
            self.take_back()
        with Ledger(self.state, "test", lambda: now().timestamp()) as ledger:
            ledger._file._database.execute("PRAGMA synchronous = OFF")
            collector = self.collector(ledger, self.broker.connect)
            running = asyncio.create_task(collector.run())
            await asyncio.sleep(900)  # the last re-check of a post comes after 720 s
            collector.stop()
            await running
            return issues + judge(self.world, self.broker.sent, ledger)

    async def _until_killed(self) -> None:
        ledger = _Ledger(self.state, self.wire)
        collector = self.collector(ledger, self.connect)
        running = asyncio.create_task(collector.run())
        with suppress(Killed):
            await asyncio.sleep(1)
            for chapter in self.story():
                chapter()
                while self.pending:
                    self.pending.pop(0)(collector)
                    self.wire.pass_by("hint")
                await asyncio.sleep(0.6)
            await asyncio.sleep(2)
        self.wire.is_dead = True
        ledger._file._database.close()
        running.cancel()
        with suppress(BaseException):
            await running


@pytest.mark.parametrize("is_taken_back", [False, True])
@pytest.mark.parametrize("point", get_args(Point))
def test_killed_at(point: Point, tmp_path: Path, *, is_taken_back: bool) -> None:
    passages = 0
    while True:
        wire = Tripwire(point, passages)
        trial = Trial(tmp_path / str(passages), wire)
        assert run_virtual(trial.run(is_taken_back=is_taken_back)) == [], f"{point}, passage {passages}"
        if not wire.was_tripped:
            break
        passages += 1
    assert passages >= 10
