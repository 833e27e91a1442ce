"""Faults at any moment of a write to a store: ``python -m tests.chaos.store.killing --rounds 60``.

The process that writes is killed or frozen, and so is PostgreSQL.

What the topics hold at an offset follows from the offset, so that whoever goes on needs only the store's offsets,
and the oracle knows what has to be there.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from schemas.topics import COUNTERS, DUPLICATES, NORMALIZED
from sinks.contract import START, Batch, Message, Partition
from sinks.store.database import Database
from sinks.store.errors import StoreInUseError, StoreUnavailableError
from sinks.store.opening import open_database
from sinks.store.sink import StoreSink
from tests.support.patience import DEADLINE_S
from tests.support.store.comparison import compare
from tests.support.store.oracle import Arrived, Oracle
from tests.support.store.postgres_server import PostgresServer, find_postgres
from tests.support.store.records import State, counters_value, key_of, post_value, tombstone_value, verdict_value
from tests.support.store.stores import check_words

POSTS = 60
MOST_BATCHES = 24
"""That a writer ends before a fault."""
SUCCESSOR = 1_000
"""Between the seeds of a writer and of its successor."""
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
TOPICS = (NORMALIZED.name, DUPLICATES.name, COUNTERS.name)


def message(topic: str, offset: int) -> Message:
    """The record at an offset."""
    random = Random(f"{topic}{offset}")
    number = random.randint(1, POSTS)
    rank = (max(0, offset * 1000 + random.randint(-20_000, 20_000)), 1)
    value: bytes | None
    if topic == NORMALIZED.name and random.random() < 0.85:
        value = post_value(State(number, rank, text=random.randrange(4), quotes=random.randrange(3), views=offset))
    elif topic == NORMALIZED.name:
        value = tombstone_value(number, rank)
    elif topic == COUNTERS.name:
        value = counters_value(number, random.randrange(1000), offset)
    else:
        target = random.choice((None, *range(1, POSTS)))
        value = None if random.random() < 0.1 else verdict_value(number, target, rank)
    return Message(offset, key_of(number).encode(), value, 1_772_400_000_000)


def write(url: str, seed: int) -> None:
    """Go on where the store is, until killed."""
    random = Random(seed)
    sink = StoreSink(lambda: open_database(url))
    partitions = {topic: Partition(topic, f"{topic}.a", 0) for topic in TOPICS}
    ends: dict[str, int] = {}
    try:
        positions = sink.open(list(partitions.values()))
    except StoreInUseError:
        _report("refused")
        return
    for partition, position in positions.items():
        if position == START:
            sink.move(partition, 0)
        ends[partition.topic] = 0 if position == START else position.offset
    _report("ready")
    while True:
        topic = random.choice(TOPICS)
        start, end = ends[topic], ends[topic] + random.randint(1, 40)
        batch = Batch(partitions[topic], start, end, [message(topic, offset) for offset in range(start, end)])
        try:
            ends[topic] = sink.write(batch).next_offset
        except StoreUnavailableError:
            time.sleep(0.05)  # as a sink does, which then tries the batch again
        else:
            _report("batch")


def _report(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


class Writer:
    """A process that writes to a store until the block ends, which kills it."""

    def __init__(self, url: str, seed: int) -> None:
        self._random = Random(seed)
        command = [sys.executable, "-m", "tests.chaos.store.killing", "--write", url, "--seed", str(seed)]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def expect(self, what: str, times: int = 1) -> None:
        """Wait until it has reported something so many times."""
        assert self._child.stdout is not None
        for _ in range(times):
            assert self._child.stdout.readline() == f"{what}\n".encode()

    def reach_mid_batch(self) -> None:
        """Wait for any moment within its first batches, however busy the machine is."""
        self.expect("ready")
        self.expect("batch", self._random.randint(0, MOST_BATCHES))
        time.sleep(self._random.uniform(0, 0.05))  # any moment is the right one

    def freeze(self) -> None:
        """Stop it where it is."""
        self._child.send_signal(signal.SIGSTOP)
        os.waitpid(self._child.pid, os.WUNTRACED)
        self.forget()

    def wake(self) -> None:
        """Let it go on, as if no time had passed."""
        self._child.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """Read what it has reported so far: what is expected next happens from now on."""
        assert self._child.stdout is not None
        os.set_blocking(self._child.stdout.fileno(), False)
        self._child.stdout.read()
        os.set_blocking(self._child.stdout.fileno(), True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._child.stdout is not None
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()


def kill_once(url: str, seed: int) -> None:
    """Kill a process that writes."""
    with Writer(url, seed) as writer:
        writer.reach_mid_batch()


def freeze_once(url: str, seed: int) -> None:
    """Freeze a process that writes, and wake it: SQLite refuses a successor, PostgreSQL has both from then on."""
    with Writer(url, seed) as frozen:
        frozen.reach_mid_batch()
        frozen.freeze()
        with Writer(url, seed + SUCCESSOR) as successor:
            if url.startswith("sqlite:"):
                successor.expect("refused")
            else:
                successor.reach_mid_batch()
            frozen.wake()
            frozen.expect("batch", Random(seed).randint(1, MOST_BATCHES))


def kill_server_once(server: PostgresServer, url: str, seed: int) -> None:
    """Kill PostgreSQL below a process that writes, and start it again."""
    with Writer(url, seed) as writer:
        writer.reach_mid_batch()
        server.kill()
        writer.forget()
        server.start()
        writer.expect("batch", Random(seed).randint(1, MOST_BATCHES))


def freeze_server_once(server: PostgresServer, url: str, seed: int) -> None:
    """Freeze PostgreSQL below a process that writes, and wake it; half of these processes are killed before that."""
    random = Random(seed)
    with ExitStack() as asleep, Writer(url, seed) as writer:
        writer.reach_mid_batch()
        server.freeze()
        asleep.callback(server.wake)
        writer.forget()
        time.sleep(random.uniform(0.1, 1))
        if random.random() < 0.5:
            server.wake()
            writer.expect("batch", random.randint(1, MOST_BATCHES))


def check(url: str) -> dict[str, int]:
    """Assert that the store holds what its offsets say; how many records that are."""
    database = open_database(url)
    try:
        if url.startswith("postgresql:"):
            _wait_for_backends(database)
        with database.reading() as reader:
            rows = reader.rows("SELECT topic, next_offset FROM sink_offsets")
        ends: dict[str, int] = dict(rows)
        oracle = Oracle(keeps_deleted=True)
        for topic, take in zip(TOPICS, (oracle.take_state, oracle.take_verdict, oracle.take_counters), strict=True):
            for offset in range(ends.get(topic, 0)):
                sent = message(topic, offset)
                assert sent.key is not None
                take(Arrived(1, 0, offset, sent.timestamp_ms, sent.key.decode(), sent.value))
        compare(database, oracle)
        check_words(database)
    finally:
        database.close()
    return ends


def _wait_for_backends(database: Database) -> None:
    """Until PostgreSQL has done what killed processes sent to it last."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        with database.reading() as reader:
            if reader.rows(OTHERS) == [(0,)]:
                return
        assert time.monotonic() < deadline, "a backend stays"
        time.sleep(0.05)


def main() -> None:
    """Kill and freeze writers of both databases, and PostgreSQL itself, and compare after each."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.store.killing", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.write, options.seed)
    else:
        _both(options.rounds, options.seed)


def _both(count: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rounds(f"sqlite:{Path(folder, 'store.db')}", (kill_once, freeze_once), count, seed)
    if (programs := find_postgres()) is not None:
        with PostgresServer(programs) as server:
            faults = (kill_once, freeze_once, partial(kill_server_once, server), partial(freeze_server_once, server))
            rounds(server.new_database(), faults, count, seed)


def rounds(url: str, faults: Sequence[Callable[[str, int], None]], count: int, seed: int) -> None:
    """Let each fault happen in turn, and compare, so many times."""
    ends: dict[str, int] = {}
    for number in range(count):
        faults[number % len(faults)](url, seed + number)
        ends = check(url)
    sys.stdout.write(
        f"{url.split(':')[0]}: {count} rounds, {len(faults)} faults in turn, equal to the oracle after each; "
        f"{sum(ends.values())} records\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
