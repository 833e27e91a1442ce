"""The judge: what was issued against what came out. Pure, so that it can itself be tested."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from processors.core.identity import revision_of
from schemas import DeadLetter, NormalizedPost, RawPost, Tombstone, post_key
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, DUPLICATES, NORMALIZED, QUOTES
from tests.chaos.invention import LONG_CHARACTERS, Issued, Poison
from tests.chaos.oracle_links import judge_links
from tests.chaos.oracle_quotes import judge_quotes
from tgwire.reading import StoredRecord

SHOWN = 5
"""Examples of each finding."""

Payload = NormalizedPost | Tombstone
Expect = Callable[[RawPost], Payload]
"""The record of a raw post by the direct pipeline, without a link."""


@dataclass(frozen=True)
class Issue:
    """All that was issued. What is not acknowledged may have arrived or not."""

    posts: Sequence[Issued]
    acknowledged: frozenset[int]
    """Numbers of posts."""
    poison: Sequence[Poison]
    acknowledged_poison: frozenset[int]

    def kinds(self) -> dict[str, int]:
        """How many of the posts, edits included, are of a kind that is judged by a rule of its own."""
        return {
            "with a quote list": sum(issued.quotes is not None for issued in self.posts),
            "forwards": sum(issued.post.forward is not None for issued in self.posts),
            "undated": sum(issued.post.posted_at is None for issued in self.posts),
            "long": sum(len(issued.story) >= LONG_CHARACTERS[0] for issued in self.posts),
        }


@dataclass(frozen=True)
class Output:
    """All that came out, each topic in the order of its partitions."""

    normalized: Sequence[StoredRecord]
    quotes: Sequence[StoredRecord]
    duplicates: Sequence[StoredRecord]
    dead_letters: Sequence[StoredRecord]


JUDGED = (NORMALIZED, QUOTES, DUPLICATES, DEAD_LETTERS)
"""The topics of ``Output``, in its order."""


@dataclass
class Findings:
    """Kind of fault -> where it was seen. Empty when all is well."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    repeats: int = 0
    """Records that an upsert by key makes harmless."""

    def add(self, kind: str, where: str) -> None:
        """Note a fault."""
        self.faults.setdefault(kind, []).append(where)

    def counts(self) -> dict[str, int]:
        """Kind -> count."""
        return {kind: len(found) for kind, found in self.faults.items()}

    def __str__(self) -> str:
        return "; ".join(f"{len(found)} {kind}: {', '.join(found[:SHOWN])}" for kind, found in self.faults.items())


def judge(issue: Issue, output: Output, expect: Expect) -> Findings:
    """Hold the output to the promises of docs/reliability.md."""
    findings = Findings()
    revisions: dict[str, list[Issued]] = defaultdict(list)
    for issued in issue.posts:
        revisions[issued.key].append(issued)
    last = _judge_payloads(revisions, output.normalized, expect, findings)
    for key, history in revisions.items():
        _judge_end(key, history, last.get(key), issue.acknowledged, findings)
    _judge_dead_letters(issue, output.dead_letters, findings)
    for fault in judge_links(revisions, last, output.duplicates, issue.acknowledged):
        findings.add(*fault)
    for fault in judge_quotes(revisions, last, output.quotes):
        findings.add(*fault)
    return findings


