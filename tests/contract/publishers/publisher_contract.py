"""What every publisher of raw posts has to do; a publisher's own tests inherit this with a fixture ``place``.

A place makes publishers, and shows what arrived where they publish to.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

import pytest

from ingest.errors import PostTooLargeError
from ingest.publish import Publisher
from schemas import Channel, ChannelCondition, ChannelState, Counters, CounterUpdate, Lane, PostSource, RawPost
from schemas.topics import MAX_RAW_BYTES

Record = tuple[bytes, bytes]
"""Key and value."""


class Place(Protocol):
    """Where a publisher publishes to."""

    def make(self) -> Publisher:
        """A new publisher, which takes few posts at a time."""
        ...

    def posts(self, lane: Lane) -> list[Record]:
        """Records of a lane, those of one channel in order."""
        ...

    def counters(self) -> list[Record]:
        """Records of counts."""
        ...

    def states(self) -> dict[bytes, bytes | None]:
        """The last record of each channel's state."""
        ...


def raw_post(number: int, text: str = "текст 👍", channel: int = 1, lane: Lane = Lane.BACKFILL) -> RawPost:
    source = PostSource(kind="jsonl", name="news/a.jsonl", position=number)
    return RawPost(channel=Channel(id=channel), message_id=number, text=text, source=source, lane=lane)


def channel_state(channel: int) -> ChannelState:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return ChannelState(channel=Channel(id=channel), condition=ChannelCondition.LIVE, since=now, observed_at=now)


class PublisherContract:
    """The suite."""

    @pytest.fixture
    def publisher(self, place: Place) -> Iterator[Publisher]:
        with place.make() as publisher:
            yield publisher

    def test_posts_arrive_whole_keyed_by_channel_and_in_order(self, publisher: Publisher, place: Place) -> None:
        posts = [raw_post(number, channel=number % 3 + 1) for number in range(1, 200)]
        deliveries = [publisher.publish(post) for post in posts]
        publisher.flush()
        assert all(delivery.is_settled and delivery.error is None for delivery in deliveries)
        records = place.posts(Lane.BACKFILL)
        for channel in (1, 2, 3):
            got = [RawPost.model_validate_json(value) for key, value in records if key == str(channel).encode()]
            assert got == [post for post in posts if post.channel.id == channel]

    def test_lanes_are_kept_apart(self, publisher: Publisher, place: Place) -> None:
        for lane in Lane:
            publisher.publish(raw_post(1, text=lane.value, lane=lane))
        publisher.flush()
        assert {lane: [RawPost.model_validate_json(value).text for _, value in place.posts(lane)] for lane in Lane} == {
            lane: [lane.value] for lane in Lane
        }
        assert publisher.destination(Lane.LIVE) != publisher.destination(Lane.BACKFILL)

    def test_counts_arrive_under_the_key_of_their_post(self, publisher: Publisher, place: Place) -> None:
        update = CounterUpdate(key="tg:1:2", counters=Counters(views=3, reactions={"👍": 1}))
        delivery = publisher.publish_counters(update)
        publisher.flush()
        assert delivery.is_settled
        assert delivery.error is None
        assert [(key, CounterUpdate.model_validate_json(value)) for key, value in place.counters()] == [
            (b"tg:1:2", update)
        ]

    def test_the_state_of_a_channel_arrives_and_is_withdrawn(self, publisher: Publisher, place: Place) -> None:
        for channel, state in ((3, channel_state(3)), (4, channel_state(4)), (4, None)):
            publisher.publish_state(channel, state)
        publisher.flush()
        assert place.states() == {b"3": channel_state(3).to_json(), b"4": None}

    def test_the_largest_post_arrives_and_one_byte_more_is_refused(self, publisher: Publisher, place: Place) -> None:
        noise = random.Random(1)  # nothing that a codec could make small
        room = MAX_RAW_BYTES - len(raw_post(1, text="").model_dump_json().encode())
        text = "".join(noise.choices("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_", k=room))
        publisher.publish(raw_post(1, text))
        with pytest.raises(PostTooLargeError, match=r"tg:1:2 from news/a\.jsonl, line 2: 1000001 bytes"):
            publisher.publish(raw_post(2, text + "x"))
        publisher.publish(raw_post(3))
        publisher.flush()
        texts = [RawPost.model_validate_json(value).text for _, value in place.posts(Lane.BACKFILL)]
        assert texts == [text, raw_post(3).text]

    def test_more_posts_than_fit_in_flight(self, publisher: Publisher, place: Place) -> None:
        for number in range(1, 51):
            publisher.publish(raw_post(number, text=""))
        publisher.flush()
        assert len(place.posts(Lane.BACKFILL)) == 50

    def test_a_flush_of_nothing_returns(self, publisher: Publisher) -> None:
        publisher.flush()
        publisher.stop()
        publisher.flush()
