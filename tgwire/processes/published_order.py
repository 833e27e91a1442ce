"""The orders that Kafka has of collected posts: those of a ledger go on above them, also when it is an older copy."""

import json
import time
from collections.abc import Iterable
from contextlib import closing

import structlog

from ingest.ledger.order_clock import RESERVE_US, OrderLimit
from runtime.errors import TgwireError
from runtime.kafka.topic_reader import StoredRecord, read_topic
from runtime.settings.kafka import KafkaSettings
from schemas import Lane
from schemas.topics import raw_topic

LAST_RECORDS = 100
"""Read of each partition: the very last ones may be of an archive, which have no order."""
_ORDERS_END_US = (1 << 32) * 1_000_000
"""Telegram's dates have 32 bits: no clock that is anywhere near right comes so far."""

_log = structlog.stdlib.get_logger(__name__)


def raise_order(limit: OrderLimit, settings: KafkaSettings) -> None:
    """Let a ledger's orders begin above those of the last records of both raw topics."""
    if settings.bootstrap_servers is None:
        return
    for lane in Lane:
        topic = raw_topic(lane)
        name = settings.topic_prefix + topic.name
        try:
            with closing(read_topic(settings, topic, last=LAST_RECORDS)) as records:
                orders = _orders(records, name)
        except TgwireError as error:
            _log.warning("orders of published posts are unknown", topic=name, problem=str(error))
            continue
        if orders:
            limit.raise_above(max(orders))
    ahead_us = limit.start_us - int(time.time() * 1e6)
    if ahead_us > 2 * RESERVE_US:
        _log.warning(
            "published posts have orders ahead of this clock: they continue from there. Check the clocks of all "
            "machines that collect",
            ahead_s=round(ahead_us / 1e6),
        )


def _orders(records: Iterable[StoredRecord], topic: str) -> list[int]:
    """The orders of those records that have one; what cannot be read is counted, and its first place named."""
    orders: list[int] = []
    unreadable: list[str] = []
    for record in records:
        try:
            order = json.loads(record.value or b"").get("order")
        except (ValueError, AttributeError):
            order = -1
        if isinstance(order, int) and 0 <= order < _ORDERS_END_US:
            orders.append(order)
        elif order is not None:
            unreadable.append(f"partition {record.partition}, offset {record.offset}")
    if unreadable:
        _log.warning(
            "records without a readable order are left out", topic=topic, records=len(unreadable), first=unreadable[0]
        )
    return orders
