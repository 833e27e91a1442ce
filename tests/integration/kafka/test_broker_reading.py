"""Reading a topic up to its end."""

import pytest
from kafka import KafkaProducer

from runtime.kafka.connection import connect
from runtime.kafka.errors import TopicMissingError
from runtime.kafka.topic_reader import end_offsets, read_record, read_topic
from runtime.settings.kafka import KafkaSettings
from schemas.topics import DEAD_LETTERS, NORMALIZED, RAW_LIVE

pytestmark = pytest.mark.integration


def _fill(settings: KafkaSettings, name: str, count: int) -> None:
    producer = connect(KafkaProducer, settings, acks="all", enable_idempotence=settings.idempotent)
    for number in range(count):
        producer.send(name, b"value %d" % number, key=b"key %d" % (number % 7), headers=[("h", b"%d" % number)])
    producer.flush()
    producer.close()


def test_reads_everything_and_then_ends(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    _fill(kafka_settings, topics["posts.normalized"], 2500)
    records = list(read_topic(kafka_settings, NORMALIZED))
    assert {record.value for record in records} == {b"value %d" % number for number in range(2500)}
    assert len(records) == 2500
    by_partition: dict[int, list[int]] = {}
    for record in records:
        by_partition.setdefault(record.partition, []).append(record.offset)
        assert record.headers == (("h", (record.value or b"").split()[1]),)
    assert all(offsets == list(range(len(offsets))) for offsets in by_partition.values())
    ends = end_offsets(kafka_settings, NORMALIZED)
    assert ends == {partition: len(by_partition.get(partition, [])) for partition in range(6)}


def test_a_reader_stops_at_the_end_it_found(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    name = topics["dead-letters"]
    _fill(kafka_settings, name, 3)
    reader = read_topic(kafka_settings, DEAD_LETTERS)
    first = next(reader)
    _fill(kafka_settings, name, 3)
    assert [first.offset, *(record.offset for record in reader)] == [0, 1, 2]


def test_reads_the_last_records_of_each_partition(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    assert list(read_topic(kafka_settings, NORMALIZED, last=3)) == []
    for _ in range(40):  # batches of their own: Tansu's answer to where the end is may be the last batch's begin
        _fill(kafka_settings, topics["posts.normalized"], 14)
    ends = end_offsets(kafka_settings, NORMALIZED)
    offsets: dict[int, list[int]] = {}
    for record in read_topic(kafka_settings, NORMALIZED, last=20):
        offsets.setdefault(record.partition, []).append(record.offset)
    for partition, end in ends.items():
        if end:
            assert offsets[partition][-20:] == list(range(max(0, end - 20), end))
            assert len(offsets[partition]) <= 20 + 14
    short = list(read_topic(kafka_settings, NORMALIZED, last=10_000))
    assert len(short) == 40 * 14


def test_an_empty_topic_has_nothing_to_read(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    assert list(read_topic(kafka_settings, RAW_LIVE)) == []
    assert end_offsets(kafka_settings, RAW_LIVE) == dict.fromkeys(range(6), 0)


def test_one_record(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    _fill(kafka_settings, topics["dead-letters"], 5)
    record = read_record(kafka_settings, DEAD_LETTERS, 0, 3)
    assert record is not None
    assert (record.offset, record.value) == (3, b"value 3")
    assert read_record(kafka_settings, DEAD_LETTERS, 0, 5) is None
    assert read_record(kafka_settings, DEAD_LETTERS, 0, 500) is None
    assert read_record(kafka_settings, DEAD_LETTERS, 9, 0) is None


def test_a_missing_topic_is_named(kafka_settings: KafkaSettings) -> None:
    with pytest.raises(TopicMissingError, match=f"{kafka_settings.topic_prefix}posts.normalized does not exist"):
        list(read_topic(kafka_settings, NORMALIZED))
