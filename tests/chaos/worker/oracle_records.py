"""The judge of ``posts.normalized``, record by record."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pydantic import ValidationError

from runtime.kafka.topic_reader import StoredRecord
from schemas import NormalizedPost, RawPost, Tombstone, post_key
from tests.chaos.worker.findings import Findings
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle_order import Rank, rank

Payload = NormalizedPost | Tombstone
Expect = Callable[[RawPost], Payload]
"""The record of a raw post by the direct pipeline, without a link."""


def judge_records(
    states: Mapping[str, Sequence[Issued]],
    records: Iterable[StoredRecord],
    expect: Expect,
    findings: Findings,
    *,
    had_crash: bool,
) -> dict[str, tuple[Issued, Payload]]:
    """Every record, the superseded ones too, is a state that was issued, with its rank; returns the last of each key.

    A crash between records and the log of states repeats work: an older record may then follow a newer one, which
    comes again.
    """
    last: dict[str, tuple[Issued, Payload]] = {}
    newest: dict[str, Rank] = {}
    places: dict[str, int] = {}
    seen: set[tuple[int, Rank]] = set()
    for record in records:
        where = f"posts.normalized/{record.partition} offset {record.offset}"
        payload = _payload(record.value)
        if payload is None:
            findings.add("unreadable", where)
            continue
        key, own = payload.key, payload.provenance.rank
        if record.key != key.encode() or key != post_key(payload.channel.id, payload.message_id):
            findings.add("double", f"{key} under another key, {where}")
            continue
        if places.setdefault(key, record.partition) != record.partition:
            findings.add("double", f"{key} in another partition, {where}")
        issued = _issued(states.get(key, ()), payload)
        if issued is None:
            findings.add("phantom", f"{key}, {where}")
            continue
        for kind, what in _differences(issued, payload, expect, states[key]):
            findings.add(kind, f"{key}{what}, {where}")
        findings.repeats += (issued.number, own) in seen
        seen.add((issued.number, own))
        if own < newest.get(key, own):
            findings.setbacks += 1
            if not had_crash:
                findings.add("older than the record before", f"{key}: {own}, {where}")
        newest[key] = max(own, newest.get(key, own))
        last[key] = issued, payload
    return last


@lru_cache(maxsize=4096)
def _payload(value: bytes | None) -> Payload | None:
    for model in (NormalizedPost, Tombstone):
        try:
            return model.model_validate_json(value or b"")
        except ValidationError:
            continue
    return None


def _issued(history: Sequence[Issued], payload: Payload) -> Issued | None:
    """The state that a record was made of: the source's position names it."""
    number = payload.provenance.source.position
    is_deleted = isinstance(payload, Tombstone)
    return next((one for one in history if one.number == number and one.post.is_deleted == is_deleted), None)


def _differences(
    issued: Issued, payload: Payload, expect: Expect, history: Sequence[Issued]
) -> Iterator[tuple[str, str]]:
    """What no step may change is held against what was issued, too, and not only against what the pipeline makes of it:
    all issued texts are clean as they are.
    """
    due, own = rank(issued), payload.provenance.rank
    if own not in (_ranks_of_undated(history) if due is None else {due}):
        yield "wrong rank", f": {own} instead of {due}"
    expected = expect(issued.post)
    if payload != expected and _without_rank(payload) != _without_rank(expected):
        yield "wrong payload", ""
    if isinstance(payload, Tombstone):
        return
    given = issued.post
    if payload.text != issued.story:
        yield "text not as written", f": {len(payload.text)} characters"
    if payload.posted_at != given.posted_at:
        yield "date not as issued", f": {payload.posted_at} instead of {given.posted_at}"
    if payload.forward != given.forward:
        yield "forward not as issued", f": {payload.forward} instead of {given.forward}"
    if payload.media != given.media:
        yield "media not as issued", f": {len(payload.media)} instead of {len(given.media)}"


def _ranks_of_undated(history: Sequence[Issued]) -> set[Rank]:
    """Those that a deletion without a date can have."""
    archived = {own for one in history if (own := rank(one)) is not None and not own[1]}
    return archived | {(0, 0)}


def _without_rank(payload: Payload) -> Payload:
    provenance = payload.provenance.model_copy(update={"rank": (0, 0)})
    return payload.model_copy(update={"provenance": provenance})
