"""What a consumer that goes by rank ends with, in whatever order the records reach it."""

from collections.abc import Iterable, Sequence
from itertools import permutations

from ingest.collector.channel.comparison import digest
from schemas import RawPost
from schemas.rank import Freshness, State, compare, rank_of


def last_by_rank(posts: Iterable[RawPost]) -> RawPost:
    """The state of one post after all of its records."""
    known: State | None = None
    last: RawPost | None = None
    for post in posts:
        freshness, known = compare(known, rank_of(post), f"{digest(post):x}", is_deleted=post.is_deleted)
        last = last if freshness is Freshness.STALE else post
    assert last is not None
    return last


def ends(posts: Sequence[RawPost]) -> set[str]:
    """All texts with which a post can end, over every order of arrival; at best there is one."""
    return {"deleted" if (end := last_by_rank(arrival)).is_deleted else end.text for arrival in permutations(posts)}
