"""Messages that were set aside: listed, shown, and sent again."""

import json
from collections import Counter, deque
from collections.abc import Collection, Container, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from pydantic import ValidationError

from runtime.kafka.admin import cluster_errors
from runtime.kafka.producer import REFUSALS, KafkaProducer, connect_producer
from runtime.kafka.topic_reader import StoredRecord, read_record, read_topic
from runtime.settings.kafka import KafkaSettings
from schemas.events import DeadLetter, RejectReason
from schemas.raw import RawPost
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, FINGERPRINTS, SINK_STAGE, TOPICS, WEBHOOK_STAGE
from schemas.validation_messages import reason_of
from tgwire.dead_letter_notes import NOTE_KEY, count_notes, is_note, note_of, replays_before, with_replays
from tgwire.errors import DeadLetterNotFoundError


class DeadLetterPosition(NamedTuple):
    """The partition and offset of a dead letter on ``dead-letters``; written ``0:17``."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "DeadLetterPosition":
        """Read ``partition:offset``, or an offset of partition 0; ValueError explains what is expected."""
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

    position: DeadLetterPosition
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
    came_back: int = 0
    """How often its message had been sent again before, and was set aside once more as this letter."""
    sent_again: int = 0
    """How often this letter was sent again."""

    @property
    def replays(self) -> int:
        """How often its message was sent again in all."""
        return self.came_back + self.sent_again


@dataclass(frozen=True)
class Decoded:
    """Bytes made readable, as far as they let themselves."""

    form: Literal["nothing", "json", "text", "binary"]
    text: str
    """json: indented; text: UTF-8; binary: text with every undecodable byte written ``\\xNN``."""


Outcome = Literal["sent", "would send", "not sent", "left out"]
"""``left out``: it was sent again before, and is not meant by a filter any more."""


@dataclass(frozen=True)
class ReplayResult:
    """What became of one dead letter in a replay."""

    position: DeadLetterPosition
    topic: str | None
    """Where it went or would go, without prefix; of what goes to the receiver of a webhook, where it came from."""
    outcome: Outcome
    problem: str | None = None
    receiver: str | None = None
    """Host of the receiver of a webhook, where it went or would go there."""


class ToReceiver(Protocol):
    """Sends dead letters of the webhook to its receiver."""

    def judge(self, stored: StoredLetter) -> ReplayResult:
        """The result that sending one letter would have."""
        ...

    def send(self, stored: StoredLetter) -> ReplayResult:
        """Send one: ``sent`` means that the receiver has it. Raises FatalError where none gets through."""
        ...


def list_letters(settings: KafkaSettings, wanted: Filter, limit: int) -> list[StoredLetter]:
    """The newest dead letters that match, newest first; those with unreadable headers included."""
    newest = deque(_matching(settings, wanted, _notes(settings)), maxlen=limit)
    return sorted(newest, key=lambda stored: (stored.stored_at_ms, stored.position), reverse=True)


def show_letter(settings: KafkaSettings, position: DeadLetterPosition) -> StoredLetter:
    """The dead letter at a position; raises DeadLetterNotFoundError."""
    return _show(settings, position, _notes(settings))


def replay_letters(
    settings: KafkaSettings,
    selection: Filter | Collection[DeadLetterPosition],
    *,
    to_receiver: ToReceiver | None = None,
    dry_run: bool = False,
    again: bool = False,
) -> Iterator[ReplayResult]:
    """Send dead letters' bytes again to the topic and partition they came from, with their key and headers; those of
    the webhook to its receiver.

    Of a filter's letters those are left out whose message was sent again before; with ``again`` only those that were
    sent again themselves, so that what came back goes round once more, and once only. Positions mean what they name.

    Each result is yielded once the broker has acknowledged the message (acks=all) or refused it; one that cannot be
    sent does not hold up the others. That a letter was sent is noted behind it: a crash between the two sends the one
    letter at hand once more.
    """
    with closing(_chosen(settings, selection, again=again)) as chosen:
        judged = ((stored, verdict or _refusal(stored, to_receiver)) for stored, verdict in chosen)
        if dry_run:
            for stored, verdict in judged:
                yield verdict or _would_send(stored, to_receiver)
        else:
            yield from _sent(settings, judged, to_receiver)


def _chosen(
    settings: KafkaSettings, selection: Filter | Collection[DeadLetterPosition], *, again: bool
) -> Generator[tuple[StoredLetter, ReplayResult | None], None, None]:
    """Each letter that is chosen, and whether it is left out."""
    notes = _notes(settings)
    if isinstance(selection, Filter):
        with closing(_matching(settings, selection, notes)) as letters:
            for stored in letters:
                yield stored, _left_out(stored, again=again)
        return
    for position in selection:
        yield _show(settings, position, notes), None


def _sent(
    settings: KafkaSettings, judged: Iterable[tuple[StoredLetter, ReplayResult | None]], to_receiver: ToReceiver | None
) -> Iterator[ReplayResult]:
    with cluster_errors(settings):
        producer = connect_producer(settings, 2 * DEAD_LETTERS.max_message_bytes)
        try:
            for stored, verdict in judged:
                yield verdict or _send_one(producer, settings, stored, to_receiver)
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


def _notes(settings: KafkaSettings) -> Counter[tuple[int, int]]:
    """Read before the letters: a note lies behind its letter, and letters are too many to be kept meanwhile."""
    return count_notes(read_topic(settings, DEAD_LETTERS))


def _matching(
    settings: KafkaSettings, wanted: Filter, notes: Mapping[tuple[int, int], int]
) -> Generator[StoredLetter, None, None]:
    # Closed here, whoever stops reading: a consumer that garbage collection closes may be on a thread of its own.
    with closing(read_topic(settings, DEAD_LETTERS)) as records:
        for record in records:
            if is_note(record):
                continue
            stored = _letter(record, notes)
            if wanted.matches(stored.letter):
                yield stored


def _show(settings: KafkaSettings, position: DeadLetterPosition, notes: Mapping[tuple[int, int], int]) -> StoredLetter:
    record = read_record(settings, DEAD_LETTERS, *position)
    if record is None:
        raise DeadLetterNotFoundError(f"there is no dead letter at {position} (never was, or past its retention)")
    if is_note(record):
        raise DeadLetterNotFoundError(f"there is no dead letter at {position}, but the note that one was sent again")
    return _letter(record, notes)


def _left_out(stored: StoredLetter, *, again: bool) -> ReplayResult | None:
    return _result(stored, "left out") if (stored.sent_again if again else stored.replays) else None


def _letter(record: StoredRecord, notes: Mapping[tuple[int, int], int]) -> StoredLetter:
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
            problem = f"its header {DEAD_LETTER_HEADER} cannot be read: {where}: {reason_of(first)}"
    return StoredLetter(
        position=DeadLetterPosition(record.partition, record.offset),
        stored_at_ms=record.timestamp_ms,
        key=record.key,
        value=record.value,
        headers=tuple(header for header in record.headers if header[0] != DEAD_LETTER_HEADER),
        letter=letter,
        problem=problem,
        came_back=replays_before(record.headers),
        sent_again=notes.get((record.partition, record.offset), 0),
    )


def _refusal(stored: StoredLetter, to_receiver: ToReceiver | None) -> ReplayResult | None:
    """Why a letter cannot be sent, before anything is tried."""
    if stored.letter is None:
        return _result(stored, "not sent", stored.problem)
    if stored.letter.topic not in {topic.name for topic in TOPICS}:
        return _result(stored, "not sent", f"{stored.letter.topic!r} is not a topic of tgwire")
    if stored.key is None and stored.value is None:
        return _result(stored, "not sent", "it has neither a key nor a value")
    if stored.letter.stage.startswith(SINK_STAGE) and (to_receiver is None or not _is_of_webhook(stored)):
        return _result(
            stored,
            "not sent",
            "a sink refused it, and it is still in its topic: there again it would put an old state behind a newer one",
        )
    if stored.letter.topic == FINGERPRINTS.name:
        return _result(
            stored, "not sent", "it is still in the topic: a worker that can read it folds it when it starts"
        )
    return None


def _is_of_webhook(stored: StoredLetter) -> bool:
    return stored.letter is not None and stored.letter.stage == WEBHOOK_STAGE


def _would_send(stored: StoredLetter, to_receiver: ToReceiver | None) -> ReplayResult:
    if to_receiver is None or not _is_of_webhook(stored):
        return _result(stored, "would send")
    return to_receiver.judge(stored)


def _send_one(
    producer: KafkaProducer, settings: KafkaSettings, stored: StoredLetter, to_receiver: ToReceiver | None
) -> ReplayResult:
    if to_receiver is None or not _is_of_webhook(stored):
        return _send(producer, settings, stored)
    result = to_receiver.send(stored)
    if result.outcome != "sent":
        return result
    return replace(result, problem=_note(producer, settings, stored.position))


def _send(producer: KafkaProducer, settings: KafkaSettings, stored: StoredLetter) -> ReplayResult:
    letter = stored.letter
    assert letter is not None, "letters without a header are refused before"
    name = settings.topic_prefix + letter.topic
    try:
        key, partition = _destination(stored, producer.partitions_for(name) or ())
        headers = list(with_replays(stored.headers, stored.replays + 1))
        sent = producer.send(name, stored.value, key, headers, partition)
        sent.get(timeout=2 * settings.request_timeout_s)
    except REFUSALS as error:
        return _result(stored, "not sent", f"{name}: {error}")
    return _result(stored, "sent", _note(producer, settings, stored.position))


def _destination(stored: StoredLetter, partitions: Container[int]) -> tuple[bytes | None, int | None]:
    """Key and partition: those that the message came from, but where these were wrong its channel's."""
    letter = stored.letter
    assert letter is not None, "letters without a header are refused before"
    if letter.reason is RejectReason.WRONG_PARTITION:
        raw = RawPost.model_validate_json(stored.value or b"")  # it was read before its partition was looked at
        return str(raw.channel.id).encode(), None
    # A topic that has fewer partitions by now takes it by its key.
    return stored.key, letter.partition if letter.partition in partitions else None


def _note(producer: KafkaProducer, settings: KafkaSettings, position: DeadLetterPosition) -> str | None:
    """Note that a letter was sent again; the problem when that is not permitted."""
    name = settings.topic_prefix + DEAD_LETTERS.name
    try:
        noted = producer.send(name, None, NOTE_KEY, list(note_of(position.offset)), position.partition)
        noted.get(timeout=2 * settings.request_timeout_s)
    except REFUSALS as error:
        return f"but --all will send it again, since that cannot be noted on {name}: {error}"
    return None


def _result(stored: StoredLetter, outcome: Outcome, problem: str | None = None) -> ReplayResult:
    return ReplayResult(stored.position, stored.letter.topic if stored.letter else None, outcome, problem)
