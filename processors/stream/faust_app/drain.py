"""From fetches to streams: Faust's own loop, without the four asyncio tasks that it makes for every message.

Faust races the delivery of each message against a suspended flow (``Consumer._drain_messages`` of 0.15.3), remembers
what it read, and notes gaps for its own commits. Here the flow is looked at before each delivery, and the offset
tracker checks every offset. What is left out when a rebalance comes is fetched again: Faust seeks to the committed
offsets before it lets the flow go on.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import Consumer

FETCH_WAIT_S = 1.0
"""Longest wait for records; Faust's own."""
YIELD_EVERY = 100
"""Records between two chances for other tasks; Faust's own."""

_log = logging.getLogger("faust.tgwire.drain")


class DrainConsumer(Consumer):
    """Faust's consumer with that loop."""

    async def _drain_messages(self, fetcher: Any) -> None:  # noqa: ANN401 - Faust's service
        stops: tuple[type[BaseException], ...] = (*self.consumer_stopped_errors, asyncio.CancelledError)
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001
                await self._drain_once()
                await asyncio.sleep(0)
        except stops:
            if not self.app.should_stop:
                raise

    async def _drain_once(self) -> None:
        records, active = await self._wait_next_records(FETCH_WAIT_S)
        if records is None or self.should_stop:
            return
        if self.flow_active:
            await self._deliver(records, active)
        else:
            await self._seek_back()

    async def _deliver(self, records: Mapping[Any, Any], active: set[Any] | None) -> None:
        generation = self.app.consumer_generation_id
        for number, (tp, record) in enumerate(self.scheduler.iterate(records), start=1):
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if active is None or tp in active or tp in self._buffered_partitions:
                await self.callback(self._to_message(tp, record))
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def _seek_back(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # noqa: BLE001 - Faust seeks again before the flow goes on
            _log.warning("no seek while the flow was suspended: %r", error)
