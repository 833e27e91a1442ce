"""The judge: what was issued against what came out. Pure, so that it can itself be tested."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from pydantic import ValidationError

from processors.core.identity import revision_of
from schemas import DeadLetter, DuplicateRecord, NormalizedPost, RawPost, Tombstone, post_key
from schemas.topics import DEAD_LETTER_HEADER
from tests.chaos.invention import Issued, Poison
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


@dataclass(frozen=True)
class Output:
    """All that came out, each topic in the order of its partitions."""

    normalized: Sequence[StoredRecord]
    duplicates: Sequence[StoredRecord]
    dead_letters: Sequence[StoredRecord]


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
    _judge_links(revisions, last, output.duplicates, issue.acknowledged, findings)
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
    allowed = {_raw_mark(issued.post) for issued in history[taken[-1] :]}
    if _mark(end) not in allowed:
        findings.add("not the last revision", f"{key}: {_mark(end)} instead of {', '.join(sorted(allowed))}")


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


def _judge_links(
    revisions: Mapping[str, Sequence[Issued]],
    last: Mapping[str, Payload],
    records: Iterable[StoredRecord],
    acknowledged: frozenset[int],
    findings: Findings,
) -> None:
    """Every chain of links ends at the earliest post of the story, and passes only posts of it."""
    links: dict[str, str | None] = {}
    for key, payload in last.items():
        if isinstance(payload, NormalizedPost):
            links[key] = payload.duplicate.of if payload.duplicate else None
    for stored in records:
        record = DuplicateRecord.model_validate_json(stored.value or b"")
        if record.key not in revisions:
            findings.add("phantom", f"link of {record.key}")
        links[record.key] = record.duplicate.of if record.duplicate else None
    stories = _Stories(revisions, acknowledged)
    for key in last.keys() & revisions.keys():
        wanted = stories.canonical(key)
        path = _path(key, links)
        if wanted is not None and (path[-1] != wanted or not stories.explain(path)):
            findings.add("wrong duplicate verdict", f"{' -> '.join(path)} instead of {wanted}")


class _Stories:
    """Which posts told what. A post owns the stories of all its revisions, and stands with the last one; a deletion
    leaves the words where they were.
    """

    def __init__(self, revisions: Mapping[str, Sequence[Issued]], acknowledged: frozenset[int]) -> None:
        self._owners: dict[str, dict[str, Issued]] = defaultdict(dict)
        self._current: dict[str, str] = {}
        self._unsure: set[str] = set()
        """Told by a post that may not have arrived."""
        for key, history in revisions.items():
            texts = [issued for issued in history if not issued.post.is_deleted]
            self._current[key] = texts[-1].story
            for issued in texts:
                self._owners[issued.story][key] = issued
            if any(issued.number not in acknowledged for issued in history):
                self._unsure |= {issued.story for issued in history}

    def canonical(self, key: str) -> str | None:
        """The post at the end of the links: the first that told the story, or what that one repeats by now."""
        story = self._current[key]
        if story in self._unsure:
            return None
        first = min(self._owners[story].values(), key=_place).key
        return key if first == key else self.canonical(first)

    def explain(self, path: Sequence[str]) -> bool:
        """Whether each post of a path repeats what the next one told."""
        return all(after in self._owners[self._current[key]] for key, after in pairwise(path) if key in self._current)


def _place(issued: Issued) -> tuple[datetime, int, int]:
    post = issued.post
    return (post.posted_at or datetime.max.replace(tzinfo=UTC), post.channel.id, post.message_id)


def _path(key: str, links: Mapping[str, str | None]) -> list[str]:
    path = [key]
    while (step := links.get(path[-1])) is not None:
        if step in path:
            return [*path, step, "(circle)"]
        path.append(step)
    return path


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
