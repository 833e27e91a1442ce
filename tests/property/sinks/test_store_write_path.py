"""The store equals what an oracle makes of all records so far, after every batch, in whatever order they come."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.topics import COUNTERS, DUPLICATES, NORMALIZED
from sinks.contract import START, Batch, Message, Partition
from sinks.store.sink import StoreSink
from tests.support.store import stores
from tests.support.store.comparison import compare
from tests.support.store.oracle import Arrived, Oracle
from tests.support.store.records import (
    CHANNELS,
    State,
    channel_of,
    counters_value,
    key_of,
    post_value,
    tombstone_value,
    verdict_value,
)
from tests.support.store.stores import OpenStore

STEPS = 70
WEIGHTS = {
    "post": 30,
    "deletion": 6,
    "verdict": 16,
    "withdrawal": 2,
    "counts": 6,
    "again": 5,
    "write": 24,
    "late batch": 3,
    "restart": 2,
    "new topics": 1,
}
Step = tuple[str, Any, Any]


def steps(seed: int) -> list[Step]:
    """What happens in one run: records of few posts, so that their states and links meet."""
    random = Random(seed)
    posts = random.choice((2, 4, 8))
    return [step(random, posts) for _ in range(STEPS)]


def step(random: Random, posts: int) -> Step:
    number, rank = random.randint(1, posts), (random.randint(0, 9), random.randint(0, 1))
    what = random.choices(
        (
            "post",
            "deletion",
            "verdict",
            "withdrawal",
            "counts",
            "again",
            "write",
            "late batch",
            "restart",
            "new topics",
        ),
        (30, 6, 16, 2, 6, 5, 24, 3, 2, 1),
    )[0]
    match what:
        case "post":
            return NORMALIZED.name, number, post_value(state(random, number, rank))
        case "deletion":
            return NORMALIZED.name, number, tombstone_value(number, rank)
        case "verdict":
            target = None if random.random() < 0.25 else random.randint(1, posts)
            return DUPLICATES.name, number, verdict_value(number, target, random.choice((None, None, rank)))
        case "withdrawal":
            return DUPLICATES.name, number, None
        case "counts":
            return COUNTERS.name, number, counters_value(number, random.randint(0, 40), random.randint(0, 9))
        case "again":
            return what, random.randint(0, STEPS), None
    return what, random.choice((0, 0, 1, 1, 2)), random.randint(0, 1)


def state(random: Random, number: int, rank: tuple[int, int]) -> State:
    return State(
        number,
        rank,
        text=random.randrange(5),
        language=random.randrange(2),
        is_dated=random.random() < 0.8,
        hours=random.choice((0, 0, 0, 1)),
        quotes=random.randrange(3),
        views=random.choice((None, *range(9))),
    )


TOPICS = (NORMALIZED.name, DUPLICATES.name, COUNTERS.name)


@dataclass
class Run:
    """A store, the topics that it reads, and what it has to hold."""

    open_store: OpenStore
    oracle: Oracle
    generation: int = 1
    sent: list[tuple[str, int, bytes | None]] = field(default_factory=list)
    waiting: dict[tuple[str, int], list[Message]] = field(default_factory=dict)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    last: dict[tuple[str, int], Batch] = field(default_factory=dict)
    stories: dict[int, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start()
        self.seen = self.open_store()  # what is committed; to open it for each look takes as long as all the rest

    def close(self) -> None:
        self.sink.close()
        self.seen.close()

    def start(self) -> None:
        self.sink = StoreSink(self.open_store, keeps_deleted=self.oracle.keeps_deleted)
        self.open()

    def partition(self, topic: str, number: int) -> Partition:
        return Partition(topic, f"{topic}-{self.generation}", number)

    def open(self) -> None:
        partitions = [self.partition(topic, number) for topic in TOPICS for number in range(len(CHANNELS))]
        for partition, position in self.sink.open(partitions).items():
            if position == START:
                self.sink.move(partition, 0)
            else:
                assert position.offset == self.ends.get((partition.topic, partition.number), 0)

    def send(self, topic: str, number: int, value: bytes | None) -> None:
        self.sent.append((topic, number, value))
        at = (topic, CHANNELS.index(channel_of(number)))
        waiting = self.waiting.setdefault(at, [])
        # Compaction leaves gaps in the offsets.
        offset = (waiting[-1].offset if waiting else self.ends.get(at, 0)) + 1 + len(waiting) % 2
        waiting.append(Message(offset, key_of(number).encode(), value, 1_700_000_000_000 + offset))

    def write(self, topic: str, number: int) -> None:
        at = (topic, number)
        messages = self.waiting.pop(at, [])
        start = self.ends.get(at, 0)
        end = messages[-1].offset + 2 if messages else start
        batch = Batch(self.partition(topic, number), start, end, messages)
        for message in messages:
            assert message.key is not None
            key = message.key.decode()
            arrived = Arrived(self.generation, number, message.offset, message.timestamp_ms, key, message.value)
            {
                NORMALIZED.name: self.oracle.take_state,
                DUPLICATES.name: self.oracle.take_verdict,
                COUNTERS.name: self.oracle.take_counters,
            }[topic](arrived)
        written = self.sink.write(batch)
        assert (written.next_offset, list(written.refused)) == (end, [])
        self.ends[at] = end
        self.last[at] = batch
        self.check()

    def write_late(self, topic: str, number: int) -> None:
        """A process that was frozen writes its batch again."""
        batch = self.last.get((topic, number))
        if batch is not None and batch.partition.topic_id == f"{topic}-{self.generation}" and batch.start < batch.end:
            assert self.sink.write(batch).next_offset == batch.end
            self.check()

    def step(self, what: str, first: Any, second: Any) -> None:
        if what == "write":
            self.write(TOPICS[first], second)
        elif what == "late batch":
            self.write_late(TOPICS[first], second)
        elif what == "again":
            if self.sent:
                self.send(*self.sent[first % len(self.sent)])
        elif what == "restart":
            self.sink.close()
            self.start()
        elif what == "new topics":
            self.finish()
            self.generation += 1
            self.ends.clear()
            self.open()
        else:
            self.send(what, first, second)

    def finish(self) -> None:
        for topic, number in sorted(self.waiting):
            self.write(topic, number)

    def check(self) -> None:
        compare(self.seen, self.oracle)
        with self.seen.reading() as reader:
            self.check_names_of_stories(stores.names_of_stories(reader))

    def check_names_of_stories(self, stories: dict[int, frozenset[str]]) -> None:
        """A story keeps its name while most of its posts stay together."""
        for number, members in self.stories.items():
            for other, now in stories.items():
                if 2 * len(members & now) > max(len(members), len(now)):
                    assert number == other
        self.stories = stories


def run(open_store: OpenStore, taken: list[Step], *, keeps_deleted: bool) -> None:
    each = Run(open_store, Oracle(keeps_deleted))
    try:
        for one in taken:
            each.step(*one)
        each.finish()
        stores.check_words(each.seen)
    finally:
        each.close()


@settings(max_examples=40)
@given(seed=st.integers(0, 1 << 32), keeps_deleted=st.booleans())
def test_sqlite_holds_what_the_oracle_says(seed: int, keeps_deleted: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(stores.sqlite_store(Path(folder, "store.db")), steps(seed), keeps_deleted=keeps_deleted)


@pytest.mark.integration
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), keeps_deleted=st.booleans())
def test_postgres_holds_what_the_oracle_says(postgres_database: str, seed: int, keeps_deleted: bool) -> None:
    stores.empty(postgres_database)
    run(stores.postgres_store(postgres_database), steps(seed), keeps_deleted=keeps_deleted)
