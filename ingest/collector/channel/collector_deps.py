"""Dependencies of the parts of a collector; created once, by the collector."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ingest.collector.channel.refetch_schedule import RefetchOrders, RefetchSchedule
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.metrics import CollectMetrics
from ingest.collector.publish_queue import PublishQueue
from ingest.collector.reader_pool import ReaderPool
from ingest.collector.scheduler import Schedulers
from ingest.ledger.ledger import Ledger
from ingest.ledger.order_clock import OrderClock
from runtime.settings.collect import CollectSettings


@dataclass(slots=True)
class CollectorDeps:
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
    refetch_orders: RefetchOrders
    channels: dict[int, TrackedChannel] = field(default_factory=dict)
    schedulers: Schedulers = field(init=False)