def _judge_payloads(
    revisions: Mapping[str, Sequence[Issued]], records: Iterable[StoredRecord], expect: Expect, findings: Findings
) -> dict[str, Payload]:
    """Every record, the superseded ones too; returns the last of each key."""
    last: dict[str, Payload] = {}
    expected: dict[str, dict[str, list[Payload]]] = {}
    seen: set[tuple[str, str]] = set()
    for record in records:
        where = f"posts.normalized/{record.partition} offset {record.offset}"
        payload = _payload(record.value)
        if payload is None:
            findings.add("unreadable", where)
            continue
        key = payload.key
        if record.key != key.encode() or key != post_key(payload.channel.id, payload.message_id):
            findings.add("double", f"{key} under another key, {where}")
            continue
        if key not in revisions:
            findings.add("phantom", f"{key}, {where}")
            continue
        if key not in expected:
            expected[key] = _expected(revisions[key], expect)
        mark = _mark(payload)
        if mark not in expected[key]:
            findings.add("phantom", f"{key} {mark}, {where}")
        elif _without_link(payload) not in expected[key][mark]:
            findings.add("wrong payload", f"{key}, {where}")
        findings.repeats += (key, mark) in seen
        seen.add((key, mark))
        last[key] = payload
    return last


def _expected(history: Sequence[Issued], expect: Expect) -> dict[str, list[Payload]]:
    found: dict[str, list[Payload]] = defaultdict(list)
    for issued in history:
        payload = expect(issued.post)
        found[_mark(payload)].append(payload)
    return found


def _judge_end(
    key: str, history: Sequence[Issued], end: Payload | None, acknowledged: frozenset[int], findings: Findings
) -> None:
    """The last record of a key is its last acknowledged revision, or one that was issued after that."""
    taken = [position for position, issued in enumerate(history) if issued.number in acknowledged]
    if not taken:
        return
    if end is None:
        findings.add("lost", key)
        return
    latest = history[taken[-1] :]
    allowed = {_raw_mark(issued.post) for issued in latest}
    if _mark(end) not in allowed:
        findings.add("not the last revision", f"{key}: {_mark(end)} instead of {', '.join(sorted(allowed))}")
    elif isinstance(end, NormalizedPost):
        _judge_as_written(end, [issued for issued in latest if not issued.post.is_deleted], findings)


def _judge_as_written(end: NormalizedPost, latest: Sequence[Issued], findings: Findings) -> None:
    """What no step may change, held against what was issued and not against what the pipeline makes of it: all issued
    texts are clean as they are.
    """
    if end.text not in {issued.story for issued in latest}:
        findings.add("text not as written", f"{end.key}: {len(end.text)} characters")
    given = latest[0].post  # no edit changes these
    if end.posted_at != given.posted_at:
        findings.add("date not as issued", f"{end.key}: {end.posted_at} instead of {given.posted_at}")
    if end.forward != given.forward:
        findings.add("forward not as issued", f"{end.key}: {end.forward} instead of {given.forward}")


def _judge_dead_letters(issue: Issue, records: Iterable[StoredRecord], findings: Findings) -> None:
    sent = {message.value: message for message in issue.poison}
    found: set[int] = set()
    for record in records:
        where = f"dead-letters/{record.partition} offset {record.offset}"
        header = dict(record.headers).get(DEAD_LETTER_HEADER)
        if header is None or not _is_dead_letter(header):
            findings.add("wrong payload", f"no reason in {where}")
        message = sent.get(record.value)
        if message is None:
            findings.add("good post in dead letters", where)
        elif message.key != record.key:
            findings.add("wrong payload", f"another key in {where}")
        else:
            findings.repeats += message.number in found
            found.add(message.number)
    for number in sorted(issue.acknowledged_poison - found):
        findings.add("lost", f"poison {number}")


def _payload(value: bytes | None) -> Payload | None:
    for model in (NormalizedPost, Tombstone):
        try:
            return model.model_validate_json(value or b"")
        except ValidationError:
            continue
    return None


def _is_dead_letter(header: bytes) -> bool:
    try:
        DeadLetter.model_validate_json(header)
    except ValidationError:
        return False
    return True


def _mark(payload: Payload) -> str:
    return "deleted" if isinstance(payload, Tombstone) else payload.revision


def _raw_mark(post: RawPost) -> str:
    return "deleted" if post.is_deleted else revision_of(post)


def _without_link(payload: Payload) -> Payload:
    return payload.model_copy(update={"duplicate": None}) if isinstance(payload, NormalizedPost) else payload
