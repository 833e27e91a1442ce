"""The judge of citations: each way in which a record, or the lack of one, can be wrong is found."""

from dataclasses import replace
from itertools import pairwise

import orjson
import pytest

from runtime.kafka.topic_reader import StoredRecord
from schemas import CitationRecord
from tests.chaos.worker.oracle import Issue, Output, judge
from tests.chaos.worker.oracle_records import Expect


def test_the_invention_has_citations_and_their_edits(issue: Issue, output: Output) -> None:
    states: dict[str, list[str | None]] = {}
    for issued in issue.posts:
        states.setdefault(issued.key, []).append(issued.statement.text if issued.statement else None)
    steps = {(bool(before), bool(after)) for own in states.values() for before, after in pairwise(own)}
    assert steps == {(True, True), (True, False), (False, True), (False, False)}
    assert any(before and after and before != after for own in states.values() for before, after in pairwise(own))
    assert len(last_citations(output)) > 15


def test_a_lost_citation(issue: Issue, output: Output, expect: Expect) -> None:
    lost = last_citations(output)[0]
    fewer = replace(output, citations=[other for other in output.citations if other.key != lost.key])
    assert judge(issue, fewer, expect).counts() == {"lost citation": 1}


def test_a_citation_of_the_revision_before(issue: Issue, output: Output, expect: Expect) -> None:
    last = {record.key: record for record in last_citations(output)}
    older = next(
        record
        for record in output.citations
        if record.value is not None
        and record.key in last
        and citation(record).revision != citation(last[record.key]).revision
    )
    late = replace(output, citations=[*output.citations, older])
    assert judge(issue, late, expect).counts() == {"citation of another state": 1}


def test_a_citation_that_was_not_withdrawn(issue: Issue, output: Output, expect: Expect) -> None:
    ends = {record.key: record for record in output.citations}
    left = next(record for record in output.citations if record.value is not None and ends[record.key].value is None)
    late = replace(output, citations=[*output.citations, left])
    assert judge(issue, late, expect).counts() == {"citation not withdrawn": 1}


@pytest.mark.parametrize(
    "change", [{"post_key": "tg:77:1"}, {"revision": "0123456789abcdef"}, {"position": 1}], ids=str
)
def test_a_citation_that_was_made_up(issue: Issue, output: Output, expect: Expect, change: dict[str, object]) -> None:
    made_up = changed_citation(last_citations(output)[0], **change)
    more = replace(output, citations=[made_up, *output.citations])
    assert judge(issue, more, expect).counts() == {"phantom citation": 1}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("outlets", {"outlets": [{"id": "afp", "name": "AFP", "is_known": True, "text": "AFP"}]}),
        ("outlet_text", {"outlet_text": []}),
        ("text", {"text": "nothing"}),
        ("offsets", {"start": 0}),
        ("cue", {"cue": None}),
        ("kind", {"kind": "interview"}),
        ("is_own", {"is_own": True}),
        ("language", {"language": "und"}),
        ("channel", {"channel": {"id": 77}}),
        ("posted_at", {"posted_at": "1970-01-01T00:00:00Z"}),
    ],
)
def test_a_wrong_citation(issue: Issue, output: Output, expect: Expect, field: str, change: dict[str, object]) -> None:
    wrong = [changed_citation(last_citations(output)[0], **change), *output.citations]
    findings = judge(issue, replace(output, citations=wrong), expect)
    assert findings.counts() == {"wrong citation": 1}
    assert f" in {field}, citations/0" in str(findings)


def test_a_citation_twice(issue: Issue, output: Output, expect: Expect) -> None:
    twin = replace(last_citations(output)[0], partition=1)
    more = replace(output, citations=[twin, *output.citations])
    assert judge(issue, more, expect).counts() == {"double citation": 1}


def test_a_citation_that_is_no_record(issue: Issue, output: Output, expect: Expect) -> None:
    more = replace(output, citations=[replace(last_citations(output)[0], value=b"{}"), *output.citations])
    assert judge(issue, more, expect).counts() == {"unreadable": 1}


def citation(record: StoredRecord) -> CitationRecord:
    return CitationRecord.model_validate_json(record.value or b"")


def last_citations(output: Output) -> list[StoredRecord]:
    """Those that are not withdrawn."""
    last = {record.key: record for record in output.citations}
    return [record for record in last.values() if record.value is not None]


def changed_citation(record: StoredRecord, **changes: object) -> StoredRecord:
    """The record with other fields, its own or its citation's, under the key that they give."""
    fields = citation(record).model_dump(mode="json")
    for name, value in changes.items():
        (fields if name in fields else fields["citation"])[name] = value
    key = f"{fields['post_key']}:{fields['citation']['position']}"
    fields["citation"]["key"] = key
    value = CitationRecord.model_validate_json(orjson.dumps(fields))
    return replace(record, key=key.encode(), value=value.to_json())
