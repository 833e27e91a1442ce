"""Where the orders of a ledger begin: above those of the last records of both raw topics."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from ingest.ledger.ledger import Ledger
from ingest.ledger.order_clock import OrderLimit
from runtime.kafka.errors import ClusterUnreachableError
from runtime.kafka.topic_reader import StoredRecord
from runtime.settings.kafka import KafkaSettings
from schemas import Lane
from schemas.topics import Topic, raw_topic
from tgwire.processes import published_order
from tgwire.processes.published_order import raise_order

SETTINGS = KafkaSettings(bootstrap_servers="127.0.0.1:1")


@pytest.fixture
def limit(tmp_path: Path) -> Iterator[OrderLimit]:
    with Ledger(tmp_path, "topic:1") as ledger:
        yield ledger.order


def record(order: object, *, partition: int = 0, offset: int = 0) -> StoredRecord:
    value = order if isinstance(order, bytes) else json.dumps({"order": order}).encode()
    return StoredRecord(partition, offset, 0, b"key", value, ())


def in_topics(monkeypatch: pytest.MonkeyPatch, **topics: list[StoredRecord] | Exception) -> None:
    def read(_: KafkaSettings, topic: Topic, **__: object) -> Iterator[StoredRecord]:
        (lane,) = (lane for lane in Lane if raw_topic(lane) == topic)
        found = topics.get(lane.value, [])
        if isinstance(found, Exception):
            raise found
        yield from found

    monkeypatch.setattr(published_order, "read_topic", read)


def test_orders_begin_above_those_of_both_topics(limit: OrderLimit, monkeypatch: pytest.MonkeyPatch) -> None:
    live = [record(30, partition=0), record(70, partition=1), record(None, partition=1)]
    in_topics(monkeypatch, live=live, backfill=[record(90), record(40, partition=1)])
    raise_order(limit, SETTINGS)
    assert limit.start_us == 91


def test_empty_topics_and_archives_leave_it_as_it_is(limit: OrderLimit, monkeypatch: pytest.MonkeyPatch) -> None:
    limit.raise_above(5)
    in_topics(monkeypatch, backfill=[record(None), record(b'{"text": "of a version without orders"}')])
    with structlog.testing.capture_logs() as said:
        raise_order(limit, SETTINGS)
    assert (limit.start_us, said) == (6, [])


def test_without_a_broker_nothing_is_read(limit: OrderLimit) -> None:
    raise_order(limit, KafkaSettings())
    assert limit.start_us == 0


@pytest.mark.parametrize("value", [b"", b"no post", b"[]", b'{"order": "5"}', b'{"order": 4294967296000000}'])
def test_a_record_that_cannot_be_read_is_reported_and_the_others_count(
    limit: OrderLimit, monkeypatch: pytest.MonkeyPatch, value: bytes
) -> None:
    in_topics(monkeypatch, live=[record(7), record(value, partition=2, offset=41), record(value, partition=3)])
    with structlog.testing.capture_logs() as said:
        raise_order(limit, SETTINGS)
    assert limit.start_us == 8
    (line,) = said
    assert line["event"] == "records without a readable order are left out"
    assert (line["topic"], line["records"], line["first"]) == ("posts.raw.live", 2, "partition 2, offset 41")


def test_a_topic_that_cannot_be_read_is_reported_and_the_other_counts(
    limit: OrderLimit, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_topics(monkeypatch, live=ClusterUnreachableError("gave no records"), backfill=[record(7)])
    with structlog.testing.capture_logs() as said:
        raise_order(limit, SETTINGS)
    assert limit.start_us == 8
    (line,) = said
    assert line["event"] == "orders of published posts are unknown"
    assert (line["topic"], line["problem"]) == ("posts.raw.live", "gave no records")


def test_orders_that_are_far_ahead_of_the_clock_are_reported(
    limit: OrderLimit, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_topics(monkeypatch, live=[record(int((time.time() + 86_400) * 1e6))])
    with structlog.testing.capture_logs() as said:
        raise_order(limit, SETTINGS)
    (line,) = said
    assert line["event"].startswith("published posts have orders ahead of this clock")
    assert 86_300 < line["ahead_s"] <= 86_400
