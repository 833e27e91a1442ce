"""The judge of verdicts: each way in which one can be wrong, missing or too much is found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from runtime.kafka.topic_reader import StoredRecord
from schemas import DuplicateKind, DuplicateLink, DuplicateRecord
from schemas.times import UNIX_EPOCH
from tests.chaos.worker.issued import Issued
from tests.chaos.worker.oracle import Issue, Output, judge
from tests.chaos.worker.oracle_links import judge_links
from tests.chaos.worker.oracle_order import ends
from tests.chaos.worker.oracle_records import Expect


def test_the_link_of_every_post_is_judged(issue: Issue) -> None:
    last = last_states(issue)
    wrong = {key: DuplicateRecord(key=key, revision="", duplicate=to("tg:1:1")) for key in last}
    found = [where for kind, where in judge_links(states(issue), last, wrong, issue.acknowledged) if "verdict" in kind]
    assert len(found) == sum(not issued.post.is_deleted for issued in last.values())


def test_a_verdict_that_never_came(issue: Issue, output: Output, expect: Expect) -> None:
    for is_deleted in (False, True):
        key = next(key for key, issued in last_states(issue).items() if issued.post.is_deleted is is_deleted)
        fewer = [record for record in output.duplicates if record.key != key.encode()]
        assert judge(issue, replace(output, duplicates=fewer), expect).counts()["no verdict"] == 1


def test_a_verdict_on_a_state_before_the_last(issue: Issue, output: Output, expect: Expect) -> None:
    last, before = last_verdicts(output), dict[bytes | None, StoredRecord]()
    for record in output.duplicates:
        newest, own = verdict(last[record.key]), verdict(record)
        if newest is not None and own is not None and own.rank != newest.rank:
            before[record.key] = record
    counts = judge(issue, with_verdict(output, next(iter(before.values()))), expect).counts()
    assert counts["verdict on another state"] == 1


@pytest.mark.parametrize("change", [{"rank": (5, 1)}, {"rank": None}, {"revision": "0" * 16}, {"posted_at": None}])
def test_a_verdict_on_a_state_that_was_never_issued(
    issue: Issue, output: Output, expect: Expect, change: dict[str, object]
) -> None:
    record = next(record for record in output.duplicates if (own := verdict(record)) is not None and own.posted_at)
    wrong = with_verdict(output, record, **change)
    assert judge(issue, wrong, expect).counts() == {"phantom verdict": 1}


def test_a_deleted_post_that_keeps_its_verdict(issue: Issue, output: Output, expect: Expect) -> None:
    deleted = {key.encode() for key, issued in last_states(issue).items() if issued.post.is_deleted}
    record = next(record for record in output.duplicates if record.key in deleted and record.value is not None)
    assert judge(issue, with_verdict(output, record), expect).counts()["verdict on a deleted post"] == 1


def test_a_post_whose_verdict_marks_it_as_deleted(issue: Issue, output: Output, expect: Expect) -> None:
    record = next(iter(posts_with(issue, output, has_link=False)))
    gone = replace(output, duplicates=[*output.duplicates, replace(record, value=None)])
    assert judge(issue, gone, expect).counts()["no verdict"] == 1


def test_a_verdict_twice(issue: Issue, output: Output, expect: Expect) -> None:
    first, second = posts_with(issue, output, has_link=False)[:2]
    for twin in (replace(first, partition=1), replace(first, key=second.key)):
        more = replace(output, duplicates=[first, twin, *output.duplicates])
        assert judge(issue, more, expect).counts()["double verdict"] >= 1


def test_a_verdict_that_is_no_record(issue: Issue, output: Output, expect: Expect) -> None:
    more = replace(output, duplicates=[replace(output.duplicates[0], value=b"{}"), *output.duplicates])
    assert judge(issue, more, expect).counts() == {"unreadable": 1}


def test_a_verdict_on_a_post_that_was_never_issued(issue: Issue, output: Output, expect: Expect) -> None:
    for value in (output.duplicates[0].value, None):
        more = replace(output, duplicates=[StoredRecord(0, 0, 0, b"tg:77:1", value, ()), *output.duplicates])
        assert judge(issue, more, expect).counts() == {"phantom verdict": 1}


def test_a_missing_link(issue: Issue, output: Output, expect: Expect) -> None:
    for record in posts_with(issue, output, has_link=True)[:3]:
        wrong = with_verdict(output, record, duplicate=None, original_posted_at=None)
        assert judge(issue, wrong, expect).counts()["wrong duplicate verdict"] >= 1


def test_a_link_that_is_not_due(issue: Issue, output: Output, expect: Expect) -> None:
    first, second = posts_with(issue, output, has_link=False)[:2]
    wrong = with_verdict(output, first, duplicate=to((second.key or b"").decode()))
    assert judge(issue, wrong, expect).counts()["wrong duplicate verdict"] >= 1


def test_a_link_to_a_later_copy(issue: Issue, output: Output, expect: Expect) -> None:
    """A late original was overlooked: the links form a circle, or end elsewhere."""
    record = posts_with(issue, output, has_link=True)[0]
    link = own.duplicate if (own := verdict(record)) is not None else None
    assert link is not None
    original = last_verdicts(output)[link.of.encode()]
    wrong = with_verdict(output, original, duplicate=to((record.key or b"").decode()))
    assert judge(issue, wrong, expect).counts()["wrong duplicate verdict"] >= 1


def test_a_link_that_still_leads_to_a_deleted_post(issue: Issue, output: Output, expect: Expect) -> None:
    deleted = next(key for key, issued in last_states(issue).items() if issued.post.is_deleted)
    wrong = with_verdict(output, posts_with(issue, output, has_link=True)[0], duplicate=to(deleted))
    assert judge(issue, wrong, expect).counts()["link to a deleted post"] == 1


def test_a_forward_keeps_its_link_to_a_deleted_origin(issue: Issue) -> None:
    last = last_states(issue)
    kept = [
        issued
        for issued in last.values()
        if not issued.post.is_deleted and issued.origin in last and last[issued.origin].post.is_deleted
    ]
    assert kept, "the invention has some"


def test_the_place_of_a_deleted_original_is_taken(issue: Issue, output: Output) -> None:
    """Copies of a deleted post link to each other, the later to the earliest."""
    last = last_states(issue)
    links = {(record.key or b"").decode(): own for record in output.duplicates if (own := verdict(record))}
    owners: dict[str, set[str]] = {}
    for issued in issue.posts:
        if issued.said.is_compared and issued.post.forward is None:
            owners.setdefault(issued.story, set()).add(issued.key)
    shared = [keys for keys in owners.values() if len(keys) > 2 and any(last[key].post.is_deleted for key in keys)]
    assert any(
        (link := links[key].duplicate) is not None and link.of in keys
        for keys in shared
        for key in keys
        if not last[key].post.is_deleted
    )


def test_a_wrong_date_of_the_original(issue: Issue, output: Output, expect: Expect) -> None:
    record = posts_with(issue, output, has_link=True)[0]
    wrong = with_verdict(output, record, original_posted_at=UNIX_EPOCH)
    assert judge(issue, wrong, expect).counts() == {"wrong date of the original": 1}


def to(key: str) -> DuplicateLink:
    return DuplicateLink(of=key, kind=DuplicateKind.EXACT, similarity=1.0)


def verdict(record: StoredRecord) -> DuplicateRecord | None:
    return None if record.value is None else DuplicateRecord.model_validate_json(record.value)


def last_verdicts(output: Output) -> dict[bytes | None, StoredRecord]:
    return {record.key: record for record in output.duplicates}


def with_verdict(output: Output, record: StoredRecord, **changes: object) -> Output:
    """The output with one verdict more, at the end."""
    own = verdict(record)
    assert own is not None
    value = DuplicateRecord.model_validate(own.model_dump() | changes).to_json()
    return replace(output, duplicates=[*output.duplicates, replace(record, value=value)])


def states(issue: Issue) -> dict[str, list[Issued]]:
    found: dict[str, list[Issued]] = {}
    for issued in issue.posts:
        found.setdefault(issued.key, []).append(issued)
    return found


def last_states(issue: Issue) -> dict[str, Issued]:
    found = {key: ends(history, issue.acknowledged, is_in_order=True) for key, history in states(issue).items()}
    return {key: end[0].issued for key, end in found.items()}


def posts_with(issue: Issue, output: Output, *, has_link: bool) -> Sequence[StoredRecord]:
    """Last verdicts on posts that are no forwards, and whose story none but the sure have."""
    last, counts = last_states(issue), Counter(issued.key for issued in issue.posts)
    return [
        record
        for key, record in last_verdicts(output).items()
        if (own := verdict(record)) is not None
        and (own.duplicate is not None) is has_link
        and last[(key or b"").decode()].post.forward is None
        and counts[(key or b"").decode()] == 1
        and (own.duplicate is None or counts[own.duplicate.of] == 1)
    ]
