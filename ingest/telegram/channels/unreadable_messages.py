"""Which messages spoil an answer for this version: found by halving, one request at a time, and remembered."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence

KEPT_S = 3600.0
"""Seconds for which a message counts as unreadable: it can be edited into one that can be read."""
MAX_KEPT = 10_000

CanRead = Callable[[Sequence[int]], Awaitable[bool]]
"""Asks for messages; False when one of them cannot be read. May raise an TgwireError."""


class UnreadableMessages:
    """What is known of unreadable messages. Whatever a request showed is kept when the next one has to wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._turn = clock, asyncio.Lock()
        self._known: dict[tuple[int, int], float] = {}
        """Channel id and message id -> until when."""
        self._suspects: dict[int, list[tuple[Sequence[int], bool]]] = defaultdict(list)
        """Messages of a channel that have to be looked through, and whether one of them is known to be unreadable."""

    def suspect(self, channel_id: int, ids: Sequence[int]) -> None:
        """An answer with these messages could not be read."""
        self._suspects[channel_id].append((ids, True))

    async def among(self, channel_id: int, ids: Collection[int], can_read: CanRead) -> set[int]:
        """Those of some message ids that cannot be read; tries suspected ones first. Raises as ``can_read`` does."""
        async with self._turn:
            while self._suspects[channel_id]:
                await self._narrow(channel_id, can_read)
        now = self._clock()
        return {each for each in ids if self._known.get((channel_id, each), now) > now}

    async def _narrow(self, channel_id: int, can_read: CanRead) -> None:
        """Try one of the suspected stretches, by one request at most."""
        suspects = self._suspects[channel_id]
        ids, is_bad = suspects[-1]
        if is_bad and len(ids) == 1:
            suspects.pop()
            self._remember(channel_id, ids[0])
            return
        middle = len(ids) // 2 if is_bad else len(ids)
        is_readable = await can_read(ids[:middle])
        suspects.remove((ids, is_bad))
        if is_bad:
            suspects.append((ids[middle:], is_readable))
        if not is_readable:
            suspects.append((ids[:middle], True))

    def _remember(self, channel_id: int, message_id: int) -> None:
        if len(self._known) >= MAX_KEPT:
            del self._known[next(iter(self._known))]
        self._known[channel_id, message_id] = self._clock() + KEPT_S
