"""Takes what a channel has, in ascending order of id, and passes it on with albums joined."""

import asyncio

from ingest.collector.channel.albums import join
from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.comparison import row_of
from ingest.collector.channel.derived_records import on_lane
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.pending_publish import PendingPublish
from ingest.ledger.records import MAX_ALBUM_SPAN, LedgerUpdate, PublishedMessage
from ingest.live_reader import AbsenceReason, AbsentRange
from schemas import Lane, RawPost

_DAY_S = 86_400.0


class ChannelIntake:
    """One direction of reading a channel: live posts, or a backfill. It never waits."""

    __slots__ = (
        "_absent",
        "_channel",
        "_deps",
        "_filled",
        "_is_live",
        "_part_at",
        "_parts",
        "_pushed_at",
        "_timer",
        "last",
    )

    def __init__(
        self, deps: CollectorDeps, channel: TrackedChannel, lane: Lane, last: int, *, fills: bool = False
    ) -> None:
        """``fills``: what it takes was left out before by the bounds of a backfill."""
        self._deps, self._channel = deps, channel
        self._is_live = lane is Lane.LIVE
        self._parts: list[RawPost] = []
        self._absent: list[AbsentRange] = []
        self._pushed_at: float | None = None
        self.last = last
        """Highest message id taken."""
        self._part_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._filled = last if fills else None
        """Highest message id in flight to the ledger of an intake that fills what was skipped; None for others."""

    def is_open(self, message_id: int) -> bool:
        """Whether a message is held as a part of the open album."""
        return bool(self._parts) and self._parts[0].message_id <= message_id <= self.last

    def has_open(self, album_id: int) -> bool:
        """Whether this album is the open one."""
        return bool(self._parts) and self._parts[0].album_id == album_id

    def take(self, post: RawPost, pushed_at: float | None = None) -> None:
        """Take the next post. ``pushed_at``: the loop's time when it was pushed."""
        if self._parts and not self._is_next_part(post):
            self.close()
        self._reach(post.message_id)
        if post.album_id is None:
            row = row_of(post, self._deps.order.now_s())
            self._enqueue_post(post, (row,), (), pushed_at)
        elif self._parts:
            self._add(post)
        elif (anchor := self._channel.messages.anchor_of(post)) is not None:
            self._take_late(post, anchor)
        else:
            self._pushed_at = pushed_at
            self._add(post)

    def take_absent(self, absent: AbsentRange) -> None:
        """The next ids have no post."""
        self._reach(absent.last)
        self._deps.metrics.absent_ids.labels(absent.reason.value).inc(absent.last - absent.first + 1)
        if absent.reason is AbsenceReason.SKIPPED:
            self._channel.skipped.append((absent.first, absent.last))
        if self._parts:
            self._absent.append(absent)
        else:
            self._enqueue(LedgerUpdate(self._channel.id, absent=(absent,)))

    def close(self) -> None:
        """The open album has all its parts."""
        if not self._parts:
            return
        anchor = self._parts[0].message_id
        seen_at = self._deps.order.now_s()
        rows = tuple(row_of(part, seen_at, anchor=anchor) for part in self._parts)
        post = join(self._parts, anchor)
        absent = tuple(self._absent)
        self._parts, self._absent = [], []
        self._enqueue_post(post, rows, absent, self._pushed_at)

    def _is_next_part(self, post: RawPost) -> bool:
        first = self._parts[0]
        return first.album_id == post.album_id and post.message_id - first.message_id <= MAX_ALBUM_SPAN

    def _reach(self, message_id: int) -> None:
        self.last = message_id
        if self._is_live:
            self._channel.seen = message_id
        else:
            self._channel.backfilled = max(self._channel.backfilled, message_id)

    def _add(self, part: RawPost) -> None:
        self._parts.append(part)
        self._part_at = self._deps.loop.time()
        if self._is_live and self._timer is None:
            self._timer = self._deps.loop.call_later(self._deps.settings.album_wait_s, self._expire)

    def _expire(self) -> None:
        """Close an album for which no part came for a while; not while the channel is being read."""
        self._timer = None
        due = self._part_at + self._deps.settings.album_wait_s
        if self._parts and (self._channel.readings or due > self._deps.loop.time()):
            wait_s = max(due - self._deps.loop.time(), self._deps.settings.album_wait_s / 2)
            self._timer = self._deps.loop.call_later(wait_s, self._expire)
        else:
            self.close()

    def abandon(self) -> None:
        """Let go of the open album: it is read again when the channel is watched again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._parts:
            return
        self.last = self._parts[0].message_id - 1
        self._parts, self._absent = [], []
        if self._is_live:
            self._channel.seen = self.last
        elif self._filled is None:
            self._channel.backfilled = self.last

    def _take_late(self, post: RawPost, anchor: int) -> None:
        """Take a part whose album was published without it. The order to read all parts again is as durable as the
        frontier.
        """
        self._deps.refetch_orders.order(self._channel.id, anchor)
        row = row_of(post, self._deps.order.now_s(), anchor=anchor, is_known=False)
        self._channel.messages.unrecorded[row.id] = row
        self._enqueue(LedgerUpdate(self._channel.id, rows=(row,)))

    def _enqueue_post(
        self,
        post: RawPost,
        rows: tuple[PublishedMessage, ...],
        absent: tuple[AbsentRange, ...],
        pushed_at: float | None,
    ) -> None:
        channel = self._channel
        channel.note_enqueued(post)
        next_refetch = self._deps.refetch_schedule.after(rows[0])
        now = min(self._deps.wall(), self._deps.order.newest_s)  # as in ``Ledger.prune``
        if rows[0].posted_at < now - self._deps.settings.keep_days * _DAY_S:
            rows = ()  # of a backfill: they would be pruned at once
        for row in rows:
            channel.messages.unrecorded[row.id] = row
        lane = Lane.LIVE if self._is_live else Lane.BACKFILL
        post = post if post.lane is lane else on_lane(post, lane)
        self._enqueue(LedgerUpdate(channel.id, rows=rows, absent=absent, next_refetch=next_refetch), post, pushed_at)

    def _enqueue(
        self, ledger_update: LedgerUpdate, post: RawPost | None = None, pushed_at: float | None = None
    ) -> None:
        if self._is_live:
            ledger_update.frontier = self.last
        else:
            ledger_update.backfilled = self.last
        if self._filled is not None:
            ledger_update.filled = ((self._filled + 1, self.last),)
            self._channel.fill(self._filled + 1, self.last)
            self._filled = self.last
        self._deps.publish_queue.put(PendingPublish(ledger_update, post, pushed_at=pushed_at))
