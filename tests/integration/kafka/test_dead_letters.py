"""Dead letters over a real broker: found, read, and sent again with their own bytes."""

import time
from datetime import UTC, datetime

import pytest
from kafka import KafkaProducer

from runtime.kafka.connection import connect
from runtime.kafka.errors import ClusterUnreachableError
from runtime.kafka.topic_reader import StoredRecord, end_offsets, read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from schemas import Channel, PostSource, RawPost
from schemas.events import DeadLetter, RejectReason
from schemas.topics import (
    DEAD_LETTER_HEADER,
    DEAD_LETTERS,
    FINGERPRINTS,
    RAW_BACKFILL,
    RAW_LIVE,
    REPLAYS_HEADER,
    Topic,
)
from tests.support.patience import DEADLINE_S
from tgwire.dead_letters import (
    DeadLetterPosition,
    Filter,
    ReplayResult,
    decode,
    list_letters,
    replay_letters,
    show_letter,
)
from tgwire.errors import DeadLetterNotFoundError
from tgwire.local_broker import EngineName, start_broker

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
        (b"20", b"to one partition", [(DEAD_LETTER_HEADER, _letter(RAW_BACKFILL.name, 5, stage="other"))]),
        (b"21", None, [(DEAD_LETTER_HEADER, b'{"stage": 3}')]),
    ]
    producer = connect(KafkaProducer, kafka_settings, acks="all", enable_idempotence=kafka_settings.idempotent)
    for key, value, headers in letters:
        producer.send(topics["dead-letters"], value, key, headers).get(DEADLINE_S)
    producer.close()
    return letters


def _offsets(settings: KafkaSettings, wanted: Filter, limit: int = 100) -> list[int]:
    return [letter.position.offset for letter in list_letters(settings, wanted, limit)]


def test_list_has_the_newest_first_and_survives_unreadable_headers(
    kafka_settings: KafkaSettings, stored: list[Stored]
) -> None:
    letters = list_letters(kafka_settings, Filter(), 100)
    assert [letter.position for letter in letters] == [DeadLetterPosition(0, offset) for offset in (5, 4, 3, 2, 1, 0)]
    assert [letter.value for letter in reversed(letters)] == [value for _, value, _ in stored]
    problems = {letter.position.offset: letter.problem for letter in letters if letter.problem}
    assert set(problems) == {2, 3, 5}
    assert problems[2] == "it has no header tgwire-dead-letter"
    assert all(letter.letter is None for letter in letters if letter.problem)
    assert _offsets(kafka_settings, Filter(), 2) == [5, 4]


@pytest.mark.usefixtures("stored")
def test_list_can_be_narrowed(kafka_settings: KafkaSettings) -> None:
    assert _offsets(kafka_settings, Filter(reason=RejectReason.INVALID_JSON)) == [4, 0]
    assert _offsets(kafka_settings, Filter(stage="other")) == [4]
    assert _offsets(kafka_settings, Filter(topic=RAW_BACKFILL.name, stage="analyze")) == [1]
    assert _offsets(kafka_settings, Filter(topic=RAW_LIVE.name, stage="other")) == []


@pytest.mark.usefixtures("stored")
def test_show_gives_the_bytes_and_the_reason(kafka_settings: KafkaSettings) -> None:
    letter = show_letter(kafka_settings, DeadLetterPosition(0, 0))
    assert (letter.key, letter.value, letter.headers) == (b"17", BROKEN_JSON, (("trace", b"\x00\x01"),))
    assert letter.letter is not None
    assert (letter.letter.topic, letter.letter.offset) == ("posts.raw.live", 41)
    assert decode(letter.value).text == '{"channel": \\xff\\xfe'
    with pytest.raises(DeadLetterNotFoundError, match="0:6"):
        show_letter(kafka_settings, DeadLetterPosition(0, 6))


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
    assert (live.partition, live.key, live.value) == (2, b"17", BROKEN_JSON)
    assert live.headers == (("trace", b"\x00\x01"), (REPLAYS_HEADER, b"1"))
    assert sorted(_records(kafka_settings, RAW_BACKFILL)) == [(0, b"18", b"{}"), (5, b"20", b"to one partition")]
    assert end_offsets(kafka_settings, DEAD_LETTERS) == {0: 6 + 3}, "a note behind the letters for each that was sent"
    assert _offsets(kafka_settings, Filter()) == [5, 4, 3, 2, 1, 0]


