"""What the parts of one collector share."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ingest.collector.channel.refetch_schedule import RefetchSchedule
from ingest.collector.channel.tracked_channel import CollectState, TrackedChannel
from ingest.collector.metrics import CollectMetrics
from ingest.collector.publish_queue import PublishQueue
from ingest.collector.reader_pool import ReaderPool
from ingest.collector.scheduler import Schedulers
from ingest.errors import ChannelUnavailableError
from ingest.ledger.ledger import AT_ONCE, Ledger
from ingest.ledger.order_clock import OrderClock
from ingest.ledger.records import Refetch
from runtime.settings.collect import CollectSettings

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Context:
    """Settings, clocks, state, and the schedulers of what is to be done."""

    settings: CollectSettings
    loop: asyncio.AbstractEventLoop
    now: Callable[[], datetime]
    wall: Callable[[], float]
    """Seconds since 1970 by which plans are made: see ``HeldClock``."""
    order: OrderClock
    ledger: Ledger
    publish_queue: PublishQueue
    readers: ReaderPool
    metrics: CollectMetrics
    refetch_schedule: RefetchSchedule
    channels: dict[int, TrackedChannel] = field(default_factory=dict)
    schedulers: Schedulers = field(init=False)

    def order_refetch(self, channel: TrackedChannel, message_id: int, *, is_deletion: bool = False) -> Refetch:
        """Have a message read again soon; the order is durable with the next commit."""
        refetch = self.ledger.order_refetch(channel.id, message_id, AT_ONCE, is_deletion=is_deletion)
        self.publish_queue.written()
        self.schedulers.refetches.at(channel.id, self.loop.time())
        return refetch

    def interval_s(self, channel: TrackedChannel) -> float:
        """How often the channel is looked at."""
        match channel.watched.tier:
            case "high":
                return self.settings.sweep_high_s
            case "normal":
                return self.settings.sweep_normal_s
            case "low":
                return self.settings.sweep_low_s

    def set_state(self, channel: TrackedChannel, state: CollectState) -> None:
        """The channel can, or cannot, be read."""
        if state != channel.state:
            self.metrics.channels.labels(channel.state).dec()
            self.metrics.channels.labels(state).inc()
            channel.state = state

    def unavailable(self, channel: TrackedChannel, error: ChannelUnavailableError) -> float:
        """Report that it cannot be read; returns when to try again."""
        if channel.state != error.state:
            _log.warning("channel %d: %s", channel.id, error)
        self.set_state(channel, error.state)
        return self.loop.time() + self.interval_s(channel)
