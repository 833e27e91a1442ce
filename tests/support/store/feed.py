"""Sends records to a store as a runner would: each topic has one partition and goes on where it was."""

from collections.abc import Sequence
from typing import Self

from schemas.topics import CHANNEL_STATES, COUNTERS, DUPLICATES, NORMALIZED
from sinks.contract import START, Batch, Message, Partition, Written
from sinks.store.database import Database, DbRow
from sinks.store.sink import StoreSink
from tests.support.store.records import State, counters_value, key_of, post_value, tombstone_value, verdict_value
from tests.support.store.stores import OpenStore

TIMESTAMP_MS = 1_772_400_000_000


class Feed:
    """A store and the places of its topics."""

    def __init__(self, open_store: OpenStore, *, keeps_deleted: bool = True, generation: str = "a") -> None:
        self.open_store = open_store
        self.generation = generation
        self.sink = StoreSink(open_store, keeps_deleted=keeps_deleted)
        self.ends: dict[str, int] = {}
        try:
            self.open()
        except BaseException:
            self.sink.close()
            raise

    def open(self) -> None:
        partitions = [self.partition(topic) for topic in self.sink.topics]
        for partition, position in self.sink.open(partitions).items():
            if position == START:
                self.sink.move(partition, 0)
                self.ends[partition.topic] = 0
            else:
                self.ends[partition.topic] = position.offset

    def partition(self, topic: str) -> Partition:
        return Partition(topic, f"{topic}.{self.generation}", 0)

    @property
    def database(self) -> Database:
        database = self.sink._database
        assert database is not None
        return database

    def send(self, topic: str, messages: Sequence[tuple[str, bytes | None]]) -> Written:
        start = self.ends[topic]
        found = [Message(start + at, key.encode(), value, TIMESTAMP_MS) for at, (key, value) in enumerate(messages)]
        written = self.sink.write(Batch(self.partition(topic), start, start + len(found), found))
        self.ends[topic] = written.next_offset
        return written

    def posts(self, *states: State) -> Self:
        return self._all(NORMALIZED.name, [(state.key, post_value(state)) for state in states])

    def delete(self, number: int, rank: tuple[int, int]) -> Self:
        return self._all(NORMALIZED.name, [(key_of(number), tombstone_value(number, rank))])

    def link(self, *pairs: tuple[int, int | None], rank: tuple[int, int] | None = None) -> Self:
        messages = [(key_of(number), verdict_value(number, target, rank)) for number, target in pairs]
        return self._all(DUPLICATES.name, messages)

    def count(self, number: int, second: int, views: int) -> Self:
        return self._all(COUNTERS.name, [(key_of(number), counters_value(number, second, views))])

    def channel(self, channel: int, value: bytes | None) -> Self:
        return self._all(CHANNEL_STATES.name, [(str(channel), value)])

    def _all(self, topic: str, messages: Sequence[tuple[str, bytes | None]]) -> Self:
        written = self.send(topic, messages)
        assert not written.refused, written
        return self

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[DbRow]:
        with self.database.reading() as reader:
            return reader.rows(sql, parameters)

    def close(self) -> None:
        self.sink.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