def _outcomes(
    settings: KafkaSettings, selection: Filter | list[DeadLetterPosition], *, dry_run: bool = False, again: bool = False
) -> list[tuple[int, str]]:
    results = replay_letters(settings, selection, dry_run=dry_run, again=again)
    return [(each.position.offset, each.outcome) for each in results]


@pytest.mark.usefixtures("stored")
def test_all_means_what_was_not_replayed_yet(kafka_settings: KafkaSettings) -> None:
    other = Filter(stage="other")
    assert _outcomes(kafka_settings, other) == [(4, "sent")]
    for _ in range(2):
        assert _outcomes(kafka_settings, other) == [(4, "left out")]
        assert _outcomes(kafka_settings, other, dry_run=True) == [(4, "left out")]
    assert _outcomes(kafka_settings, Filter(stage="analyze")) == [(0, "sent"), (1, "sent")]
    assert (len(_records(kafka_settings, RAW_BACKFILL)), len(_records(kafka_settings, RAW_LIVE))) == (2, 1)


@pytest.mark.usefixtures("stored")
def test_a_letter_that_is_named_is_replayed_again_and_counted(kafka_settings: KafkaSettings) -> None:
    for count in (1, 2, 3):
        assert _outcomes(kafka_settings, [DeadLetterPosition(0, 4)]) == [(4, "sent")]
        assert show_letter(kafka_settings, DeadLetterPosition(0, 4)).replays == count
    headers = [record.headers for record in read_topic(kafka_settings, RAW_BACKFILL)]
    assert headers == [((REPLAYS_HEADER, b"1"),), ((REPLAYS_HEADER, b"2"),), ((REPLAYS_HEADER, b"3"),)]
    assert show_letter(kafka_settings, DeadLetterPosition(0, 0)).replays == 0
    with pytest.raises(DeadLetterNotFoundError, match="the note"):
        show_letter(kafka_settings, DeadLetterPosition(0, 6))


def _set_aside(settings: KafkaSettings, messages: list[StoredRecord]) -> None:
    """What a worker does with messages that it cannot handle."""
    producer = connect(KafkaProducer, settings, acks="all", enable_idempotence=settings.idempotent)
    for message in messages:
        headers = [*message.headers, (DEAD_LETTER_HEADER, _letter(partition=message.partition))]
        producer.send(settings.topic_prefix + DEAD_LETTERS.name, message.value, message.key, headers).get(DEADLINE_S)
    producer.close()


