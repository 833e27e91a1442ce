"""The store equals what an oracle makes of all records so far, after every batch, in whatever order they come."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.topics import COUNTERS, DUPLICATES, NORMALIZED
from sinks.contract import START, Batch, Message, Partition
from sinks.store.sink import StoreSink
from tests.store import stores
from tests.store.comparison import compare
from tests.store.oracle import Arrived, Oracle
from tests.store.records import (
    CHANNELS,
    State,
    channel_of,
    counters_value,
    key_of,
    post_value,
    tombstone_value,
    verdict_value,
)
from tests.store.stores import OpenStore

POSTS = st.integers(1, 6)
RANKS = st.tuples(st.integers(0, 6), st.integers(0, 1))
STATES = st.builds(
    State,
    number=POSTS,
    rank=RANKS,
    text=st.integers(0, 4),
    language=st.integers(0, 1),
    is_dated=st.sampled_from((True, True, True, False)),
    hours=st.sampled_from((0, 0, 0, 1)),
    quotes=st.integers(0, 2),
    views=st.one_of(st.none(), st.integers(0, 9)),
)
SENT = st.one_of(
    STATES.map(lambda state: (NORMALIZED.name, state.number, post_value(state))),
    STATES.map(lambda state: (NORMALIZED.name, state.number, post_value(state))),
    st.tuples(POSTS, RANKS).map(lambda each: (NORMALIZED.name, each[0], tombstone_value(*each))),
    st.tuples(POSTS, st.one_of(st.none(), POSTS), st.one_of(st.none(), RANKS)).map(
        lambda each: (DUPLICATES.name, each[0], verdict_value(*each))
    ),
    POSTS.map(lambda number: (DUPLICATES.name, number, None)),
    st.tuples(POSTS, st.integers(0, 40), st.integers(0, 9)).map(
        lambda each: (COUNTERS.name, each[0], counters_value(*each))
    ),
)
STEPS = st.lists(
    st.one_of(
        SENT,
        SENT,
        SENT,
        st.tuples(st.just("again"), st.integers(0, 50), st.none()),
        st.tuples(st.just("write"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("write"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("late batch"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("restart"), st.none(), st.none()),
        st.tuples(st.just("new topics"), st.none(), st.none()),
    ),
    max_size=45,
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
        database = self.open_store()
        with stores_closing(database):
            compare(database, self.oracle)
            with database.reading() as reader:
                self.check_names_of_stories(stores.names_of_stories(reader))

    def check_names_of_stories(self, stories: dict[int, frozenset[str]]) -> None:
        """A story keeps its name while most of its posts stay together."""
        for number, members in self.stories.items():
            for other, now in stories.items():
                if 2 * len(members & now) > max(len(members), len(now)):
                    assert number == other
        self.stories = stories


@contextmanager
def stores_closing(database: Any) -> Iterator[None]:
    try:
        yield
    finally:
        database.close()


def run(open_store: OpenStore, steps: list[tuple[str, Any, Any]], *, keeps_deleted: bool) -> None:
    each = Run(open_store, Oracle(keeps_deleted))
    try:
        for step in steps:
            each.step(*step)
        each.finish()
    finally:
        each.sink.close()
    database = open_store()
    with stores_closing(database):
        stores.check_words(database)


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, keeps_deleted=st.booleans())
def test_sqlite_holds_what_the_oracle_says(steps: list[tuple[str, Any, Any]], keeps_deleted: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(stores.sqlite_store(Path(folder, "store.db")), steps, keeps_deleted=keeps_deleted)


@pytest.mark.integration
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(steps=STEPS, keeps_deleted=st.booleans())
def test_postgres_holds_what_the_oracle_says(
    postgres_database: str, steps: list[tuple[str, Any, Any]], keeps_deleted: bool
) -> None:
    stores.empty(postgres_database)
    run(stores.postgres_store(postgres_database), steps, keeps_deleted=keeps_deleted)
