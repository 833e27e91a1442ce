"""The judge of ``posts.duplicates`` but for where the links lead: one verdict a post, on its last record."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from pydantic import ValidationError

from processors.core.revision import revision_of
from runtime.kafka.topic_reader import StoredRecord
from schemas import DuplicateRecord, Tombstone
from tests.chaos.worker.findings import Findings
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle_order import rank
from tests.chaos.worker.oracle_records import Payload

Verdicts = Mapping[str, DuplicateRecord | None]
"""Post key -> its last verdict; None: the post was deleted."""


def judge_verdicts(
    states: Mapping[str, Sequence[Issued]],
    last: Mapping[str, tuple[Issued, Payload]],
    records: Iterable[StoredRecord],
    findings: Findings,
) -> Verdicts:
    """Every verdict is on a state that was issued, and the last one of each post on the post's last record; a deleted
    post has none. Returns the last of each key.
    """
    verdicts: dict[str, DuplicateRecord | None] = {}
    places: dict[str, int] = {}
    for stored in records:
        where = f"posts.duplicates/{stored.partition} offset {stored.offset}"
        key = (stored.key or b"").decode()
        if key not in states:
            findings.add("phantom verdict", f"{key}, {where}")
            continue
        if places.setdefault(key, stored.partition) != stored.partition:
            findings.add("double verdict", f"{key} in another partition, {where}")
        if stored.value is None:
            verdicts[key] = None
            continue
        record = _record(stored.value)
        if record is None:
            findings.add("unreadable", where)
        elif record.key != key:
            findings.add("double verdict", f"{record.key} under another key, {where}")
        elif not any(_is_on(record, issued) for issued in states[key]):
            findings.add("phantom verdict", f"{key}: {record.revision} {record.rank}, {where}")
        else:
            verdicts[key] = record
    for key, (issued, payload) in last.items():
        for kind, what in _compared(key, issued, payload, verdicts):
            findings.add(kind, f"{key} {what}")
    return verdicts


@lru_cache(maxsize=4096)
def _record(value: bytes) -> DuplicateRecord | None:
    try:
        return DuplicateRecord.model_validate_json(value)
    except ValidationError:
        return None


def _is_on(record: DuplicateRecord, issued: Issued) -> bool:
    is_same = record.rank == rank(issued) and record.posted_at == issued.post.posted_at and not issued.post.is_deleted
    return is_same and record.revision == revision_of(issued.post)


def _compared(key: str, issued: Issued, payload: Payload, verdicts: Verdicts) -> Iterable[tuple[str, str]]:
    if key not in verdicts:
        yield "no verdict", "has none"
        return
    verdict = verdicts[key]
    if isinstance(payload, Tombstone):
        if verdict is not None:
            yield "verdict on a deleted post", f"of {verdict.rank}"
    elif verdict is None:
        yield "no verdict", "has one as deleted"
    elif (verdict.revision, verdict.rank) != (payload.revision, payload.provenance.rank):
        yield "verdict on another state", f"{verdict.rank} instead of {payload.provenance.rank}, {issued.number}"
