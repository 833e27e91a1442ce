"""The judge: what was issued against what came out. Pure, so that it can itself be tested."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from runtime.kafka.topic_reader import StoredRecord
from schemas import DeadLetter
from schemas.topics import CITATIONS, DEAD_LETTER_HEADER, DEAD_LETTERS, DUPLICATES, NORMALIZED, QUOTES
from tests.chaos.worker.findings import Findings
from tests.chaos.worker.issued import Issued, Kind, Poison
from tests.chaos.worker.oracle_citations import CITATION_PARTS
from tests.chaos.worker.oracle_links import judge_links
from tests.chaos.worker.oracle_order import End, ends
from tests.chaos.worker.oracle_parts import judge_parts
from tests.chaos.worker.oracle_quotes import QUOTE_PARTS
from tests.chaos.worker.oracle_records import Expect, Payload, judge_records
from tests.chaos.worker.oracle_verdicts import judge_verdicts
from tests.chaos.worker.stories import LONG_CHARACTERS


@dataclass(frozen=True)
class Issue:
    """All that was issued. What is not acknowledged may have arrived or not."""

    posts: Sequence[Issued]
    acknowledged: frozenset[int]
    """Numbers of posts."""
    poison: Sequence[Poison]
    acknowledged_poison: frozenset[int]
    is_in_order: bool = True
    """Whether the records of each lane arrived in the order of their issue: no publisher failed."""

    def kinds(self) -> dict[str, int]:
        """How many of the states are of a kind that is judged by a rule of its own."""
        of_kind = Counter(issued.kind for issued in self.posts)
        return {
            "with a quote list": sum(issued.quotes is not None for issued in self.posts),
            "with a citation": sum(issued.statement is not None for issued in self.posts),
            "forwards": sum(issued.post.forward is not None for issued in self.posts),
            "undated": sum(issued.post.posted_at is None and not issued.post.is_deleted for issued in self.posts),
            "long": sum(len(issued.story) >= LONG_CHARACTERS[0] for issued in self.posts),
            "short": sum(not issued.said.is_compared and not issued.post.is_deleted for issued in self.posts),
            "archived": sum(issued.post.order is None for issued in self.posts),
            **{kind.value: of_kind[kind] for kind in Kind},
        }


@dataclass(frozen=True)
class Output:
    """All that came out, each topic in the order of its partitions."""

    normalized: Sequence[StoredRecord]
    quotes: Sequence[StoredRecord]
    citations: Sequence[StoredRecord]
    duplicates: Sequence[StoredRecord]
    dead_letters: Sequence[StoredRecord]


JUDGED = (NORMALIZED, QUOTES, CITATIONS, DUPLICATES, DEAD_LETTERS)
"""The topics of ``Output``, in its order."""


def judge(issue: Issue, output: Output, expect: Expect, *, had_crash: bool = True) -> Findings:
    """Hold the output to the promises of docs/reliability.md. Without a crash no record is older than one before it."""
    findings = Findings()
    states: dict[str, list[Issued]] = defaultdict(list)
    for issued in issue.posts:
        states[issued.key].append(issued)
    allowed = {key: ends(history, issue.acknowledged, is_in_order=issue.is_in_order) for key, history in states.items()}
    last = judge_records(states, output.normalized, expect, findings, had_crash=had_crash)
    reached = _judge_ends(states, allowed, last, issue.acknowledged, findings)
    _judge_dead_letters(issue, output.dead_letters, findings)
    for fault in judge_parts(QUOTE_PARTS, states, reached, output.quotes):
        findings.add(*fault)
    for fault in judge_parts(CITATION_PARTS, states, reached, output.citations):
        findings.add(*fault)
    verdicts = judge_verdicts(states, last, output.duplicates, findings)
    for fault in judge_links(states, reached, verdicts, issue.acknowledged):
        findings.add(*fault)
    return findings


def _judge_ends(
    states: Mapping[str, Sequence[Issued]],
    allowed: Mapping[str, Sequence[End]],
    last: Mapping[str, tuple[Issued, Payload]],
    acknowledged: frozenset[int],
    findings: Findings,
) -> dict[str, Issued]:
    """The last record of a post is the end of its states; returns it for each post, as it was issued."""
    reached = {}
    for key, history in states.items():
        if key not in last:
            if any(issued.number in acknowledged for issued in history):
                findings.add("lost", key)
            continue
        issued, payload = last[key]
        found = End(issued, payload.provenance.rank)
        if found not in allowed[key]:
            due = ", ".join(f"{end.issued.number} {end.rank}" for end in allowed[key])
            findings.add("not the newest state", f"{key}: {issued.number} {found.rank} instead of {due}")
        reached[key] = issued
    return reached


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


def _is_dead_letter(header: bytes) -> bool:
    try:
        DeadLetter.model_validate_json(header)
    except ValidationError:
        return False
    return True
