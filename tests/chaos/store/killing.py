"""Processes that write to a store and are killed at any moment: ``python -m tests.chaos.store.killing --rounds 60``.

What the topics hold at an offset follows from the offset, so that whoever goes on needs only the store's offsets,
and the oracle knows what has to be there.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from schemas.topics import COUNTERS, DUPLICATES, NORMALIZED
from sinks.contract import START, Batch, Message, Partition
from sinks.store.opening import open_database
from sinks.store.sink import StoreSink
from tests.support.store.comparison import compare
from tests.support.store.oracle import Arrived, Oracle
from tests.support.store.postgres_server import PostgresServer, find_postgres
from tests.support.store.records import State, counters_value, key_of, post_value, tombstone_value, verdict_value
from tests.support.store.stores import check_words

POSTS = 60
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
    for partition, position in sink.open(list(partitions.values())).items():
        if position == START:
            sink.move(partition, 0)
        ends[partition.topic] = 0 if position == START else position.offset
    while True:
        sys.stdout.write("written\n")
        sys.stdout.flush()
        topic = random.choice(TOPICS)
        start, end = ends[topic], ends[topic] + random.randint(1, 40)
        batch = Batch(partitions[topic], start, end, [message(topic, offset) for offset in range(start, end)])
        ends[topic] = sink.write(batch).next_offset


def kill_once(url: str, seed: int) -> None:
    """Start a process that writes, and kill it a moment after some batches."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.store.killing", "--write", url, "--seed", str(seed)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout:
        random = Random(seed)
        for _ in range(random.randint(5, 15)):
            assert child.stdout.readline() == b"written\n"
        time.sleep(random.uniform(0, 0.05))  # any moment is the right one
        child.kill()
    child.wait()


def check(url: str) -> dict[str, int]:
    """Assert that the store holds what its offsets say; how many records that are."""
    database = open_database(url)
    try:
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


def main() -> None:
    """Kill writers of both databases and compare after each."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.store.killing", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.write, options.seed)
    programs = find_postgres()
    with tempfile.TemporaryDirectory() as folder:
        rounds(f"sqlite:{Path(folder, 'store.db')}", options.rounds, options.seed)
    if programs is not None:
        with PostgresServer(programs) as server:
            rounds(server.new_database(), options.rounds, options.seed)


def rounds(url: str, count: int, seed: int) -> None:
    """Kill and compare so many times."""
    ends: dict[str, int] = {}
    for number in range(count):
        kill_once(url, seed + number)
        ends = check(url)
    sys.stdout.write(f"{url.split(':')[0]}: {count} kills, equal to the oracle after each; records {ends}\n")


if __name__ == "__main__":
    main()
