"""Messages that were set aside: listed, shown, and sent again."""

import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import kafka
from kafka import errors
from pydantic import ValidationError

from ingest.publish.connection import connect
from schemas.config import KafkaSettings
from schemas.events import DeadLetter, RejectReason
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, TOPICS
from tgwire.cluster import cluster_errors
from tgwire.errors import DeadLetterNotFoundError
from tgwire.reading import StoredRecord, read_record, read_topic


class Position(NamedTuple):
    """Where a dead letter is stored on ``dead-letters``; written ``0:17``."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read ``partition:offset``, or an offset of partition 0; ValueError says what is expected."""
        partition, colon, offset = text.rpartition(":")
        if not (offset.isdecimal() and (partition.isdecimal() if colon else True)):
            raise ValueError(f"not a dead letter's position: {text!r} (expected partition:offset, such as 0:17)")
        return cls(int(partition or 0), int(offset))


@dataclass(frozen=True)
class Filter:
    """Which dead letters are meant; what is None does not matter."""

    reason: RejectReason | None = None
    stage: str | None = None
    topic: str | None = None
    """Name without prefix, as in ``schemas.topics``."""

    def matches(self, letter: DeadLetter | None) -> bool:
        """Whether a letter is meant. One without a readable header is meant only when nothing is asked of it."""
        if letter is None:
            return self == Filter()
        return (
            self.reason in (None, letter.reason)
            and self.stage in (None, letter.stage)
            and self.topic in (None, letter.topic)
        )


@dataclass(frozen=True)
class StoredLetter:
    """A dead letter with the message's own bytes."""

    position: Position
    stored_at_ms: int
    """Milliseconds since 1970."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    """The message's own headers."""
    letter: DeadLetter | None
    """None when its header is missing or cannot be read."""
    problem: str | None
    """What is wrong with its header."""


@dataclass(frozen=True)
class Decoded:
    """Bytes made readable, as far as they let themselves."""

    form: Literal["nothing", "json", "text", "binary"]
    text: str
    """json: indented; text: UTF-8; binary: text with every undecodable byte written ``\\xNN``."""


@dataclass(frozen=True)
class Replay:
    """What became of one dead letter in a replay."""

    position: Position
    topic: str | None
    """Where it went or would go, without prefix."""
    outcome: Literal["sent", "would send", "not sent"]
    problem: str | None = None


def list_letters(settings: KafkaSettings, wanted: Filter, limit: int) -> list[StoredLetter]:
    """The newest dead letters that match, newest first; those with unreadable headers included."""
    newest = deque(_matching(settings, wanted), maxlen=limit)
    return sorted(newest, key=lambda stored: (stored.stored_at_ms, stored.position), reverse=True)


def show_letter(settings: KafkaSettings, position: Position) -> StoredLetter:
    """The dead letter at a position; raises DeadLetterNotFoundError."""
    record = read_record(settings, DEAD_LETTERS, *position)
    if record is None:
        raise DeadLetterNotFoundError(f"there is no dead letter at {position} (never was, or past its retention)")
    return _letter(record)


def replay_letters(
    settings: KafkaSettings,
    selection: Filter | Collection[Position],
    *,
    dry_run: bool = False,
) -> Iterator[Replay]:
    """Send dead letters' bytes again to the topic and partition they came from, with their key and headers.

    Each result is yielded once the broker has acknowledged the message (acks=all) or refused it; one that cannot be
    sent does not hold up the others. Nothing is remembered: a second replay sends again, which upserts make harmless.
    """
    letters: Iterable[StoredLetter]
    if isinstance(selection, Filter):
        letters = _matching(settings, selection)
    else:
        letters = (show_letter(settings, position) for position in selection)
    if dry_run:
        yield from (_refusal(stored) or _result(stored, "would send") for stored in letters)
        return
    with cluster_errors(settings):
        producer = _producer(settings)
        try:
            for stored in letters:
                yield _refusal(stored) or _send(producer, settings, stored)
        finally:
            producer.close(timeout=settings.request_timeout_s)


def decode(data: bytes | None) -> Decoded:
    """Make a key or value readable."""
    if data is None:
        return Decoded("nothing", "")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Decoded("binary", data.decode(errors="backslashreplace"))
    try:
        return Decoded("json", json.dumps(json.loads(text), ensure_ascii=False, indent=2))
    except (ValueError, RecursionError):
        return Decoded("text", text)


def _matching(settings: KafkaSettings, wanted: Filter) -> Iterator[StoredLetter]:
    for record in read_topic(settings, DEAD_LETTERS):
        stored = _letter(record)
        if wanted.matches(stored.letter):
            yield stored


def _letter(record: StoredRecord) -> StoredLetter:
    letter, problem = None, None
    content = dict(record.headers).get(DEAD_LETTER_HEADER)
    if content is None:
        problem = f"it has no header {DEAD_LETTER_HEADER}"
    else:
        try:
            letter = DeadLetter.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            problem = f"its header {DEAD_LETTER_HEADER} cannot be read: {where}: {first['msg']}"
    return StoredLetter(
        position=Position(record.partition, record.offset),
        stored_at_ms=record.timestamp_ms,
        key=record.key,
        value=record.value,
        headers=tuple(header for header in record.headers if header[0] != DEAD_LETTER_HEADER),
        letter=letter,
        problem=problem,
    )


def _producer(settings: KafkaSettings) -> kafka.KafkaProducer:
    timeout_ms = int(settings.request_timeout_s * 1000)
    return connect(
        kafka.KafkaProducer,
        settings,
        acks="all",
        enable_idempotence=settings.idempotent,
        max_request_size=2 * DEAD_LETTERS.max_message_bytes,
        allow_auto_create_topics=False,
        max_block_ms=timeout_ms,
        # Gives up before `_send` does: close() of kafka-python 3.0 leaves its thread running while a batch is open.
        delivery_timeout_ms=timeout_ms,
    )


def _refusal(stored: StoredLetter) -> Replay | None:
    """Why a letter cannot be sent, before anything is tried."""
    if stored.letter is None:
        return _result(stored, "not sent", stored.problem)
    if stored.letter.topic not in {topic.name for topic in TOPICS}:
        return _result(stored, "not sent", f"{stored.letter.topic!r} is not a topic of tgwire")
    return None


def _send(producer: kafka.KafkaProducer, settings: KafkaSettings, stored: StoredLetter) -> Replay:
    letter = stored.letter
    assert letter is not None, "letters without a header are refused before"
    name = settings.topic_prefix + letter.topic
    try:
        # The partition itself, not the key's: a tombstone on posts.analyzed goes to each partition under one key.
        # A topic that has fewer partitions by now takes it by its key.
        partition = letter.partition if letter.partition in (producer.partitions_for(name) or ()) else None
        sent = producer.send(name, stored.value, stored.key, list(stored.headers), partition)
        sent.get(timeout=2 * settings.request_timeout_s)
    except (errors.MessageSizeTooLargeError, errors.UnknownTopicOrPartitionError, errors.AuthorizationError) as error:
        return _result(stored, "not sent", f"{name}: {error}")
    return _result(stored, "sent")


def _result(
    stored: StoredLetter, outcome: Literal["sent", "would send", "not sent"], problem: str | None = None
) -> Replay:
    return Replay(stored.position, stored.letter.topic if stored.letter else None, outcome, problem)
