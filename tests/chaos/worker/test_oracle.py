"""The oracle itself: a clean run passes, and every injected fault is found."""

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from runtime.kafka.topic_reader import StoredRecord
from schemas import NormalizedPost
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle import Issue, Output, judge
from tests.chaos.worker.oracle_order import rank
from tests.chaos.worker.oracle_records import Expect


def test_a_perfect_run_passes(issue: Issue, output: Output, expect: Expect) -> None:
    findings = judge(issue, output, expect, had_crash=False)
    assert (findings.counts(), findings.setbacks) == ({}, 0)


def test_repeats_in_order_are_harmless(issue: Issue, output: Output, expect: Expect) -> None:
    twice = Output(*(2 * list(records) for records in vars(output).values()))
    findings = judge(issue, twice, expect)
    assert findings.counts() == {}
    assert findings.repeats >= len(output.normalized) + len(output.dead_letters)


def test_only_a_crash_explains_that_an_older_record_comes_again(issue: Issue, output: Output, expect: Expect) -> None:
    twice = replace(output, normalized=[*output.normalized, *output.normalized])
    assert judge(issue, twice, expect).setbacks > 0
    assert judge(issue, twice, expect, had_crash=False).counts().keys() == {"older than the record before"}


def test_a_post_that_was_not_acknowledged_may_be_missing(issue: Issue, output: Output, expect: Expect) -> None:
    lone = single(issue, output)
    unsure = replace(issue, acknowledged=issue.acknowledged - {lone.number})
    assert judge(unsure, without(output, lone.key), expect).counts() == {}


def test_a_lost_post(issue: Issue, output: Output, expect: Expect) -> None:
    assert judge(issue, without(output, single(issue, output).key), expect).counts() == {"lost": 1}


def test_a_lost_dead_letter(issue: Issue, output: Output, expect: Expect) -> None:
    fewer = replace(output, dead_letters=output.dead_letters[1:])
    assert judge(issue, fewer, expect).counts() == {"lost": 1}


def test_a_phantom_post(issue: Issue, output: Output, expect: Expect) -> None:
    phantom = changed(output.normalized[0], key="tg:77:1", channel={"id": 77}, message_id=1)
    more = replace(output, normalized=[*output.normalized, phantom])
    assert judge(issue, more, expect).counts() == {"phantom": 1}


def test_a_state_that_was_never_issued(issue: Issue, output: Output, expect: Expect) -> None:
    """Of a post that is known, but of no state of it."""
    provenance = orjson.loads(output.normalized[0].value or b"")["provenance"]
    made_up = changed(output.normalized[0], provenance=provenance | {"source": {"kind": "chaos", "position": 10**6}})
    assert judge(issue, replace(output, normalized=[made_up, *output.normalized]), expect).counts() == {"phantom": 1}


def test_a_phantom_dead_letter(issue: Issue, output: Output, expect: Expect) -> None:
    good = issue.posts[0].post.model_dump_json().encode()
    record = StoredRecord(0, 99, 0, None, good, output.dead_letters[0].headers)
    more = replace(output, dead_letters=[*output.dead_letters, record])
    assert judge(issue, more, expect).counts() == {"good post in dead letters": 1}


LINK = {"of": "tg:1001:1", "kind": "exact", "similarity": 1.0}


