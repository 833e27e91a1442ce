"""One batch to a sink: tried until it is taken, with what the sink refuses set aside first."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import structlog

from runtime.back_off import BackOff
from runtime.errors import TransientError
from runtime.outage import Outage
from sinks.contract import Batch, Sink, Written
from sinks.errors import SinkUnavailableError
from sinks.runner.dead_letters import Send
from sinks.runner.health import SinkHealth
from sinks.runner.metrics import SinkMetrics

_log = structlog.stdlib.get_logger(__name__)


class SinkWriter:
    """Writes batches to one sink: waits and tries again, and has dead letters confirmed first."""

    def __init__(
        self, sink: Sink, send_dead_letters: Send, metrics: SinkMetrics, health: SinkHealth, stopping: asyncio.Event
    ) -> None:
        self._sink, self._send, self._metrics, self._health = sink, send_dead_letters, metrics, health
        self._stopping = stopping
        self._outage = Outage()
        self.written = 0
        self.refused = 0

    async def write(self, batch: Batch) -> int:
        """Write a batch; returns where the sink is then: the batch's end, or elsewhere when another process has
        written, or when it was stopped before the sink took it. Raises FatalError and OSError.
        """
        rest, back_off = batch, BackOff()
        while True:
            try:
                written = await self._try(rest)
            except TransientError as error:
                self._failed(error)
                await self.pause(back_off.next_s(getattr(error, "retry_after_s", None)))
                if self._stopping.is_set():
                    return rest.start
                continue
            self._answered()
            if not rest.start <= written.next_offset <= rest.end:
                self._superseded(rest, written)
                return written.next_offset
            back_off = BackOff()
            rest = _rest(rest, written)
            if rest.start == rest.end:
                return rest.end

    async def pause(self, seconds: float) -> None:
        """Wait, or until it is stopped."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _try(self, batch: Batch) -> Written:
        """One try, with dead letters confirmed for what was refused; raises TransientError also where nothing moved."""
        began = time.monotonic()
        written = await asyncio.to_thread(self._sink.write, batch)
        if written.refused:
            await asyncio.to_thread(self._send, batch.partition, written.refused)
            self._metrics.refused(batch.partition, written.refused)
            self.refused += len(written.refused)
        elif written.next_offset == batch.start < batch.end:
            raise SinkUnavailableError("it took nothing, and gave no reason")
        if batch.start <= written.next_offset <= batch.end:
            part = _part(batch, written)
            self._metrics.wrote(part, time.monotonic() - began, time.time())
            self.written += len(part.messages)
        return written

    def _answered(self) -> None:
        self._health.problem = None
        if notice := self._outage.answered(time.monotonic()):
            _log.warning("the sink takes records again", away_s=notice.length_s)

    def _superseded(self, batch: Batch, written: Written) -> None:
        self._metrics.superseded()
        _log.warning(
            "another process has written to this sink",
            topic=batch.partition.topic,
            partition=batch.partition.number,
            expected=batch.start,
            found=written.next_offset,
        )

    def _failed(self, error: TransientError) -> None:
        self._metrics.retried()
        self._health.problem = str(error)
        if notice := self._outage.failed(time.monotonic()):
            event = "sink still takes no records" if notice.phase == "lasts" else "sink takes no records"
            _log.error(event, problem=str(error), away_s=notice.length_s)


def _part(batch: Batch, written: Written) -> Batch:
    """The part of a batch that was written."""
    if written.next_offset == batch.end:
        return batch
    return replace(batch, messages=[each for each in batch.messages if each.offset < written.next_offset])


def _rest(batch: Batch, written: Written) -> Batch:
    """The part that was not, without what was refused."""
    refused = {refusal.message.offset for refusal in written.refused}
    left = [each for each in batch.messages if each.offset >= written.next_offset and each.offset not in refused]
    return Batch(batch.partition, written.next_offset, batch.end, left)
