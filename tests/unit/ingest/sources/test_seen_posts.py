"""Which posts of an archive have come before."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.sources import seen_posts
from ingest.sources.seen_posts import SeenPosts
from schemas import Channel, Media, MediaKind, PostSource, RawPost

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def post(message_id: int, channel_id: int = 7, **fields: Any) -> RawPost:
    return RawPost(channel=Channel(id=channel_id), message_id=message_id, source=PostSource(kind="jsonl"), **fields)


@pytest.fixture
def seen() -> SeenPosts:
    found = SeenPosts()
    assert found.add(post(41, text="first")) is None
    return found


def test_another_text_is_no_other_state(seen: SeenPosts) -> None:
    repeat = seen.add(post(41, text="another", posted_at=NOON))
    assert repeat is not None
    assert str(repeat).startswith("repeats post 41:")


@pytest.mark.parametrize(
    "other",
    [
        post(42),
        post(41 + 64),
        post(41, channel_id=8),
        post(41, edited_at=NOON),
        post(41, order=1_714_564_800_000_000),
        post(41, is_deleted=True),
    ],
)
def test_other_posts_and_other_states_come_once_each(seen: SeenPosts, other: RawPost) -> None:
    assert seen.add(other) is None
    assert seen.add(other) is not None
    assert seen.add(post(41)) is not None


def test_a_part_of_an_album_is_no_post_of_its_own(seen: SeenPosts) -> None:
    parts = tuple(Media(kind=MediaKind.PHOTO, message_id=number) for number in (50, 51))
    assert seen.add(post(50, media=parts)) is None
    assert seen.add(post(51)) is not None


def test_those_of_long_ago_are_forgotten(seen: SeenPosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_posts, "_MAX_BLOCKS", 10)
    sparse = [post(1000 * number) for number in range(1, 31)]
    assert [each for each in sparse if seen.add(each) is not None] == []
    assert [seen.add(each) is not None for each in sparse[-10:]] == [True] * 10
    assert seen.add(post(41)) is None
