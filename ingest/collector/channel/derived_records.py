"""Records that the collector derives from posts: of a deletion, of fresh counts, of a post on another lane."""

from datetime import UTC, datetime

from schemas import Channel, CounterUpdate, Lane, PostSource, RawPost, post_key


def tombstone(
    channel_id: int, message_id: int, lane: Lane, now: datetime, last_seen_at: float | None = None
) -> RawPost:
    """Reports the deletion of a post. It names its channel by id alone: nothing of the post is repeated.

    ``last_seen_at``: seconds since 1970 at which it was there; a clock that was set back since makes that ``now``.
    """
    return RawPost(
        channel=Channel(id=channel_id),
        message_id=message_id,
        collected_at=now,
        is_deleted=True,
        last_seen_at=None if last_seen_at is None else min(now, datetime.fromtimestamp(last_seen_at, UTC)),
        source=PostSource(kind="collector"),
        lane=lane,
    )


def on_lane(post: RawPost, lane: Lane) -> RawPost:
    """The post as it travels on a lane."""
    return post if post.lane is lane else post.model_copy(update={"lane": lane})


def counter_update(post: RawPost, anchor: int) -> CounterUpdate | None:
    """Fresh counts of a post; None when the message has none."""
    counters = post.counters
    if counters is None or (counters.views, counters.forwards, counters.replies, counters.reactions) == (None,) * 4:
        return None
    return CounterUpdate(key=post_key(post.channel.id, anchor), counters=counters)
