"""A snapshot of the collector, for a view in the terminal and for tests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.collector.channel.tracked_channel import CollectState, TrackedChannel
from runtime.settings.channel_list import Tier


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """State and progress of one channel, for operators."""

    id: int
    username: str | None
    title: str | None
    tier: Tier
    state: CollectState
    started_at: int | None
    """Newest id when it was first seen; None before the first answer."""
    seen: int
    """Highest message id passed on to the publish queue."""
    frontier: int
    """Every id above ``started_at`` up to here is explained and recorded."""
    backfilled: int
    """Every id up to here is explained and recorded."""
    missing: int
    """Ids known to be there and not passed on yet: they wait until what lies before them is read."""
    last_post_at: datetime | None
    """When the newest post that is collected was posted."""


@dataclass(frozen=True, slots=True)
class Status:
    """State of the collector, its readers and its channels, for operators."""

    channels: tuple[ChannelStatus, ...]
    readers: dict[str, Literal["ready", "lost", "dropped"]]
    queue_depth: int
    """Posts taken and not yet acknowledged and recorded."""
    published: int
    """Posts acknowledged since the start."""
    gaps_open: int
    revisits_due: int
    failure: str | None
    """Why nothing can be published at present."""
    failing_s: float | None = None
    """Seconds for which nothing could be published; None when it can."""
    notice: str | None = None
    """What an operator has to know of the ledger: it is not the one that was last written."""
    held: int = 0
    """Posts that wait behind the open gaps, those of the gaps included."""


def channel_status(channel: TrackedChannel) -> ChannelStatus:
    """A snapshot of the state of one channel."""
    watched, progress = channel.watched, channel.progress
    return ChannelStatus(
        id=watched.id,
        username=watched.username,
        title=watched.title,
        tier=watched.tier,
        state=channel.state,
        started_at=None if progress is None else progress.started_at,
        seen=channel.seen,
        frontier=0 if progress is None else progress.frontier,
        backfilled=0 if progress is None else progress.backfilled,
        missing=channel.held,
        last_post_at=None if channel.last_post is None else channel.last_post.posted_at,
    )
