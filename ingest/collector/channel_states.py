"""Publishes the states of channels when they change, with limits for thousands of channels."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import xxhash

from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.pending_publish import ChannelStateUpdate, PendingPublish
from ingest.ledger.records import LedgerUpdate
from schemas import BackfillProgress, Channel, ChannelCondition, ChannelGap, ChannelState

SETTLE_S = 1.0
"""From a change to its record: much of what begins is over by then, such as a gap between two pushes."""
INTERVAL_S = 10.0
"""Least seconds between two records of ``channels.state`` for one channel."""
_RECORDS_A_SECOND = 100
"""Most records of ``channels.state`` a second, of all channels: 10,000 go out within two minutes of a start."""


@dataclass(slots=True)
class _Observed:
    """What is remembered of a channel's published state."""

    state: str
    since: datetime
    gap_since: datetime | None = None
    published: int | None = None
    """Digest of the state that was passed on last."""
    due: float = 0.0
    """Time of the loop before which no other record is sent."""
    is_on_its_way: bool = False
    is_awaited: bool = False
    """Whether something changed while a record was in flight."""


class ChannelStates:
    """The records of ``channels.state``. They go behind all that was passed on before, so that they claim no more."""

    def __init__(self, deps: CollectorDeps) -> None:
        self._deps = deps
        self._observed: dict[int, _Observed] = {}
        self._withdrawn: dict[int, PendingPublish] = {}
        """Nulls that are in flight, and that no state follows."""

    def changed(self, channel_id: int) -> None:
        """Something of a channel may have changed."""
        channel = self._deps.channels.get(channel_id)
        if channel is None:
            return
        observed = self._observe(channel)
        self._deps.schedulers.states.at(channel_id, max(self._deps.loop.time() + SETTLE_S, observed.due))

    async def publish(self, channel_id: int) -> float | None:
        """Publish the state of a channel if it differs from the last one; returns when to try again, or None."""
        queue = self._deps.publish_queue
        observed = self._observe(self._deps.channels[channel_id])
        if observed.is_on_its_way:
            observed.is_awaited = True
        elif queue.depth >= queue.max_depth // 2:  # the rest is for posts
            return self._deps.loop.time() + INTERVAL_S
        elif self._enqueue(channel_id):
            await asyncio.sleep(1 / _RECORDS_A_SECOND)
        return None

    def recorded(self, items: Iterable[PendingPublish]) -> None:
        """Note which states of channels the broker has acknowledged, among items of the publish queue."""
        for item in items:
            if item.state is None:
                continue
            self._deps.metrics.states.inc()
            self._forget_withdrawn(item)
            observed = self._observed.get(item.ledger_update.channel_id)
            if observed is not None:
                observed.is_on_its_way = False
                if observed.is_awaited:
                    observed.is_awaited = False
                    self.changed(item.ledger_update.channel_id)

    def withdraw(self, channel_id: int) -> None:
        """A channel is watched no more. The ledger forgets its state when the null is there: else the next start would
        not know that there is one to be withdrawn.
        """
        self._observed.pop(channel_id, None)
        if channel_id in self._deps.ledger.states.channels() and channel_id not in self._withdrawn:
            self._withdrawn[channel_id] = self._put(channel_id, ChannelStateUpdate(None))

    def withdraw_others(self) -> None:
        """All channels that are to be watched are: withdraw the states of those that earlier processes have watched."""
        for channel_id in self._deps.ledger.states.channels() - self._deps.channels.keys():
            self.withdraw(channel_id)

    def flush(self) -> None:
        """Hand on what has changed, without regard to rates: the process ends."""
        for channel_id in self._deps.channels:
            self._enqueue(channel_id)

    def _enqueue(self, channel_id: int) -> bool:
        channel = self._deps.channels[channel_id]
        observed = self._observe(channel)
        state = _state_of(channel, observed, self._deps.now())
        digest = xxhash.xxh3_64_intdigest(state.model_dump_json(exclude={"observed_at"}).encode())
        if digest == observed.published:
            return False
        observed.published = digest
        observed.due = self._deps.loop.time() + INTERVAL_S
        observed.is_on_its_way = True
        self._withdrawn.pop(channel_id, None)
        is_first = self._deps.ledger.states.add(channel_id)
        self._put(channel_id, ChannelStateUpdate(state), is_noted_first=is_first)
        return True

    def _put(self, channel_id: int, state: ChannelStateUpdate, *, is_noted_first: bool = False) -> PendingPublish:
        item = PendingPublish(LedgerUpdate(channel_id), state=state, is_noted_first=is_noted_first)
        self._deps.publish_queue.put(item)
        return item

    def _forget_withdrawn(self, item: PendingPublish) -> None:
        channel_id = item.ledger_update.channel_id
        if self._withdrawn.get(channel_id) is item:
            del self._withdrawn[channel_id]
            self._deps.ledger.states.remove(channel_id)
            self._deps.publish_queue.written()

    def _observe(self, channel: TrackedChannel) -> _Observed:
        """Note since when the channel is as it is."""
        observed = self._observed.get(channel.id)
        if observed is None:
            observed = self._observed[channel.id] = _Observed(channel.state, self._deps.now())
        elif observed.state != channel.state:
            observed.state, observed.since = channel.state, self._deps.now()
        if channel.gap is None:
            observed.gap_since = None
        elif observed.gap_since is None:
            observed.gap_since = self._deps.now()
        return observed


def _state_of(channel: TrackedChannel, observed: _Observed, now: datetime) -> ChannelState:
    watched = channel.watched
    return ChannelState(
        channel=Channel(id=watched.id, username=watched.username, title=watched.title),
        condition=ChannelCondition(channel.state),
        reason=channel.reason,
        since=observed.since,
        last_post=channel.last_post,
        usual_interval_s=channel.usual_interval_s,
        gap=_gap(channel, observed.gap_since),
        backfill=_backfill(channel),
        observed_at=now,
    )


def _gap(channel: TrackedChannel, since: datetime | None) -> ChannelGap | None:
    if channel.gap is None or since is None:
        return None
    first, last = channel.gap
    return ChannelGap(first=first, last=last, size=last - first + 1, since=since)


def _backfill(channel: TrackedChannel) -> BackfillProgress | None:
    progress = channel.progress
    if progress is None or not (channel.watched.backfill or channel.backfilled):
        return None
    return BackfillProgress(
        reached=channel.backfilled,
        up_to=progress.started_at,
        skipped=sum(last - first + 1 for first, last in channel.skipped if last <= channel.backfilled),
        is_complete=channel.backfilled >= progress.started_at,
    )
