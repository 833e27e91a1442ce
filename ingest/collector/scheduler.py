"""Jobs of channels at their time: one task for all that wait, and few for those at work."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush

Job = Callable[[int], Awaitable[float | None]]
"""Does what is due for a channel; returns the time of the loop when it is due again, or None."""


class ChannelScheduler:
    """Runs a job for each channel when it is due: one at a time for a channel, ``limit`` in all."""

    def __init__(self, job: Job, limit: int) -> None:
        self._job = job
        self.limit = limit
        """Most jobs that run at once."""
        self._loop = asyncio.get_running_loop()
        self._heap: list[tuple[float, int, int]] = []
        self._due: dict[int, float] = {}
        self._running: dict[int, asyncio.Task[float | None]] = {}
        self._dismissed: set[asyncio.Task[float | None]] = set()
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None

    def at(self, channel_id: int, due: float, rank: int = 0) -> None:
        """A channel is due at a time of the loop, or earlier if it was before. Lower ranks go first.

        While its job runs, this orders another run after it.
        """
        known = self._due.get(channel_id)
        if known is not None and known <= due:
            return
        self._due[channel_id] = due
        heappush(self._heap, (due, rank, channel_id))
        if self._heap[0][2] == channel_id:
            self._wake.set()

    def forget(self, channel_id: int) -> None:
        """Do no more for a channel."""
        self._due.pop(channel_id, None)
        if (task := self._running.get(channel_id)) is not None:
            task.cancel()
            self._dismissed.add(task)  # it may have come to its end in this turn of the loop, and want to go on

    async def run(self) -> None:
        """Run what is due, for ever; raises what a job raises. Cancelled, it ends its jobs."""
        try:
            while self._failure is None:
                self._start_due()
                self._wake.clear()
                timer = None
                if self._heap and len(self._running) < self.limit:
                    timer = self._loop.call_at(self._heap[0][0], self._wake.set)
                await self._wake.wait()
                if timer is not None:
                    timer.cancel()
            raise self._failure
        finally:
            await self._end_jobs()

    def _start_due(self) -> None:
        now = self._loop.time()
        while self._heap and self._heap[0][0] <= now and len(self._running) < self.limit:
            due, _, channel_id = heappop(self._heap)
            if self._due.get(channel_id) != due or channel_id in self._running:
                continue  # superseded, or taken up again at the end of the run
            del self._due[channel_id]
            task = self._running[channel_id] = self._loop.create_task(self._start(channel_id))
            task.add_done_callback(partial(self._finish, channel_id))

    async def _start(self, channel_id: int) -> float | None:
        return await self._job(channel_id)

    def _finish(self, channel_id: int, task: asyncio.Task[float | None]) -> None:
        del self._running[channel_id]
        self._wake.set()
        requested = self._due.pop(channel_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error
            return
        is_over = task.cancelled() or task in self._dismissed
        self._dismissed.discard(task)
        for due in (requested, None if is_over else task.result()):
            if due is not None:
                self.at(channel_id, due)

    async def _end_jobs(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Schedulers:
    """The schedulers of all kinds of work that channels need."""

    gaps: ChannelScheduler
    sweeps: ChannelScheduler
    refetches: ChannelScheduler
    backfills: ChannelScheduler
    states: ChannelScheduler

    def all(self) -> tuple[ChannelScheduler, ...]:
        """All schedulers, in the order of their fields."""
        return self.gaps, self.sweeps, self.refetches, self.backfills, self.states
