"""The judge of quotes: each way in which a record, or the lack of one, can be wrong is found."""

from dataclasses import replace
from itertools import pairwise

import orjson
import pytest

from runtime.kafka.topic_reader import StoredRecord
from schemas import NormalizedPost, QuoteRecord
from tests.chaos.worker.oracle import Issue, Output, judge
from tests.chaos.worker.oracle_records import Expect


def test_the_invention_has_lists_and_their_edits(issue: Issue, output: Output) -> None:
    sizes: dict[str, list[int]] = {}
    for issued in issue.posts:
        sizes.setdefault(issued.key, []).append(len(issued.quotes.items) if issued.quotes else 0)
    steps = [after - before for of_post in sizes.values() for before, after in pairwise(of_post) if max(of_post)]
    assert {-1, 0, 1} <= set(steps), "an item less, another one, one more"
    assert any(before and not after for of_post in sizes.values() for before, after in pairwise(of_post)), "none left"
    assert len(last_quotes(output)) > 100


def test_a_lost_quote(issue: Issue, output: Output, expect: Expect) -> None:
    for record in last_quotes(output)[:3]:
        fewer = replace(output, quotes=[other for other in output.quotes if other.key != record.key])
        assert judge(issue, fewer, expect).counts() == {"lost quote": 1}


def test_a_quote_that_was_withdrawn_and_is_due(issue: Issue, output: Output, expect: Expect) -> None:
    gone = replace(output, quotes=[*output.quotes, replace(last_quotes(output)[0], value=None)])
    assert judge(issue, gone, expect).counts() == {"lost quote": 1}


def test_a_quote_of_the_revision_before(issue: Issue, output: Output, expect: Expect) -> None:
    last = {record.key: record for record in last_quotes(output)}
    older = next(
        record
        for record in output.quotes
        if record.value is not None
        and record.key in last
        and quote(record).revision != quote(last[record.key]).revision
    )
    late = replace(output, quotes=[*output.quotes, older])
    assert judge(issue, late, expect).counts() == {"quote of another state": 1}


def test_a_quote_that_was_not_withdrawn(issue: Issue, output: Output, expect: Expect) -> None:
    """Of a list that became shorter or went away, and of a deleted post."""
    normalized = {record.key: record for record in output.normalized}
    gone = {record.key for record in {record.key: record for record in output.quotes}.values() if record.value is None}
    left = {record.key: record for record in output.quotes if record.key in gone and record.value is not None}
    of_deleted = [record for record in left.values() if is_deleted(normalized[quote(record).post_key.encode()])]
    of_edited = [record for record in left.values() if not is_deleted(normalized[quote(record).post_key.encode()])]
    for record in (of_deleted[0], of_edited[0]):
        late = replace(output, quotes=[*output.quotes, record])
        assert judge(issue, late, expect).counts() == {"quote not withdrawn": 1}


@pytest.mark.parametrize(
    "change",
    [{"post_key": "tg:77:1"}, {"revision": "0123456789abcdef"}, {"position": 6}],
    ids=["post", "revision", "position"],
)
def test_a_quote_that_was_made_up(issue: Issue, output: Output, expect: Expect, change: dict[str, object]) -> None:
    """Of a post, of a revision or at a position that there is none of."""
    made_up = changed_quote(last_quotes(output)[0], **change)
    more = replace(output, quotes=[made_up, *output.quotes])
    assert judge(issue, more, expect).counts() == {"phantom quote": 1}


def test_a_quote_withdrawn_of_a_post_that_was_never_issued(issue: Issue, output: Output, expect: Expect) -> None:
    more = replace(output, quotes=[*output.quotes, replace(output.quotes[0], key=b"tg:77:1:0", value=None)])
    assert judge(issue, more, expect).counts() == {"phantom quote": 1}


def test_a_list_in_a_post_that_has_none(issue: Issue, output: Output, expect: Expect) -> None:
    post = NormalizedPost.model_validate_json(next(r.value or b"" for r in output.normalized if is_plain(r, issue)))
    made_up = changed_quote(last_quotes(output)[0], post_key=post.key, revision=post.revision)
    more = replace(output, quotes=[*output.quotes, made_up])
    assert judge(issue, more, expect).counts() == {"phantom quote": 1}


REUTERS, AFP = ({"id": name, "name": name.title(), "is_known": True} for name in ("reuters", "afp"))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("outlets", {"outlets": [AFP]}),
        ("outlets", {"outlets": [REUTERS, AFP]}),
        ("outlet_text", {"outlet_text": []}),
        ("text", {"text": "Reuters: nothing"}),
        ("offsets", {"start": 0}),
        ("marker", {"marker": None}),
        ("lead_in", {"lead_in": None}),
        ("language", {"language": "und"}),
        ("channel", {"channel": {"id": 77}}),
        ("posted_at", {"posted_at": "1970-01-01T00:00:00Z"}),
    ],
)
def test_a_wrong_quote(issue: Issue, output: Output, expect: Expect, field: str, change: dict[str, object]) -> None:
    wrong = [changed_quote(last_quotes(output)[0], **change), *output.quotes]
    findings = judge(issue, replace(output, quotes=wrong), expect)
    assert findings.counts() == {"wrong quote": 1}
    assert f" in {field}, quotes/0" in str(findings)


def test_the_items_of_a_list_in_another_order(issue: Issue, output: Output, expect: Expect) -> None:
    first, second = last_quotes(output)[:2]
    assert quote(first).post_key == quote(second).post_key
    swapped = [changed_quote(record, position=1 - quote(record).quote.position) for record in (first, second)]
    findings = judge(issue, replace(output, quotes=[*swapped, *output.quotes]), expect)
    assert findings.counts() == {"wrong quote": 2}


def test_a_quote_twice(issue: Issue, output: Output, expect: Expect) -> None:
    """Under a key of its own, or in two partitions, an upsert by key keeps both."""
    first = last_quotes(output)[0]
    for twin in (replace(first, key=b"tg:1001:1:77"), replace(first, partition=1)):
        more = replace(output, quotes=[twin, *output.quotes])
        assert judge(issue, more, expect).counts() == {"double quote": 1}


def test_a_quote_that_is_no_record(issue: Issue, output: Output, expect: Expect) -> None:
    more = replace(output, quotes=[replace(last_quotes(output)[0], value=b"{}"), *output.quotes])
    assert judge(issue, more, expect).counts() == {"unreadable": 1}


def quote(record: StoredRecord) -> QuoteRecord:
    return QuoteRecord.model_validate_json(record.value or b"")


def last_quotes(output: Output) -> list[StoredRecord]:
    """Those that are not withdrawn."""
    last = {record.key: record for record in output.quotes}
    return [record for record in last.values() if record.value is not None]


def is_deleted(record: StoredRecord) -> bool:
    return b'"type":"tombstone"' in (record.value or b"")


def is_plain(record: StoredRecord, issue: Issue) -> bool:
    listed = {issued.key for issued in issue.posts if issued.quotes or issued.post.is_deleted}
    return (record.key or b"").decode() not in listed


def changed_quote(record: StoredRecord, **changes: object) -> StoredRecord:
    """The record with other fields, its own or its quote's, under the key that they give."""
    fields = quote(record).model_dump(mode="json")
    for name, value in changes.items():
        (fields if name in fields else fields["quote"])[name] = value
    key = f"{fields['post_key']}:{fields['quote']['position']}"
    fields["quote"]["key"] = key
    value = QuoteRecord.model_validate_json(orjson.dumps(fields))
    return replace(record, key=key.encode(), value=value.to_json())
