"""``tgwire tail --kafka``: the posts of a topic, without a store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer

from runtime.kafka.connection import connect
from runtime.settings.kafka import KafkaSettings
from schemas import Channel, Language, NormalizedPost, PostSource, Provenance, Tombstone, post_key
from schemas.query.parser import parse
from schemas.raw import Lane
from schemas.topics import NORMALIZED
from tests.support.patience import DEADLINE_S
from tgwire.kafka_posts import KafkaPosts, needs_store

pytestmark = pytest.mark.integration

START = datetime(2026, 11, 18, 10, tzinfo=UTC)


def post(number: int, text: str, language: str = "en") -> NormalizedPost:
    return NormalizedPost(
        key=post_key(number, number),
        revision="r",
        channel=Channel(id=number, username=f"wire{number}"),
        message_id=number,
        posted_at=START + timedelta(hours=number),
        text=text,
        language=Language(code=language),
        provenance=Provenance(source=PostSource(kind="jsonl"), lane=Lane.LIVE, pipeline_version="1"),
    )


def tombstone(of: NormalizedPost) -> Tombstone:
    return Tombstone(key=of.key, channel=of.channel, message_id=of.message_id, provenance=of.provenance)


@pytest.fixture
def producer(kafka_settings: KafkaSettings, topics: dict[str, str]) -> Iterator[KafkaProducer]:
    made = connect(KafkaProducer, kafka_settings)
    yield made
    made.close()


def send(producer: KafkaProducer, topics: dict[str, str], *records: NormalizedPost | Tombstone | bytes) -> None:
    for record in records:
        key, value = (b"?", record) if isinstance(record, bytes) else (record.key.encode(), record.to_json())
        partition = 0 if isinstance(record, bytes) else record.channel.id % 2
        producer.send(topics[NORMALIZED.name], key=key, value=value, partition=partition).get(DEADLINE_S)


def test_the_newest_that_match_then_those_that_come(
    kafka_settings: KafkaSettings, topics: dict[str, str], producer: KafkaProducer
) -> None:
    gone = post(5, "a bridge that is gone")
    earlier = (post(1, "a bridge"), post(2, "a storm"), post(3, "the bridge"), gone, tombstone(gone))
    send(producer, topics, *earlier, post(1, "a bridge, edited"), b'{"type":"post","schema_version":99}')
    posts = KafkaPosts(kafka_settings, parse("bridge lang:en"))
    assert [(each.key, each.text) for each in posts.newest(10)] == [
        ("tg:1:1", "a bridge, edited"),
        ("tg:3:3", "the bridge"),
    ]
    assert posts.unreadable == 1
    assert [each.key for each in posts.newest(1)] == ["tg:3:3"]
    send(producer, topics, post(6, "мост", "ru"), post(7, "one more bridge"))
    new = posts.new()
    assert next(new).key == "tg:7:7"
    new.close()


def test_what_records_do_not_have_needs_the_store() -> None:
    assert all(needs_store(parse(query)) for query in ("is:first", "a NOT is:copy", "story.size:>2", "is:deleted"))
    assert not any(needs_store(parse(query)) for query in ("a", "is:forward,edited", "has:media lang:ru"))
