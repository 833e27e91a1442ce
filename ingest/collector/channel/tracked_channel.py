"""The state of one channel in the collector."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import structlog

from ingest.collector.channel.channel_messages import ChannelMessages
from ingest.collector.channel.posting_interval import usual_interval_s, whole_posts
from ingest.collector.metrics import CollectMetrics
from ingest.errors import ChannelUnavailableError, UnavailableReason
from ingest.ledger.records import ChannelProgress, LedgerUpdate
from ingest.live_reader import AbsenceReason, AbsentRange, Page
from runtime.settings.channel_list import Tier
from runtime.settings.collect import CollectSettings
from schemas import NewestPost, RawPost

CollectState = Literal["starting", "live"] | UnavailableReason
_MAX_DELETED_AHEAD = 1000

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WatchedChannel:
    """A channel to collect, as the list of channels has it."""

    id: int
    tier: Tier
    account: str | None
    """Name of the reader to use; None: any that can."""
    backfill: bool
    username: str | None
    title: str | None


class Intake(Protocol):
    """Takes what a channel has, in ascending order of id (``ingest.collector.channel.intake``)."""

    last: int

    def is_open(self, message_id: int) -> bool:
        """Whether a message is held as a part of the open album."""
        ...

    def has_open(self, album_id: int) -> bool:
        """Whether this album is the open one."""
        ...

    def take(self, post: RawPost, pushed_at: float | None = None) -> None:
        """Take the next post; ``pushed_at`` is the loop's time at which it was pushed, None when it was requested."""
        ...

    def take_absent(self, absent: AbsentRange) -> None:
        """The next ids have no post."""
        ...

    def close(self) -> None:
        """The open album has all its parts."""
        ...

    def abandon(self) -> None:
        """Let go of the open album."""
        ...


