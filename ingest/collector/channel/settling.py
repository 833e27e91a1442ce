"""What follows once the ledger has recorded an acknowledgement."""

from dataclasses import replace

from ingest.collector.channel.context import Context
from ingest.collector.channel.tracked_channel import Channel
from ingest.collector.pending_publish import Parcel
from ingest.ledger.records import Settlement
from ingest.live_reader import Absence


class Settling:
    """Brings what is kept in memory of channels up to the ledger."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def settled(self, parcels: list[Parcel]) -> None:
        """These are recorded, in this order."""
        now = self._context.wall()
        for parcel in parcels:
            channel = self._context.channels.get(parcel.settlement.channel_id)
            if channel is None:
                continue
            self._settle(channel, parcel.settlement, now)
            post = parcel.post
            if post is not None and post.posted_at is not None:
                newest = channel.last_post_at
                channel.last_post_at = post.posted_at if newest is None else max(newest, post.posted_at)
                self._context.metrics.last_post_of(channel.watched.tier, post.posted_at.timestamp())

    def _settle(self, channel: Channel, settlement: Settlement, now: float) -> None:
        for row in settlement.rows:
            if channel.pending.get(row.id) is row:
                del channel.pending[row.id]
        for revisit in settlement.done:
            if channel.in_hand.get(revisit.id) == revisit.stamp:
                del channel.in_hand[revisit.id]
        for absent in settlement.absent:
            if absent.why is Absence.REFUSED:
                channel.pending.pop(absent.first, None)
                self._context.metrics.absent_ids.labels(absent.why.value).inc()
        progress = channel.progress
        if progress is not None and (settlement.frontier is not None or settlement.backfilled is not None):
            channel.progress = replace(
                progress,
                frontier=max(progress.frontier, settlement.frontier or 0),
                backfilled=max(progress.backfilled, settlement.backfilled or 0),
            )
        if settlement.recheck is not None:
            due = settlement.recheck[1]
            self._context.agendas.revisits.at(channel.id, self._context.loop.time() + max(0.0, due - now))
