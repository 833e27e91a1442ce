"""Reading stored records: a topic up to its present end, or one record."""

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import kafka
from kafka import TopicPartition, errors

from runtime.kafka.admin import cluster_errors
from runtime.kafka.connection import connect
from runtime.kafka.errors import ClusterUnreachableError, TopicMissingError
from runtime.settings.kafka import KafkaSettings
from schemas.topics import Topic

POLL_MS = 200


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the broker holds it."""

    partition: int
    offset: int
    timestamp_ms: int
    """Milliseconds since 1970, from the producer or the broker as the topic is set."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def read_topic(
    settings: KafkaSettings, topic: Topic, since: datetime | None = None, last: int | None = None
) -> Generator[StoredRecord, None, None]:
    """Yield what a topic holds at this moment, each partition in order; records that come later are left out.

    With ``since`` each partition begins at its first record of that time or later, by the timestamps of the records;
    with ``last`` at most so many offsets before its end, or some more.
    Joins no group and commits nothing. Raises TopicMissingError, or ClusterUnreachableError when nothing arrives for
    the request timeout.
    """
    with _consumer(settings, topic) as (consumer, partitions):
        _seek(consumer, partitions, since, last)
        ends: dict[TopicPartition, int] = {}
        deadline = _Deadline(settings)
        while len(ends) < len(partitions) or set(partitions) - consumer.paused():
            records = [record for batch in consumer.poll(POLL_MS).values() for record in batch]
            deadline.check(has_progress=bool(records) or _learn_ends(consumer, partitions, ends))
            _learn_ends(consumer, partitions, ends)
            for record in records:
                if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                    yield _stored(record)
            consumer.pause(*(tp for tp, end in ends.items() if consumer.position(tp) >= end))


def _seek(
    consumer: Any,  # noqa: ANN401
    partitions: list[TopicPartition],
    since: datetime | None,
    last: int | None,
) -> None:
    if last is not None:
        first = consumer.beginning_offsets(partitions)
        for tp, end in consumer.end_offsets(partitions).items():
            consumer.seek(tp, max(first[tp], end - last))
        return
    if since is None:
        consumer.seek_to_beginning(*partitions)
        return
    milliseconds = int(since.timestamp() * 1000)
    for tp, found in consumer.offsets_for_times(dict.fromkeys(partitions, milliseconds)).items():
        if found is None:
            consumer.seek_to_end(tp)
        else:
            consumer.seek(tp, found.offset)


def end_offsets(settings: KafkaSettings, topic: Topic) -> dict[int, int]:
    """The offset that the next record of each partition will get.

    Taken from answers to fetches: ListOffsets of Tansu 0.6.0 gives the base of the last batch plus one instead.
    """
    with _consumer(settings, topic) as (consumer, partitions):
        for tp, offset in consumer.end_offsets(partitions).items():
            consumer.seek(tp, offset)
        ends: dict[TopicPartition, int] = {}
        deadline = _Deadline(settings)
        while len(ends) < len(partitions):
            consumer.poll(POLL_MS)
            deadline.check(has_progress=_learn_ends(consumer, partitions, ends))
    return {tp.partition: end for tp, end in ends.items()}


def follow_topic(
    settings: KafkaSettings, topic: Topic, offsets: Mapping[int, int]
) -> Generator[StoredRecord, None, None]:
    """Yield what comes to a topic from these offsets of its partitions on, without an end.

    Joins no group and commits nothing. While the cluster is away nothing comes, and the client goes on trying.
    """
    with _consumer(settings, topic) as (consumer, partitions):
        for tp in partitions:
            if tp.partition in offsets:
                consumer.seek(tp, offsets[tp.partition])
            else:
                consumer.seek_to_beginning(tp)  # the topic has been given more of them
        while True:
            for batch in consumer.poll(POLL_MS).values():
                yield from map(_stored, batch)


def read_record(settings: KafkaSettings, topic: Topic, partition: int, offset: int) -> StoredRecord | None:
    """The record at an offset; None when there is none, or none any more."""
    with _consumer(settings, topic) as (consumer, partitions):
        tp = next((tp for tp in partitions if tp.partition == partition), None)
        if tp is None:
            return None
        consumer.assign([tp])
        consumer.seek(tp, offset)
        ends: dict[TopicPartition, int] = {}
        deadline = _Deadline(settings)
        while True:
            try:
                records = consumer.poll(POLL_MS, max_records=1).get(tp, [])
            except errors.OffsetOutOfRangeError:
                return None
            if records:
                return _stored(records[0]) if records[0].offset == offset else None
            deadline.check(has_progress=_learn_ends(consumer, [tp], ends))
            if tp in ends and consumer.position(tp) >= ends[tp]:
                return None


class _Deadline:
    """Runs out when nothing is gained for the request timeout."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._last = time.monotonic()

    def check(self, *, has_progress: bool) -> None:
        now = time.monotonic()
        if has_progress:
            self._last = now
        elif now - self._last > self._settings.request_timeout_s:
            raise ClusterUnreachableError(
                f"{self._settings.bootstrap_servers} gave no records for {self._settings.request_timeout_s:g} s"
            )


@contextmanager
def _consumer(settings: KafkaSettings, topic: Topic) -> Iterator[tuple[Any, list[TopicPartition]]]:
    """A consumer assigned to all partitions of a topic, and these."""
    name = settings.topic_prefix + topic.name
    with cluster_errors(settings):
        consumer = connect(
            kafka.KafkaConsumer,
            settings,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=POLL_MS // 2,
            allow_auto_create_topics=False,
        )
        try:
            numbers = consumer.partitions_for_topic(name)
            if not numbers:
                # A user without the right to see a topic gets no more than that from the broker.
                unseen = f", or user {settings.username!r} may not see it" if settings.username else ""
                raise TopicMissingError(
                    f"topic {name} does not exist on {settings.bootstrap_servers}{unseen}: run tgwire topics create"
                )
            partitions = [TopicPartition(name, number) for number in sorted(numbers)]
            consumer.assign(partitions)
            yield consumer, partitions
        finally:
            consumer.close()


def _learn_ends(consumer: Any, partitions: Iterable[TopicPartition], ends: dict[TopicPartition, int]) -> bool:  # noqa: ANN401
    """Note each partition's high watermark at its first fetch; whether there was a new one."""
    known: Mapping[TopicPartition, int | None] = {tp: consumer.highwater(tp) for tp in partitions if tp not in ends}
    new = {tp: end for tp, end in known.items() if end is not None}
    ends.update(new)
    return bool(new)


def _stored(record: Any) -> StoredRecord:  # noqa: ANN401
    headers = tuple((name, bytes(value or b"")) for name, value in record.headers)
    return StoredRecord(record.partition, record.offset, record.timestamp, record.key, record.value, headers)
