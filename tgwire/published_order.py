"""The orders that Kafka has of collected posts: those of a ledger go on above them, also when it is an older copy."""

import json
import time
from contextlib import closing, suppress

import structlog

from ingest.errors import IngestError
from ingest.progress.order_limit import RESERVE_US, OrderLimit
from schemas import Lane
from schemas.config import KafkaSettings
from schemas.topics import raw_topic
from tgwire.errors import TgwireError
from tgwire.reading import StoredRecord, read_topic

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
        try:
            with closing(read_topic(settings, topic, last=LAST_RECORDS)) as records:
                orders = [order for record in records if (order := _order(record)) is not None]
        except (TgwireError, IngestError) as error:
            name = settings.topic_prefix + topic.name
            _log.warning("the orders of what was published are not known", topic=name, problem=str(error))
            continue
        if orders:
            limit.raise_above(max(orders))
    ahead_us = limit.start_us - int(time.time() * 1e6)
    if ahead_us > 2 * RESERVE_US:
        _log.warning(
            "what was published has orders ahead of this clock: they go on from there. Look at the clocks of all "
            "machines that collect",
            ahead_s=round(ahead_us / 1e6),
        )


def _order(record: StoredRecord) -> int | None:
    """The order of a record's post; None when it has none, or cannot be read."""
    with suppress(ValueError, TypeError, AttributeError):
        order = json.loads(record.value or b"").get("order")
        if order is None or (isinstance(order, int) and 0 <= order < _ORDERS_END_US):
            return order
    _log.warning("a record without a readable order is left out", partition=record.partition, offset=record.offset)
    return None
