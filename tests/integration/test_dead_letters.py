"""Dead letters over a real broker: found, read, and sent again with their own bytes."""

import time
from datetime import UTC, datetime

import pytest
from kafka import KafkaProducer

from ingest.publish.connection import connect
from schemas.config import KafkaSettings
from schemas.events import DeadLetter, RejectReason
from schemas.topics import ANALYZED, DEAD_LETTER_HEADER, DEAD_LETTERS, RAW_BACKFILL, RAW_LIVE, Topic
from tgwire.broker import EngineName, start_broker
from tgwire.dead_letters import (
    Filter,
    Position,
    Replay,
    decode,
    list_letters,
    replay_letters,
    show_letter,
)
from tgwire.errors import ClusterUnreachableError, DeadLetterNotFoundError
from tgwire.reading import end_offsets, read_topic
from tgwire.topics import create_topics

pytestmark = pytest.mark.integration

BROKEN_JSON = b'{"channel": \xff\xfe'


def _letter(topic: str = RAW_LIVE.name, partition: int = 2, **changes: object) -> bytes:
    letter = DeadLetter(
        stage="analyze",
        topic=topic,
        partition=partition,
        offset=41,
        reason=RejectReason.INVALID_JSON,
        message="unexpected end",
        pipeline_version="test",
        failed_at=datetime(2024, 5, 1, tzinfo=UTC),
    )
    return letter.model_copy(update=changes).model_dump_json().encode()


Stored = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


@pytest.fixture
def stored(kafka_settings: KafkaSettings, topics: dict[str, str]) -> list[Stored]:
    """Six dead letters at 0:0 to 0:5; three have headers that nobody can read."""
    letters: list[Stored] = [
        (b"17", BROKEN_JSON, [("trace", b"\x00\x01"), (DEAD_LETTER_HEADER, _letter())]),
        (b"18", b"{}", [(DEAD_LETTER_HEADER, _letter(RAW_BACKFILL.name, 0, reason=RejectReason.INVALID_FIELD))]),
        (b"19", b"no header", []),
        (None, b"cut header", [(DEAD_LETTER_HEADER, b'{"stage": "ana')]),
        (b"tg:1:2", b"to one partition", [(DEAD_LETTER_HEADER, _letter(ANALYZED.name, 5, stage="dedup"))]),
        (b"21", None, [(DEAD_LETTER_HEADER, b'{"stage": 3}')]),
    ]
    producer = connect(KafkaProducer, kafka_settings, acks="all", enable_idempotence=kafka_settings.idempotent)
    for key, value, headers in letters:
        producer.send(topics["dead-letters"], value, key, headers).get(10)
    producer.close()
    return letters


def _offsets(settings: KafkaSettings, wanted: Filter, limit: int = 100) -> list[int]:
    return [letter.position.offset for letter in list_letters(settings, wanted, limit)]


def test_list_has_the_newest_first_and_survives_unreadable_headers(
    kafka_settings: KafkaSettings, stored: list[Stored]
) -> None:
    letters = list_letters(kafka_settings, Filter(), 100)
    assert [letter.position for letter in letters] == [Position(0, offset) for offset in (5, 4, 3, 2, 1, 0)]
    assert [letter.value for letter in reversed(letters)] == [value for _, value, _ in stored]
    problems = {letter.position.offset: letter.problem for letter in letters if letter.problem}
    assert set(problems) == {2, 3, 5}
    assert problems[2] == "it has no header tgwire-dead-letter"
    assert all(letter.letter is None for letter in letters if letter.problem)
    assert _offsets(kafka_settings, Filter(), 2) == [5, 4]


@pytest.mark.usefixtures("stored")
def test_list_can_be_narrowed(kafka_settings: KafkaSettings) -> None:
    assert _offsets(kafka_settings, Filter(reason=RejectReason.INVALID_JSON)) == [4, 0]
    assert _offsets(kafka_settings, Filter(stage="dedup")) == [4]
    assert _offsets(kafka_settings, Filter(topic=RAW_BACKFILL.name, stage="analyze")) == [1]
    assert _offsets(kafka_settings, Filter(topic=RAW_BACKFILL.name, stage="dedup")) == []


