"""The oracle itself: a clean run passes, and every injected fault is found."""

from dataclasses import replace

import orjson
import pytest

from schemas import (
    DuplicateRecord,
    NormalizedPost,
)
from tests.chaos.oracle import Expect, Issue, Output, judge
from tgwire.reading import StoredRecord


def test_the_invention_has_all_that_is_to_be_judged(issue: Issue, output: Output) -> None:
    assert sum(issued.post.is_deleted for issued in issue.posts) > 2
    assert sum(issued.post.edited_at is not None for issued in issue.posts) > 20
    assert len(output.duplicates) > 20
    withdrawn = [DuplicateRecord.model_validate_json(record.value or b"") for record in output.duplicates]
    assert any(record.duplicate is None for record in withdrawn)


def test_a_perfect_run_passes(issue: Issue, output: Output, expect: Expect) -> None:
    assert judge(issue, output, expect).counts() == {}


def test_repeats_in_order_are_harmless(issue: Issue, output: Output, expect: Expect) -> None:
    twice = Output(*(2 * list(records) for records in vars(output).values()))
    findings = judge(issue, twice, expect)
    assert findings.counts() == {}
    assert findings.repeats >= len(output.normalized) + len(output.dead_letters)


def test_a_post_that_was_not_acknowledged_may_be_missing(issue: Issue, output: Output, expect: Expect) -> None:
    key = single(output)
    number = next(issued.number for issued in issue.posts if issued.key == key)
    unsure = Issue(issue.posts, issue.acknowledged - {number}, issue.poison, issue.acknowledged_poison)
    assert judge(unsure, without(output, key), expect).counts() == {}


def test_a_lost_post(issue: Issue, output: Output, expect: Expect) -> None:
    assert judge(issue, without(output, single(output)), expect).counts()["lost"] == 1


def test_a_lost_dead_letter(issue: Issue, output: Output, expect: Expect) -> None:
    fewer = replace(output, dead_letters=output.dead_letters[1:])
    assert judge(issue, fewer, expect).counts() == {"lost": 1}


def test_a_phantom_post(issue: Issue, output: Output, expect: Expect) -> None:
    phantom = changed(output.normalized[0], key="tg:77:1", channel={"id": 77}, message_id=1)
    more = replace(output, normalized=[*output.normalized, phantom])
    assert judge(issue, more, expect).counts() == {"phantom": 1}


def test_a_phantom_dead_letter(issue: Issue, output: Output, expect: Expect) -> None:
    good = issue.posts[0].post.model_dump_json().encode()
    record = StoredRecord(0, 99, 0, None, good, output.dead_letters[0].headers)
    more = replace(output, dead_letters=[*output.dead_letters, record])
    assert judge(issue, more, expect).counts() == {"good post in dead letters": 1}


@pytest.mark.parametrize("change", [{"text": "another"}, {"media": [{"kind": "photo"}]}, {"posted_at": None}])
def test_a_wrong_payload(issue: Issue, output: Output, expect: Expect, change: dict[str, object]) -> None:
    records = [changed(output.normalized[0], **change), *output.normalized]
    assert judge(issue, replace(output, normalized=records), expect).counts() == {"wrong payload": 1}


def test_bytes_that_are_no_record(issue: Issue, output: Output, expect: Expect) -> None:
    record = StoredRecord(0, 0, 0, b"tg:1:1", b"{}", ())
    more = replace(output, normalized=[record, *output.normalized])
    assert judge(issue, more, expect).counts() == {"unreadable": 1}


def test_a_double_under_another_key(issue: Issue, output: Output, expect: Expect) -> None:
    first = output.normalized[0]
    double = StoredRecord(0, 999, 0, b"tg:1:999", first.value, ())
    more = replace(output, normalized=[*output.normalized, double])
    assert judge(issue, more, expect).counts() == {"double": 1}


def test_revisions_out_of_order(issue: Issue, output: Output, expect: Expect) -> None:
    seen: dict[bytes | None, StoredRecord] = {}
    for record in output.normalized:
        older = seen.setdefault(record.key, record)
        if older is not record and revision(older) != revision(record):
            break
    late = replace(output, normalized=[*output.normalized, older])
    assert judge(issue, late, expect).counts()["not the last revision"] == 1


def test_a_deleted_post_that_comes_back(issue: Issue, output: Output, expect: Expect) -> None:
    deleted = next(issued.key for issued in issue.posts if issued.post.is_deleted).encode()
    back = next(record for record in output.normalized if record.key == deleted)
    late = replace(output, normalized=[*output.normalized, back])
    assert judge(issue, late, expect).counts()["not the last revision"] == 1


def test_a_missing_link(issue: Issue, output: Output, expect: Expect) -> None:
    key = next(record.key for record in output.normalized if b'"duplicate":{' in (record.value or b""))
    records = [record if record.key != key else changed(record, duplicate=None) for record in output.normalized]
    links = [record for record in output.duplicates if record.key != key]
    counts = judge(issue, replace(output, normalized=records, duplicates=links), expect).counts()
    assert counts["wrong duplicate verdict"] >= 1


def test_a_link_that_is_not_due(issue: Issue, output: Output, expect: Expect) -> None:
    first, second = (key for key in (record.key for record in output.normalized[:2]) if key is not None)
    link = {"of": second.decode(), "kind": "exact", "similarity": 1.0}
    record = DuplicateRecord.model_validate_json(
        b'{"key": "%b", "duplicate": {"of": "%b", "kind": "exact", "similarity": 1.0}}' % (first, second)
    )
    assert record.duplicate is not None
    assert record.duplicate.model_dump(mode="json") == link
    value = StoredRecord(0, 999, 0, first, record.model_dump_json().encode(), ())
    wrong = replace(output, duplicates=[*output.duplicates, value])
    assert judge(issue, wrong, expect).counts()["wrong duplicate verdict"] >= 1


def single(output: Output) -> str:
    """Key of a post with one revision and no part in any link."""
    linked = b" ".join([record.value or b"" for record in output.duplicates])
    keys = [record.key for record in output.normalized]
    key = next(key for key in keys if key is not None and keys.count(key) == 1 and key + b'"' not in linked)
    return key.decode()


def without(output: Output, key: str) -> Output:
    kept = [record for record in output.normalized if record.key != key.encode()]
    return replace(output, normalized=kept)


def revision(record: StoredRecord) -> str | None:
    value = record.value or b""
    return NormalizedPost.model_validate_json(value).revision if b'"type":"post"' in value else None


def changed(record: StoredRecord, **changes: object) -> StoredRecord:
    """The record with other fields, under the key that they give."""
    post = NormalizedPost.model_validate_json(record.value or b"")
    fields = post.model_dump(mode="json") | changes
    value = NormalizedPost.model_validate_json(orjson.dumps(fields))
    return StoredRecord(0, 999, 0, value.key.encode(), value.model_dump_json().encode(), ())