@pytest.mark.parametrize(
    "change",
    [{"hashtags": [{"text": "#s", "start": 0, "end": 2}]}, {"duplicate": LINK}, {"edited_at": "1970-01-01T00:00:00Z"}],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_payload(issue: Issue, output: Output, expect: Expect, change: dict[str, object]) -> None:
    """A link does not belong there, either: posts.duplicates alone has it."""
    records = [changed(output.normalized[0], **change), *output.normalized]
    assert judge(issue, replace(output, normalized=records), expect).counts() == {"wrong payload": 1}


@pytest.mark.parametrize("step", [(0, 1), (1, 0), (-1, 0)], ids=["class", "later", "earlier"])
def test_a_wrong_rank(issue: Issue, output: Output, expect: Expect, step: tuple[int, int]) -> None:
    record = next(record for record in output.normalized if post_of(record).provenance.rank[0])
    provenance = post_of(record).provenance
    moment, state_class = provenance.rank
    provenance = provenance.model_copy(update={"rank": (moment + step[0], state_class ^ step[1])})
    wrong = changed(record, provenance=orjson.loads(provenance.model_dump_json()))
    assert judge(issue, replace(output, normalized=[wrong, *output.normalized]), expect).counts() == {"wrong rank": 1}


def test_bytes_that_are_no_record(issue: Issue, output: Output, expect: Expect) -> None:
    for value in (b"{}", None):
        record = StoredRecord(0, 0, 0, b"tg:1:1", value, ())
        more = replace(output, normalized=[record, *output.normalized])
        assert judge(issue, more, expect).counts() == {"unreadable": 1}


def test_a_double(issue: Issue, output: Output, expect: Expect) -> None:
    """Under another key, or in another partition, an upsert by key keeps both."""
    first = output.normalized[0]
    for double in (replace(first, key=b"tg:1:999"), replace(first, partition=1)):
        more = replace(output, normalized=[first, double, *output.normalized])
        assert judge(issue, more, expect).counts()["double"] >= 1


OVERTAKEN: dict[str, Callable[[Issued, Issued], bool]] = {
    "an edit by its post": lambda older, newer: bool(newer.post.edited_at and not older.post.edited_at),
    "an edit without a date": lambda older, newer: not newer.post.edited_at and not newer.post.is_deleted,
    "a deletion": lambda _, newer: newer.post.is_deleted,
    "a return by the deletion": lambda older, newer: older.post.is_deleted and not newer.post.is_deleted,
    "what was collected by an archive": lambda older, newer: older.post.order is None and newer.post.order is not None,
    "an edit into another language": lambda older, newer: older.language != newer.language,
    "an album that lost a part": lambda older, newer: len(older.post.media) > len(newer.post.media),
    "a reaction by what it was a reaction to": lambda older, newer: older.story == newer.story != "",
}


@pytest.mark.parametrize("is_wanted", OVERTAKEN.values(), ids=OVERTAKEN)
def test_the_newest_state_is_overtaken(
    issue: Issue, output: Output, expect: Expect, is_wanted: Callable[[Issued, Issued], bool]
) -> None:
    issued = {each.number: each for each in issue.posts}
    last = {record.key: issued[number_of(record)] for record in output.normalized}
    older = next(
        record
        for record in output.normalized
        if (before := rank(issued[number_of(record)])) is not None
        and (newest := rank(last[record.key])) is not None
        and before < newest
        and is_wanted(issued[number_of(record)], last[record.key])
    )
    late = replace(output, normalized=[*output.normalized, older])
    assert judge(issue, late, expect).counts()["not the newest state"] == 1


def test_a_newest_state_that_never_came(issue: Issue, output: Output, expect: Expect) -> None:
    records = output.normalized
    keys = [record.key for record in records]
    edited = next(key for key in keys if len({number_of(record) for record in records if record.key == key}) > 1)
    newest = number_of([record for record in records if record.key == edited][-1])
    fewer = [record for record in records if number_of(record) != newest]
    assert judge(issue, replace(output, normalized=fewer), expect).counts()["not the newest state"] == 1


def single(issue: Issue, output: Output) -> Issued:
    """A post with one state and no part in any link."""
    links = b" ".join([record.value or b"" for record in output.duplicates])
    keys = [issued.key for issued in issue.posts]
    return next(
        issued
        for issued in issue.posts
        if keys.count(issued.key) == 1
        and b'"of":"%b"' % issued.key.encode() not in links
        and issued.post.forward is None
        and not issued.quotes
        and sum(issued.story == other.story for other in issue.posts) == 1
    )


def without(output: Output, key: str) -> Output:
    return Output(*([record for record in records if record.key != key.encode()] for records in vars(output).values()))


def post_of(record: StoredRecord) -> NormalizedPost:
    return NormalizedPost.model_validate_json(record.value or b"")


def number_of(record: StoredRecord) -> int:
    return int(orjson.loads(record.value or b"")["provenance"]["source"]["position"])


def changed(record: StoredRecord, **changes: object) -> StoredRecord:
    """The record with other fields, under the key that they give."""
    fields = post_of(record).model_dump(mode="json") | changes
    value = NormalizedPost.model_validate_json(orjson.dumps(fields))
    return StoredRecord(0, 999, 0, value.key.encode(), value.to_json(), ())
