"""The judge of topics that hold the parts of posts by post key and position: ``quotes`` and ``citations``."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from pydantic import ValidationError

from processors.core.revision import revision_of
from runtime.kafka.topic_reader import StoredRecord
from schemas import CitationRecord, QuoteRecord
from tests.chaos.worker.issued import Issued

PartRecord = TypeVar("PartRecord", QuoteRecord, CitationRecord)


@dataclass(frozen=True)
class Parts(Generic[PartRecord]):
    """The parts of one topic."""

    topic: str
    noun: str
    """Of one part, in findings."""
    record: type[PartRecord]
    place_of: Callable[[PartRecord], tuple[int, str]]
    """Position and key that a record states for its part."""
    count: Callable[[Issued], int]
    """Parts that a post was built of."""
    comparison: Callable[[PartRecord, Issued], Iterable[tuple[str, bool]]]
    """Field -> whether it is as the part was built."""


def judge_parts(
    parts: Parts[PartRecord],
    states: Mapping[str, Sequence[Issued]],
    last: Mapping[str, Issued],
    records: Iterable[StoredRecord],
) -> Iterator[tuple[str, str]]:
    """Kind of each fault, and where. ``last`` is the state of each post that its last record shows.

    A record must be a part of a revision that was issued, under the key of its post and position. In the end each
    position of the post's last state has the part of that very revision, and all others are withdrawn; those of a
    deleted post are, too.
    """
    issued_as = {key: _by_revision(history) for key, history in states.items()}
    found: dict[str, str | None] = {}
    places: dict[str, set[int]] = defaultdict(set)
    for stored in records:
        where = f"{parts.topic}/{stored.partition} offset {stored.offset}"
        key = (stored.key or b"").decode()
        places[key].add(stored.partition)
        if stored.value is None:
            if key.rpartition(":")[0] not in states:
                yield f"phantom {parts.noun}", f"{key} is withdrawn, {where}"
            found[key] = None
            continue
        record = _record(parts.record, stored.value)
        if record is None:
            yield "unreadable", where
            continue
        position, own_key = parts.place_of(record)
        due, history = f"{record.post_key}:{position}", issued_as.get(record.post_key, {}).get(record.revision, ())
        issued = next((issued for issued in history if position < parts.count(issued)), None)
        if issued is None:
            yield f"phantom {parts.noun}", f"{due} of {record.revision}, {where}"
            continue
        if key != due or own_key != due:
            yield f"double {parts.noun}", f"{due} under another key, {where}"
            continue
        found[key] = record.revision
        wrong = [name for name, is_right in parts.comparison(record, issued) if not is_right]
        if wrong:
            yield f"wrong {parts.noun}", f"{key} in {', '.join(wrong)}, {where}"
    for key, some in places.items():
        if len(some) > 1:
            yield f"double {parts.noun}", f"{key} in several partitions"
    yield from _judge_ends(parts, last, found)


@lru_cache(maxsize=4096)
def _record(model: type[PartRecord], value: bytes) -> PartRecord | None:
    try:
        return model.model_validate_json(value)
    except ValidationError:
        return None


def _judge_ends(
    parts: Parts[PartRecord], last: Mapping[str, Issued], found: Mapping[str, str | None]
) -> Iterator[tuple[str, str]]:
    due = {
        f"{key}:{position}": "" if issued.post.is_deleted else revision_of(issued.post)
        for key, issued in last.items()
        for position in range(parts.count(issued))
    }
    for key, revision in due.items():
        own = found.get(key)
        if own is None:
            yield f"lost {parts.noun}", key
        elif own != revision:
            yield f"{parts.noun} of another state", f"{key}: {own} instead of {revision}"
    for key, own in found.items():
        if own is not None and key not in due and key.rpartition(":")[0] in last:
            yield f"{parts.noun} not withdrawn", f"{key} of {own}"


def _by_revision(history: Sequence[Issued]) -> dict[str, list[Issued]]:
    """Revision -> what was issued under it."""
    found: dict[str, list[Issued]] = defaultdict(list)
    for issued in history:
        if not issued.post.is_deleted:
            found[revision_of(issued.post)].append(issued)
    return found
