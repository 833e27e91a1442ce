"""Live collection into a store whose power is cut at random moments, judged by what was posted.

The long form: ``python -m tests.chaos.embedded.power_cuts --cuts 30 --seed 1``. Exit code 0 when every promise held.
"""

import argparse
import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from ingest.ledger.ledger import FILE_NAME
from runtime.settings.kafka import KafkaSettings
from sinks.store.sqlite.database import SqliteDatabase
from sinks.store.upkeep.verification import verify
from tests.chaos.collector.command import Site
from tests.chaos.embedded import shadow
from tests.chaos.embedded.killed import STORE
from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.press import Press
from tests.support.mtproto_server.server import DataCentre
from tests.support.patience import DEADLINE_S
from tgwire.local_broker.ports import free_port

CHANNELS = 3
POSTS_PER_S = 60.0
LONGEST_S = 2.0
"""Between the first new post in the store and the cut."""
POLL_S = 0.05
_COMMANDS = (("collect", "--to", "store", "--json"), ("up", "--port", "0"))


class Collection:
    """A site of the data centre whose channels are written to all the time."""

    def __init__(self, folder: Path, centre: DataCentre, library: Path, seed: int) -> None:
        self._centre, self._library, self._random = centre, library, Random(seed)
        self._site = Site(folder / "site", centre, KafkaSettings(bootstrap_servers="127.0.0.1:1"))
        self._disk = folder / "disk"
        self._log = folder / "log"
        self._channels: list[Channel] = []
        self._texts: dict[tuple[int, int], list[str]] = {}
        """Channel and message -> all that it ever said."""
        self._cuts = 0

    async def begin(self) -> None:
        """Sign in, list the channels, and see each of them once; then the first posts come."""
        person = self._centre.world.add_account()
        session = f"{self._centre.session_string(person)}\n"
        assert (await self._site.run("login", "--import", stdin=session)).code == 0
        names = [f"example_{number}" for number in range(CHANNELS)]
        self._channels = [self._centre.world.add_channel(name, name, members=[person]) for name in names]
        listed = await self._site.run("channels", "import", "-", stdin="\n".join(f"@{name}" for name in names))
        assert listed.code == 0, listed.err
        async with self._site.collecting(CHANNELS, "--to", "store") as collecting:
            await collecting.stop()

    async def run(self, cuts: int) -> None:
        """Cut the power so often while channels are written to, then let it end. AssertionError names what is wrong."""
        press = Press(self._channels, self._random.randrange(1000), self._note)
        posting = asyncio.create_task(press.run(POSTS_PER_S))
        try:
            for number in range(cuts):
                await self._cut_off(_COMMANDS[number % len(_COMMANDS)])
                await asyncio.to_thread(self._judge_ledger)
        finally:
            posting.cancel()
        await self._end()

    def _note(self, event: dict[str, Any]) -> None:
        if "text" in event:
            self._texts.setdefault((event["channel"], event["id"]), []).append(event["text"])

    async def _cut_off(self, command: tuple[str, ...]) -> None:
        self._cuts += 1
        disk = self._disk / str(self._cuts)
        disk.parent.mkdir(exist_ok=True)
        before, pause_s = await asyncio.to_thread(self._stored), self._random.random() * LONGEST_S
        with self._process(command, shadow.variables(self._library, self._site.state, disk)) as process:
            await self._eventually(lambda: self._stored() > before, "posts in the store", process)
            await asyncio.sleep(pause_s)
        self._site.state.rename(disk.with_suffix(".lost"))
        shadow.cut(disk)
        disk.rename(self._site.state)
        self._centre.drop_connections()

    @contextmanager
    def _process(self, command: tuple[str, ...], variables: Mapping[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
        """All its processes are killed in the end, if they are still there."""
        more = {**variables, "TGWIRE_HTTP__PORT": str(free_port())}
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tgwire", "-c", str(self._site.settings), *command],
                env=shadow.environment(more),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    async def _end(self) -> None:
        with self._process(_COMMANDS[0], {}) as process:
            await self._eventually(lambda: self._found() == self._posted(), "all that was posted", process)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, DEADLINE_S) == 0
        await asyncio.to_thread(self._judge_ledger)
        await asyncio.to_thread(self._judge_store)

    async def _eventually(self, condition: Callable[[], bool], what: str, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not await asyncio.to_thread(condition):
            assert process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            await asyncio.sleep(POLL_S)

    def summary(self) -> str:
        """What it took."""
        said = sum(map(len, self._texts.values()))
        return f"{self._cuts} power cuts, {len(self._texts)} posts in {said} states: nothing is lost or there twice"

    # -- what is there

    def _posted(self) -> dict[tuple[int, int], str]:
        """What the channels hold now."""
        return {(each.id, one.id): one.object().message for each in self._channels for one in each.store.all()}

    def _rows(self, file: str, query: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self._site.state / file}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    def _stored(self) -> int:
        return int(self._rows(STORE, "SELECT count(*) FROM posts")[0][0])

    def _found(self) -> dict[tuple[int, int], str]:
        query = """SELECT channel_id, message_id, text FROM posts p JOIN bodies b ON b.seq = p.body
            WHERE deleted_ms IS NULL"""
        return {(channel, message): text for channel, message, text in self._rows(STORE, query)}

    def _judge_ledger(self) -> None:
        """What the ledger holds as done is in the store."""
        states = {
            (channel, message): (edited_ms or 0, deleted_ms is not None)
            for channel, message, edited_ms, deleted_ms in self._rows(
                STORE, "SELECT channel_id, message_id, edited_ms, deleted_ms FROM posts"
            )
        }
        recorded = self._rows(
            FILE_NAME, "SELECT channel, id, edited_at, is_deleted FROM posts JOIN channels USING (key)"
        )
        for channel, message, edited_at, is_deleted in recorded:
            assert (channel, message) in states, f"the ledger is ahead: {channel}/{message}"
            edited_ms, is_gone = states[channel, message]
            assert is_gone >= bool(is_deleted), f"{channel}/{message} was deleted"
            assert edited_ms >= (edited_at or 0) * 1000, f"{channel}/{message} was edited"
        absent = {
            (channel, message)
            for channel, first, last in self._rows(
                FILE_NAME, "SELECT channel, first, last FROM absences JOIN channels USING (key)"
            )
            for message in range(first, last + 1)
        }
        for channel, began, frontier in self._rows(FILE_NAME, "SELECT channel, started_at, frontier FROM channels"):
            passed = {(channel, message) for message in range(began + 1, frontier + 1)}
            assert passed <= states.keys() | absent, f"the ledger of {channel} is ahead"

    def _judge_store(self) -> None:
        """Nothing is there that was never posted, and no state of it twice."""
        states = """SELECT channel_id, message_id, edits, text FROM posts p JOIN bodies b ON b.seq = p.body
            UNION ALL SELECT channel_id, message_id, 0, r.text FROM revisions r JOIN posts USING (key)
            WHERE r.text IS NOT NULL"""
        for channel, message, edits, text in self._rows(STORE, states):
            said = self._texts[channel, message]
            assert text in said
            assert edits < len(said), f"an edit of {channel}/{message} counts twice"
        database = SqliteDatabase(self._site.state / STORE)
        try:
            assert verify(database) == []
        finally:
            database.close()


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.embedded.power_cuts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tgwire-cuts-") as folder:
        shadow.build(library := Path(folder) / "synced_shadow.so")
        asyncio.run(_run(Path(folder), library, chosen.cuts, chosen.seed))
    return 0


async def _run(folder: Path, library: Path, cuts: int, seed: int) -> None:
    async with DataCentre() as centre:
        collection = Collection(folder, centre, library, seed)
        await collection.begin()
        await collection.run(cuts)
    sys.stdout.write(f"{collection.summary()}\n")


if __name__ == "__main__":
    sys.exit(main())
