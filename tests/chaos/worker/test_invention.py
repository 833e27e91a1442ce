"""What is issued has all that is judged, and is the same for the same seed."""

from itertools import pairwise

import pytest

from schemas import Channel, ForwardOrigin, Lane, PostSource, RawPost
from tests.chaos.worker.invention import Inventor
from tests.chaos.worker.issued import Issued, Kind
from tests.chaos.worker.lives import Life
from tests.chaos.worker.oracle import Issue, Output
from tests.chaos.worker.oracle_order import end, rank
from tests.chaos.worker.reference import detected_language
from tests.chaos.worker.stories import Story

ORIGIN = ForwardOrigin(channel_id=2, message_id=3)


def test_every_kind_of_state_is_issued(issue: Issue) -> None:
    assert {issued.kind for issued in issue.posts} == set(Kind)
    assert all(issue.kinds().values()), issue.kinds()


def test_the_same_seed_gives_the_same_states(issue: Issue) -> None:
    inventor = Inventor(6, detected_language())
    assert [inventor.next() for _ in range(100)] == list(issue.posts[:100])


def test_the_collectors_clock_only_grows_and_passes_every_date(issue: Issue) -> None:
    collected = [issued.post for issued in issue.posts if issued.post.order is not None]
    orders = [post.order for post in collected if post.order is not None]
    assert all(before < after for before, after in pairwise(orders))
    for issued, order in zip((i for i in issue.posts if i.post.order is not None), orders, strict=True):
        edited = rank_of_edit(issued)
        assert edited is None or edited <= order


def test_only_what_is_collected_travels_live(issue: Issue) -> None:
    assert {issued.post.order is None for issued in issue.posts if issued.post.lane is Lane.LIVE} == {False}
    assert {issued.post.order is None for issued in issue.posts if issued.post.lane is Lane.BACKFILL} == {True, False}


def test_channels_and_posts_are_on_both_lanes(issue: Issue) -> None:
    lanes: dict[int, set[Lane]] = {}
    for issued in issue.posts:
        lanes.setdefault(issued.post.channel.id, set()).add(issued.post.lane)
    assert all(len(of_channel) == 2 for of_channel in lanes.values())
    of_posts = [{issued.post.lane for issued in history} for history in histories(issue)]
    assert sum(len(of_post) == 2 for of_post in of_posts) > 20


def test_archives_have_states_that_are_older_newer_and_of_the_same_moment(issue: Issue) -> None:
    pairs = [
        (rank(archived), rank(collected))
        for history in histories(issue)
        for archived in history
        if archived.post.order is None
        for collected in history
        if collected.post.order is not None
    ]
    both = [(archived, collected) for archived, collected in pairs if archived is not None and collected is not None]
    assert any(archived > collected for archived, collected in both)
    assert any(archived < collected for archived, collected in both)
    assert any(archived[0] == collected[0] for archived, collected in both)


def test_posts_are_deleted_and_come_back(issue: Issue) -> None:
    ends = [last for history in histories(issue) if (last := end(history)) is not None]
    assert sum(last.issued.post.is_deleted for last in ends) > 10
    were_deleted = {issued.key for issued in issue.posts if issued.kind is Kind.DELETION}
    assert sum(last.issued.key in were_deleted and not last.issued.post.is_deleted for last in ends) > 5


def test_albums_lose_parts_and_are_deleted(issue: Issue) -> None:
    lost = {issued.key for issued in issue.posts if issued.kind is Kind.PART_LOST}
    deleted = {issued.key for issued in issue.posts if issued.post.is_deleted}
    assert lost & deleted


def test_verdicts_and_quotes_are_withdrawn(output: Output) -> None:
    assert any(record.value is None for record in output.duplicates)
    assert any(record.value is None for record in output.quotes)


@pytest.mark.parametrize(("forward", "lane"), [(ORIGIN, Lane.BACKFILL), (None, None)])
def test_any_text_of_a_forward_in_another_language_comes_behind_its_first(
    forward: ForwardOrigin | None, lane: Lane | None
) -> None:
    """Both lanes are read at once, and the one that comes first would decide with what the forward is compared."""
    post = RawPost(channel=Channel(id=1), message_id=1, text="one two three four five six", lane=Lane.BACKFILL,
                   forward=forward, source=PostSource(kind="test"))  # fmt: skip
    first = Issued(0, post, post.text, "en")
    life = Life(first, first, [first])
    assert life.forced_lane(Story("bir", "tr")) is lane
    assert life.forced_lane(Story("bir iki üç dört beş altı yedi", "tr")) is Lane.BACKFILL
    assert life.forced_lane(Story("one", "en")) is None


def histories(issue: Issue) -> list[list[Issued]]:
    """The states of each post."""
    found: dict[str, list[Issued]] = {}
    for issued in issue.posts:
        found.setdefault(issued.key, []).append(issued)
    return list(found.values())


def rank_of_edit(issued: Issued) -> int | None:
    date = issued.post.edited_at
    return None if date is None else round(date.timestamp() * 1_000_000)