@pytest.mark.usefixtures("stored")
def test_show_gives_the_bytes_and_the_reason(kafka_settings: KafkaSettings) -> None:
    letter = show_letter(kafka_settings, Position(0, 0))
    assert (letter.key, letter.value, letter.headers) == (b"17", BROKEN_JSON, (("trace", b"\x00\x01"),))
    assert letter.letter is not None
    assert (letter.letter.topic, letter.letter.offset) == ("posts.raw.live", 41)
    assert decode(letter.value).text == '{"channel": \\xff\\xfe'
    with pytest.raises(DeadLetterNotFoundError, match="0:6"):
        show_letter(kafka_settings, Position(0, 6))


def _records(settings: KafkaSettings, topic: Topic) -> list[tuple[int, bytes | None, bytes | None]]:
    return [(record.partition, record.key, record.value) for record in read_topic(settings, topic)]


@pytest.mark.usefixtures("stored")
def test_replay_sends_the_same_bytes_to_the_same_partition(kafka_settings: KafkaSettings) -> None:
    results = list(replay_letters(kafka_settings, Filter()))
    assert [(result.position.offset, result.outcome) for result in results] == [
        (0, "sent"),
        (1, "sent"),
        (2, "not sent"),
        (3, "not sent"),
        (4, "sent"),
        (5, "not sent"),
    ]
    (live,) = read_topic(kafka_settings, RAW_LIVE)
    assert (live.partition, live.key, live.value, live.headers) == (2, b"17", BROKEN_JSON, (("trace", b"\x00\x01"),))
    assert _records(kafka_settings, RAW_BACKFILL) == [(0, b"18", b"{}")]
    assert _records(kafka_settings, ANALYZED) == [(5, b"tg:1:2", b"to one partition")]
    assert end_offsets(kafka_settings, DEAD_LETTERS) == {0: 6}


@pytest.mark.usefixtures("stored")
def test_replay_of_some(kafka_settings: KafkaSettings) -> None:
    assert [r.position.offset for r in replay_letters(kafka_settings, [Position(0, 4)])] == [4]
    assert _records(kafka_settings, ANALYZED) == [(5, b"tg:1:2", b"to one partition")]
    assert _records(kafka_settings, RAW_LIVE) == []


@pytest.mark.usefixtures("stored")
def test_a_dry_run_sends_nothing(kafka_settings: KafkaSettings) -> None:
    results = list(replay_letters(kafka_settings, Filter(stage="analyze"), dry_run=True))
    assert results == [
        Replay(Position(0, 0), "posts.raw.live", "would send"),
        Replay(Position(0, 1), "posts.raw.backfill", "would send"),
    ]
    assert _records(kafka_settings, RAW_LIVE) == _records(kafka_settings, RAW_BACKFILL) == []


def test_what_cannot_be_sent_does_not_hold_up_the_rest(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    producer = connect(KafkaProducer, kafka_settings, acks="all", enable_idempotence=kafka_settings.idempotent)
    for header in (_letter("somewhere.else"), _letter(partition=77)):
        producer.send(topics["dead-letters"], b"value", b"key", [(DEAD_LETTER_HEADER, header)]).get(10)
    producer.close()
    unknown, gone = replay_letters(kafka_settings, Filter())
    assert (unknown.outcome, unknown.problem) == ("not sent", "'somewhere.else' is not a topic of tgwire")
    assert gone.outcome == "sent"
    assert [(key, value) for _, key, value in _records(kafka_settings, RAW_LIVE)] == [(b"key", b"value")]


def test_a_broker_that_goes_away_ends_a_replay(kafka_engine: EngineName) -> None:
    with start_broker(kafka_engine) as broker:
        settings = broker.settings(KafkaSettings(request_timeout_s=2.0))
        create_topics(settings)
        producer = connect(KafkaProducer, settings, acks="all", enable_idempotence=settings.idempotent)
        for _ in range(2):
            producer.send(DEAD_LETTERS.name, b"value", b"key", [(DEAD_LETTER_HEADER, _letter())]).get(10)
        producer.close()
        replay = replay_letters(settings, Filter())
        assert next(replay).outcome == "sent"
        broker.kill()
        started = time.monotonic()
        with pytest.raises(ClusterUnreachableError, match=broker.bootstrap_servers):
            next(replay)
        assert time.monotonic() - started < 15