@dataclass(slots=True)
class TrackedChannel:
    """Everything that is kept in memory of a channel: little, as there can be thousands."""

    watched: WatchedChannel
    messages: ChannelMessages
    """Rows of the channel's messages as they were last published."""
    settings: CollectSettings
    metrics: CollectMetrics
    progress: ChannelProgress | None = None
    """How far the ledger has collected the channel; None until the first answer of a reader."""
    state: CollectState = "starting"
    reason: str | None = None
    """Why the channel cannot be read; None while it can."""
    live: "Intake | None" = None
    """Takes live posts, once the channel is started."""
    backfill: "Intake | None" = None
    """Takes what a backfill reads, from its begin to its end."""
    filling: "Intake | None" = None
    """Takes what a backfill reads within ids that an earlier backfill left out, from its begin to its end."""
    seen: int = 0
    """Highest id passed on; every id above ``started_at`` up to here is explained, or its record is in flight."""
    backfilled: int = 0
    """Highest id that a backfill passed on: every id up to here is explained, or its record is in flight."""
    skipped: list[tuple[int, int]] = field(default_factory=list)
    """Stretches of ids that the bounds of a backfill left out: first and last of each, in ascending order."""
    target: int = 0
    """Highest id that is known to be there."""
    first_pushed: int | None = None
    """Lowest id pushed before the first answer of a source."""
    has_gap: bool = False
    """Whether posts are known to be there that wait until what lies before them is read."""
    doubt_until: int = 0
    """Posts above the frontier up to this id may have been published, unrecorded, by a process that was killed."""
    last_absent: int = 0
    """Highest id that was requested in vain."""
    last_post: NewestPost | None = None
    """The newest post that was passed on, or that a sweep has found."""
    usual_interval_s: float | None = None
    """Median of the seconds between two posts of the newest page; None when too few are known."""
    refetches_sent: dict[int, int] = field(default_factory=dict)
    """Revisits that are in flight: message id -> stamp."""
    deleted_ahead: set[int] = field(default_factory=set)
    """Ids above ``seen`` that were reported as deleted."""
    reported: set[int] = field(default_factory=set)
    """Messages of which a change was reported that no answer has shown yet."""
    touched: set[int] = field(default_factory=set)
    """Messages that changed while the channel is being read: their state in the answer may be older."""
    readings: int = 0

    @property
    def id(self) -> int:
        """Bare id of the channel."""
        return self.watched.id

    @property
    def account(self) -> str | None:
        """Name of the reader to use; None: any that can."""
        return self.watched.account

    @property
    def gap(self) -> tuple[int, int] | None:
        """First and last id of an open gap and of what is known to lie behind it."""
        if not self.has_gap:
            return None
        before = self.seen if self.first_pushed is None or self.live is not None else self.first_pushed - 1
        return (before + 1, self.target) if self.target > before else None

    @property
    def held(self) -> int:
        """Ids behind an open gap, the gap's included."""
        return 0 if self.gap is None else self.gap[1] - self.gap[0] + 1

    @contextmanager
    def being_read(self) -> Iterator[None]:
        """Around a request for messages of the channel and the handling of its answer."""
        self.readings += 1
        try:
            yield
        finally:
            self.readings -= 1
            if not self.readings:
                self.touched.clear()

    def touch(self, message_id: int) -> None:
        """Note that a message has changed, while the channel is being read: an answer may hold its older state."""
        if self.readings:
            self.touched.add(message_id)

    def delete_ahead(self, message_id: int) -> None:
        """A message that was not read yet is deleted: remembered as the reason why it is not there."""
        if len(self.deleted_ahead) < _MAX_DELETED_AHEAD:
            self.deleted_ahead.add(message_id)

    def is_covered(self, message_id: int) -> bool:
        """Whether an id was collected, or explained."""
        if self.progress is None:
            return False
        if self.is_open(message_id):
            return True
        if message_id <= self.backfilled:
            return not any(first <= message_id <= last for first, last in self.skipped)
        return self.progress.started_at < message_id <= self.seen

    def is_open(self, message_id: int) -> bool:
        """Whether a message is held as a part of an open album, or between its parts."""
        return any(intake.is_open(message_id) for intake in self._intakes())

    def has_open(self, post: RawPost) -> bool:
        """Whether a post is a part of an open album, which may hold the other parts."""
        album_id = post.album_id
        return album_id is not None and any(intake.has_open(album_id) for intake in self._intakes())

    def _intakes(self) -> Iterator["Intake"]:
        return (intake for intake in (self.live, self.backfill, self.filling) if intake is not None)

    def fill(self, first: int, last: int) -> None:
        """Ids that were left out are collected, or explained, after all."""
        self.skipped = [
            (begin, end)
            for low, high in self.skipped
            for begin, end in ((low, min(high, first - 1)), (max(low, last + 1), high))
            if begin <= end
        ]

    def apply(self, update: LedgerUpdate) -> None:
        """The ledger has recorded this, after all that was applied before."""
        self.messages.recorded(update.rows)
        for refetch in update.done:
            if self.refetches_sent.get(refetch.id) == refetch.stamp:
                del self.refetches_sent[refetch.id]
        for absent in update.absent:
            if absent.reason is AbsenceReason.REFUSED:
                self.messages.unrecorded.pop(absent.first, None)
        progress = self.progress
        if progress is not None and (update.frontier is not None or update.backfilled is not None):
            self.progress = replace(
                progress,
                frontier=max(progress.frontier, update.frontier or 0),
                backfilled=max(progress.backfilled, update.backfilled or 0),
            )

    def note_enqueued(self, post: RawPost) -> None:
        """Note that a post of the channel is in the publish queue."""
        if self.last_post is None or post.message_id > self.last_post.message_id:
            self.last_post = NewestPost(message_id=post.message_id, posted_at=post.posted_at)

    def note_page(self, page: Page, seen: int) -> None:
        """The newest page, asked for when posts up to ``seen`` were passed on; what it has up to now is passed on."""
        posts = whole_posts(entry for entry in page.entries if isinstance(entry, RawPost))
        self.usual_interval_s = usual_interval_s([post.posted_at for post in posts if post.posted_at is not None])
        collected = [post for post in posts if post.message_id <= self.seen]
        is_all = self.last_post is None or self.last_post.message_id <= max(seen, page.last)
        if collected and is_all:  # also when what was the newest post is deleted
            self.last_post = NewestPost(message_id=collected[-1].message_id, posted_at=collected[-1].posted_at)

    @property
    def interval_s(self) -> float:
        """Seconds between two sweeps of the channel, by its tier."""
        match self.watched.tier:
            case "high":
                return self.settings.sweep_high_s
            case "normal":
                return self.settings.sweep_normal_s
            case "low":
                return self.settings.sweep_low_s

    def set_state(self, state: CollectState, reason: str | None = None) -> None:
        """The channel can, or cannot, be read, for a reason."""
        self.reason = reason
        if state != self.state:
            self.metrics.channels.labels(self.state).dec()
            self.metrics.channels.labels(state).inc()
            self.state = state

    def unavailable(self, error: ChannelUnavailableError, now: float) -> float:
        """Report that it cannot be read; returns when to try again, by the same clock as ``now``."""
        if self.state != error.state:
            _log.warning("channel cannot be read", channel_id=self.id, state=error.state, problem=str(error))
        self.set_state(error.state, str(error))
        return now + self.interval_s