def test_letters_that_come_back_do_not_double(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    _set_aside(kafka_settings, [StoredRecord(0, 0, 0, b"%d" % number, b"bad", ()) for number in range(5)])
    sent = []
    for _ in range(3):
        known = len(_records(kafka_settings, RAW_LIVE))
        outcomes = _outcomes(kafka_settings, Filter())
        sent.append(sum(outcome == "sent" for _, outcome in outcomes))
        _set_aside(kafka_settings, list(read_topic(kafka_settings, RAW_LIVE))[known:])
    assert sent == [5, 0, 0]
    letters = list_letters(kafka_settings, Filter(), 100)
    assert [letter.replays for letter in letters] == [1] * 10
    again = [outcome for _, outcome in _outcomes(kafka_settings, Filter(), again=True)]
    assert again == ["left out"] * 5 + ["sent"] * 5, "of a message only its newest letter goes round again"
    assert [letter.replays for letter in list_letters(kafka_settings, Filter(), 5)] == [2] * 5


@pytest.mark.usefixtures("stored")
def test_a_replay_that_is_broken_off_goes_on_behind_what_it_sent(kafka_settings: KafkaSettings) -> None:
    replay = replay_letters(kafka_settings, Filter(stage="analyze"))
    assert next(replay).outcome == "sent"
    replay.close()  # type: ignore[attr-defined] # the second letter was never sent
    assert _outcomes(kafka_settings, Filter(stage="analyze")) == [(0, "left out"), (1, "sent")]


@pytest.mark.usefixtures("stored")
def test_a_crash_before_the_note_repeats_one_letter_once(
    kafka_settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("tgwire.dead_letters._note", crash)
        with pytest.raises(SystemExit):
            list(replay_letters(kafka_settings, Filter(stage="other")))
    assert _outcomes(kafka_settings, Filter(stage="other")) == [(4, "sent")]
    assert _outcomes(kafka_settings, Filter(stage="other")) == [(4, "left out")]
    assert len(_records(kafka_settings, RAW_BACKFILL)) == 2


def test_a_post_of_a_wrong_partition_is_sent_to_its_channels(
    kafka_settings: KafkaSettings, topics: dict[str, str]
) -> None:
    """Under its own key and on its own partition it would come back for ever."""
    post = RawPost(channel=Channel(id=17), message_id=1, text="On the wrong partition.", source=PostSource(kind="test"))
    value = post.model_dump_json().encode()
    letter = _letter(partition=0, reason=RejectReason.WRONG_PARTITION)
    producer = connect(KafkaProducer, kafka_settings, acks="all", enable_idempotence=kafka_settings.idempotent)
    producer.send(topics["dead-letters"], value, b"someone's key", [(DEAD_LETTER_HEADER, letter)]).get(DEADLINE_S)
    expected = producer.send(topics[RAW_BACKFILL.name], b"{}", b"17").get(DEADLINE_S).partition
    producer.close()
    assert _outcomes(kafka_settings, Filter()) == [(0, "sent")]
    assert _records(kafka_settings, RAW_LIVE) == [(expected, b"17", value)]


def test_a_letter_of_the_log_of_fingerprints_is_not_sent(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    producer = connect(KafkaProducer, kafka_settings, acks="all", enable_idempotence=kafka_settings.idempotent)
    header = (DEAD_LETTER_HEADER, _letter(FINGERPRINTS.name))
    producer.send(topics["dead-letters"], b"{}", b"tg:1:1", [header]).get(DEADLINE_S)
    producer.close()
    (result,) = replay_letters(kafka_settings, Filter())
    assert (result.outcome, "still in the topic" in (result.problem or "")) == ("not sent", True)
    assert _records(kafka_settings, FINGERPRINTS) == []


@pytest.mark.usefixtures("stored")
def test_replay_of_some(kafka_settings: KafkaSettings) -> None:
    assert [r.position.offset for r in replay_letters(kafka_settings, [DeadLetterPosition(0, 4)])] == [4]
    assert _records(kafka_settings, RAW_BACKFILL) == [(5, b"20", b"to one partition")]
    assert _records(kafka_settings, RAW_LIVE) == []


@pytest.mark.usefixtures("stored")
def test_a_dry_run_sends_nothing(kafka_settings: KafkaSettings) -> None:
    results = list(replay_letters(kafka_settings, Filter(stage="analyze"), dry_run=True))
    assert results == [
        ReplayResult(DeadLetterPosition(0, 0), "posts.raw.live", "would send"),
        ReplayResult(DeadLetterPosition(0, 1), "posts.raw.backfill", "would send"),
    ]
    assert _records(kafka_settings, RAW_LIVE) == _records(kafka_settings, RAW_BACKFILL) == []


def test_what_cannot_be_sent_does_not_hold_up_the_rest(kafka_settings: KafkaSettings, topics: dict[str, str]) -> None:
    producer = connect(KafkaProducer, kafka_settings, acks="all", enable_idempotence=kafka_settings.idempotent)
    for header in (_letter("somewhere.else"), _letter(partition=77)):
        producer.send(topics["dead-letters"], b"value", b"key", [(DEAD_LETTER_HEADER, header)]).get(DEADLINE_S)
    producer.close()
    unknown, gone = replay_letters(kafka_settings, Filter())
    assert (unknown.outcome, unknown.problem) == ("not sent", "'somewhere.else' is not a topic of tgwire")
    assert gone.outcome == "sent"
    assert [(key, value) for _, key, value in _records(kafka_settings, RAW_LIVE)] == [(b"key", b"value")]


def test_a_broker_that_goes_away_ends_a_replay(kafka_engine: EngineName) -> None:
    with start_broker(kafka_engine) as broker:
        create_topics(broker.settings())
        settings = broker.settings(KafkaSettings(request_timeout_s=10.0))
        producer = connect(KafkaProducer, settings, acks="all", enable_idempotence=settings.idempotent)
        for _ in range(2):
            producer.send(DEAD_LETTERS.name, b"value", b"key", [(DEAD_LETTER_HEADER, _letter())]).get(DEADLINE_S)
        producer.close()
        replay = replay_letters(settings, Filter())
        assert next(replay).outcome == "sent"
        broker.kill()
        started = time.monotonic()
        with pytest.raises(ClusterUnreachableError, match=broker.bootstrap_servers):
            next(replay)
        assert time.monotonic() - started < DEADLINE_S
