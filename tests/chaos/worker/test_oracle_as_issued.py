"""Forwards, undated posts and long texts: what is wrong with them is found, also when the direct pipeline shares it."""

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from runtime.kafka.topic_reader import StoredRecord
from schemas import DuplicateRecord, ForwardOrigin, NormalizedPost, RawPost
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle import Issue, Output, judge
from tests.chaos.worker.oracle_order import ends
from tests.chaos.worker.oracle_records import Expect, Payload


def test_the_invention_has_forwards_undated_posts_and_long_texts(issue: Issue) -> None:
    issued_as = {issued.key: issued for issued in issue.posts}
    forwards = [issued for issued in issue.posts if issued.post.forward is not None]
    of_known = [(issued, issued_as[issued.origin]) for issued in forwards if issued.origin in issued_as]
    assert any(issued.story == origin.story for issued, origin in of_known)
    assert any(issued.story != origin.story for issued, origin in of_known)
    assert any(issued.origin is not None and issued.origin not in issued_as for issued in forwards), "of a foreign one"
    assert any(issued.origin is None for issued in forwards), "of somebody without an id"
    assert sum(issued.post.posted_at is None for issued in issue.posts) > 10
    assert max(len(issued.story) for issued in issue.posts) > 100_000


def test_a_text_that_is_cut_off_by_the_direct_pipeline_too(issue: Issue, output: Output, expect: Expect) -> None:
    """What a pipeline does wrong everywhere is seen in what was issued."""
    long = last_with(issue, lambda issued: len(issued.story) > 50_000)
    text = long.story[:16_384]
    both = both_changed(issue, output, expect, long.key, text=text)
    assert judge(issue, *both).counts().keys() == {"text not as written"}


def test_an_undated_post_that_gets_a_date(issue: Issue, output: Output, expect: Expect) -> None:
    undated = last_with(issue, lambda issued: issued.post.posted_at is None)
    both = both_changed(issue, output, expect, undated.key, posted_at=issue.posts[0].post.posted_at)
    assert judge(issue, *both).counts().keys() == {"date not as issued"}


@pytest.mark.parametrize("wrong", [None, ForwardOrigin(channel_id=77, message_id=1)], ids=["gone", "another"])
def test_a_forward_without_its_origin(
    issue: Issue, output: Output, expect: Expect, wrong: ForwardOrigin | None
) -> None:
    forward = last_with(issue, lambda issued: issued.origin is not None)
    both = both_changed(issue, output, expect, forward.key, forward=wrong)
    assert judge(issue, *both).counts().keys() == {"forward not as issued"}


@pytest.mark.parametrize("is_of_known", [True, False])
@pytest.mark.parametrize(
    "link",
    [
        None,
        {"of": "tg:77:1", "kind": "forward", "similarity": 1.0},
        {"of": "", "kind": "near", "similarity": 0.5},
    ],
    ids=["missing", "to another post", "of another kind"],
)
def test_a_wrong_link_of_a_forward(
    issue: Issue, output: Output, expect: Expect, link: dict[str, object] | None, *, is_of_known: bool
) -> None:
    keys = {issued.key for issued in issue.posts}
    forward = last_with(issue, lambda issued: issued.origin is not None and (issued.origin in keys) is is_of_known)
    if link is not None:
        link = link | {"of": link["of"] or forward.origin}
    stored = with_link(output, forward.key, link)
    findings = judge(issue, replace(output, duplicates=[*output.duplicates, stored]), expect)
    assert "wrong forward link" in (counts := findings.counts())
    assert counts.keys() <= {"wrong forward link", "wrong duplicate verdict", "wrong date of the original"}


def test_an_undated_post_that_counts_as_the_first_of_its_story(issue: Issue, output: Output, expect: Expect) -> None:
    """A post without a date comes after all that have one."""
    first = {issued.story for issued in last_states(issue) if issued.post.posted_at is not None}
    undated = last_with(issue, lambda issued: issued.post.posted_at is None and issued.story in first)
    stored = with_link(output, undated.key, None)
    findings = judge(issue, replace(output, duplicates=[*output.duplicates, stored]), expect)
    assert "wrong duplicate verdict" in findings.counts()


def last_states(issue: Issue) -> list[Issued]:
    """The newest state of each post, of those that have no other."""
    states: dict[str, list[Issued]] = {}
    for issued in issue.posts:
        states.setdefault(issued.key, []).append(issued)
    found = [ends(history, issue.acknowledged, is_in_order=True) for history in states.values() if len(history) == 1]
    return [end[0].issued for end in found]


def last_with(issue: Issue, is_wanted: Callable[[Issued], bool]) -> Issued:
    """A post with one state."""
    return next(issued for issued in last_states(issue) if is_wanted(issued))


def with_link(output: Output, key: str, link: dict[str, object] | None) -> StoredRecord:
    """The last verdict of a post with another link."""
    last = next(record for record in reversed(output.duplicates) if record.key == key.encode())
    fields = orjson.loads(last.value or b"") | {"duplicate": link}
    return replace(last, value=DuplicateRecord.model_validate_json(orjson.dumps(fields)).to_json())


def both_changed(issue: Issue, output: Output, expect: Expect, key: str, **changes: object) -> tuple[Output, Expect]:
    """A fault of one post that the stream and the direct pipeline share."""

    def wrong(payload: Payload) -> Payload:
        return payload.model_copy(update=changes) if isinstance(payload, NormalizedPost) else payload

    def expected(post: RawPost) -> Payload:
        payload = expect(post)
        return wrong(payload) if payload.key == key else payload

    records = [
        replace(record, value=wrong(NormalizedPost.model_validate_json(record.value or b"")).to_json())
        if record.key == key.encode() and b'"type":"post"' in (record.value or b"")
        else record
        for record in output.normalized
    ]
    return replace(output, normalized=records), expected
