"""Records as the worker writes them, for tests of sinks."""

from datetime import UTC, datetime, timedelta

from schemas import CounterUpdate, DuplicateRecord, NormalizedPost, Tombstone
from schemas.base import Record
from schemas.normalized import DuplicateKind, DuplicateLink, Language, Provenance
from schemas.raw import Channel, Counters, Lane, PostSource
from schemas.topics import COUNTERS, DUPLICATES, NORMALIZED
from sinks.contract import Batch, Message, Partition

POSTS = Partition(NORMALIZED.name, "a" * 32, 0)
VERDICTS = Partition(DUPLICATES.name, "b" * 32, 0)
COUNTS = Partition(COUNTERS.name, "c" * 32, 0)
START = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = 1_772_000_000_000


def key(number: int) -> str:
    return f"tg:77:{number}"


def provenance(rank: int) -> Provenance:
    return Provenance(
        source=PostSource(kind="telethon"), lane=Lane.LIVE, rank=(1_772_000_000_000_000 + rank, 1), pipeline_version="1"
    )


def post(number: int, rank: int = 0, text: str = "text", *, is_dated: bool = True) -> NormalizedPost:
    """A state of a post, whose revision is its text."""
    return NormalizedPost(
        key=key(number),
        revision=text,
        channel=Channel(id=77, username="wirenews", title="Wire News"),
        message_id=number,
        posted_at=START + timedelta(hours=number) if is_dated else None,
        text=text,
        language=Language(code="en"),
        provenance=provenance(rank),
    )


def tombstone(number: int, rank: int) -> Tombstone:
    return Tombstone(key=key(number), channel=Channel(id=77), message_id=number, provenance=provenance(rank))


def verdict(number: int, of: int | None, text: str = "text") -> DuplicateRecord:
    link = None if of is None else DuplicateLink(of=key(of), kind=DuplicateKind.EXACT, similarity=1.0)
    return DuplicateRecord(
        key=key(number), revision=text, rank=(1_772_000_000_000_000, 1), duplicate=link, posted_at=START
    )


def counts(number: int, views: int) -> CounterUpdate:
    counters = Counters(observed_at=START + timedelta(days=1), is_exact=True, views=views)
    return CounterUpdate(key=key(number), counters=counters)


def message(offset: int, record: Record | None, record_key: str | None = None) -> Message:
    """A record at an offset; None withdraws a key."""
    name = record_key if record_key is not None else getattr(record, "key", "")
    return Message(offset, name.encode(), None if record is None else record.to_json(), NOW_MS + offset)


def batch(partition: Partition, start: int, *records: Record | None, keys: tuple[str, ...] = ()) -> Batch:
    """Records at successive offsets; ``keys`` are those of nulls, in order."""
    left = iter(keys)
    messages = [
        message(start + number, record, next(left) if record is None else None) for number, record in enumerate(records)
    ]
    return Batch(partition, start, start + len(records), messages)
