"""The judge of quotes: each way in which a record, or the lack of one, can be wrong is found."""

from dataclasses import replace
from itertools import pairwise

import orjson
import pytest

from schemas import NormalizedPost, QuoteRecord
from tests.chaos.oracle import Expect, Issue, Output, judge
from tgwire.reading import StoredRecord


def test_the_invention_has_lists_and_their_edits(issue: Issue, output: Output) -> None:
    revisions: dict[str, list[int]] = {}
    for issued in issue.posts:
        revisions.setdefault(issued.key, []).append(len(issued.quotes.items) if issued.quotes else 0)
    edited = [sizes for sizes in revisions.values() if max(sizes) and len(sizes) > 1]
    steps = [after - before for sizes in edited for before, after in pairwise(sizes)]
    assert {-1, 0, 1} <= set(steps), "an item less, another one, one more"
    assert any(before and not after for sizes in edited for before, after in pairwise(sizes)), "a list taken away"
    assert len(output.quotes) > 100


def test_a_lost_quote(issue: Issue, output: Output, expect: Expect) -> None:
    for record in last_quotes(output)[:3]:
        fewer = replace(output, quotes=[other for other in output.quotes if other.key != record.key])
        assert judge(issue, fewer, expect).counts() == {"lost quote": 1}


def test_quotes_of_the_revision_before_do_not_replace_those_of_the_last(
    issue: Issue, output: Output, expect: Expect
) -> None:
    lists = [quote(record) for record in last_quotes(output)]
    edited = next(of_last for of_last in lists if len({r.revision for r in quotes_of(output, of_last.post_key)}) > 1)
    due = [of_last for of_last in lists if of_last.post_key == edited.post_key]
    left = [record for record in output.quotes if quote(record) not in due]
    assert judge(issue, replace(output, quotes=left), expect).counts() == {"lost quote": len(due)}


def test_quotes_of_earlier_revisions_and_of_deleted_posts_stay(issue: Issue, output: Output) -> None:
    due = {record.key for record in last_quotes(output)}
    earlier = [record for record in map(quote, output.quotes) if record.quote.key.encode() not in due]
    deleted = {issued.key for issued in issue.posts if issued.post.is_deleted}
    assert {record.post_key in deleted for record in earlier} == {True, False}


@pytest.mark.parametrize(
    "change",
    [{"post_key": "tg:77:1"}, {"revision": "0123456789abcdef"}, {"position": 6}],
    ids=["post", "revision", "position"],
)
def test_a_quote_that_was_made_up(issue: Issue, output: Output, expect: Expect, change: dict[str, object]) -> None:
    """Of a post, of a revision or at a position that there is none of."""
    made_up = changed_quote(last_quotes(output)[0], **change)
    more = replace(output, quotes=[*output.quotes, made_up])
    assert judge(issue, more, expect).counts() == {"phantom quote": 1}


def test_a_list_in_a_post_that_has_none(issue: Issue, output: Output, expect: Expect) -> None:
    post = NormalizedPost.model_validate_json(next(r.value or b"" for r in output.normalized if is_plain(r, issue)))
    made_up = changed_quote(output.quotes[0], post_key=post.key, revision=post.revision)
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
    wrong = [changed_quote(output.quotes[0], **change), *output.quotes[1:]]
    findings = judge(issue, replace(output, quotes=wrong), expect)
    assert findings.counts() == {"wrong quote": 1}
    assert f" in {field}, quotes/0" in str(findings)


def test_the_items_of_a_list_in_another_order(issue: Issue, output: Output, expect: Expect) -> None:
    first, second = output.quotes[:2]
    swapped = [changed_quote(record, position=1 - place) for place, record in enumerate((first, second))]
    findings = judge(issue, replace(output, quotes=[*swapped, *output.quotes[2:]]), expect)
    assert findings.counts() == {"wrong quote": 2}


def test_an_undated_post_whose_quote_got_a_date(issue: Issue, output: Output, expect: Expect) -> None:
    undated = next(record for record in output.quotes if quote(record).posted_at is None)
    dated = [
        changed_quote(record, posted_at="2026-03-01T00:00:00Z") if record is undated else record
        for record in output.quotes
    ]
    assert judge(issue, replace(output, quotes=dated), expect).counts() == {"wrong quote": 1}


def test_a_quote_twice(issue: Issue, output: Output, expect: Expect) -> None:
    """Under a key of its own, or in two partitions, an upsert by key keeps both."""
    first = output.quotes[0]
    for twin in (replace(first, key=b"tg:1:1"), replace(first, partition=1)):
        more = replace(output, quotes=[*output.quotes, twin])
        assert judge(issue, more, expect).counts() == {"double quote": 1}


def test_a_quote_that_is_no_record(issue: Issue, output: Output, expect: Expect) -> None:
    more = replace(output, quotes=[*output.quotes, replace(output.quotes[0], value=b"{}")])
    assert judge(issue, more, expect).counts() == {"unreadable": 1}


def quote(record: StoredRecord) -> QuoteRecord:
    return QuoteRecord.model_validate_json(record.value or b"")


def quotes_of(output: Output, key: str) -> list[QuoteRecord]:
    return [record for record in map(quote, output.quotes) if record.post_key == key]


def last_quotes(output: Output) -> list[StoredRecord]:
    """Those of the last revision of each post."""
    last = {record.key: orjson.loads(record.value or b"").get("revision") for record in output.normalized}
    return [record for record in output.quotes if last[quote(record).post_key.encode()] == quote(record).revision]


def is_plain(record: StoredRecord, issue: Issue) -> bool:
    listed = {issued.key for issued in issue.posts if issued.quotes or issued.post.is_deleted}
    return (record.key or b"").decode() not in listed


def changed_quote(record: StoredRecord, **changes: object) -> StoredRecord:
    """The record with other fields, its own or its quote's, under the key that they give."""
    fields = quote(record).model_dump(mode="json")
    for name, value in changes.items():
        (fields if name in fields else fields["quote"])[name] = value
    key = f"{fields['post_key']}:{fields['revision']}:{fields['quote']['position']}"
    fields["quote"]["key"] = key
    value = QuoteRecord.model_validate_json(orjson.dumps(fields))
    return replace(record, key=key.encode(), value=value.to_json())
