"""Thousands of posts as they come in: with edits, deletions, returns, copies and late originals."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from benchmarks.generator import generate
from schemas import Lane, RawPost, post_key
from schemas.rank import microseconds

SHARE_OF_POSTS = 0.8
LATE, EDITED, DELETED, RETURNED = 0.05, 0.12, 0.06, 0.5
"""Shares: the last of those that were deleted."""
REACH = 300
"""States between a post and what becomes of it, at most."""
_LONG_WORD = re.compile(r"(?<!\S)[^\W\d_]{6,}")


def mixed_stream(seed: int, count: int) -> list[RawPost]:
    """So many states in their order of arrival. A channel is in one lane: that of its collector or its archive.

    Stories differ in more than the generator's phrases: no search for duplicates meets its bound, which makes links
    depend on the order over channels.
    """
    random = Random(seed)
    posts = (_with_own_words(post) for post in generate(count, seed))
    placed = sorted(_placed(random, posts), key=lambda each: each[0])
    return [state for _, state in placed[:count]]


def _with_own_words(post: RawPost) -> RawPost:
    """The long words of a story, and of its copies, are in no other."""
    labels = post.original
    assert isinstance(labels, dict)
    if labels["kind"] != "story":
        return post
    original = str(labels["copy_of"] or post_key(post.channel.id, post.message_id))
    ending = "".join(Random(original).choices("aeioubdgklmnprst", k=5))
    text = _LONG_WORD.sub(lambda found: found[0] + ending, post.text)
    return post.model_copy(update={"text": text, "entities": ()})


def _placed(random: Random, posts: Iterator[RawPost]) -> Iterator[tuple[float, RawPost]]:
    """States with their places."""
    for number, post in enumerate(posts):
        is_collected = bool(post.channel.id % 2)
        place = number * (1 / SHARE_OF_POSTS) + (random.random() * REACH if random.random() < LATE else 0)
        for order, state in enumerate(_states(random, post)):
            seen_at = _later(post, order + 1)
            collected = {"order": microseconds(seen_at), "collected_at": seen_at} if is_collected else {}
            yield place, state.model_copy(update={"lane": Lane.LIVE if is_collected else Lane.BACKFILL, **collected})
            place += random.random() * REACH


def _states(random: Random, post: RawPost) -> Iterator[RawPost]:
    """A post, and what becomes of it."""
    yield post
    edited = post.model_copy(update={"text": f"{post.text} (2)", "edited_at": _later(post, 2)})
    if random.random() < EDITED:
        yield edited
    if random.random() < DELETED:
        at = _later(post, 3)
        yield post.model_copy(
            update={"text": "", "entities": (), "media": (), "counters": None, "is_deleted": True, "edited_at": at}
        )
        if random.random() < RETURNED:
            yield edited.model_copy(update={"edited_at": _later(post, 4)})


def _later(post: RawPost, minutes: int) -> datetime:
    assert post.posted_at is not None
    return post.posted_at + timedelta(minutes=minutes)
