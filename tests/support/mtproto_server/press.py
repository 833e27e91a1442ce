"""Invented posts at a steady rate, over channels of which few write much and most write little."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random
from typing import Any

from telethon.tl import types

from tests.support.mtproto_server.channel import Channel
from tests.support.mtproto_server.message_store import Stored

TICK_S = 0.01
SKEW = 1.0
"""Of Zipf's law: the busiest channel writes this power of n times what the n-th does."""
WORDS = (
    "market",
    "city",
    "rain",
    "vote",
    "price",
    "team",
    "court",
    "river",
    "data",
    "энергия",
    "рынок",
    "погода",
    "🎉",
)
EDITED, DELETED, FORWARDED = 0.03, 0.005, 0.05
"""Shares of what happens beside posts."""


class Press:
    """Writes posts into channels; each event is passed to ``record`` as a dict."""

    def __init__(self, channels: Sequence[Channel], seed: int, record: Callable[[dict[str, Any]], None]) -> None:
        self._channels, self._random, self._record = channels, Random(seed), record
        self._weights = list(accumulate(1 / (place + 1) ** SKEW for place in range(len(channels))))
        self.posted = 0

    async def run(self, rate: float, posts: int | None = None) -> None:
        """Post so many times a second, so many times or until cancelled; catches up after a pause."""
        began = time.monotonic()
        while posts is None or self.posted < posts:
            due = int((time.monotonic() - began) * rate)
            for _ in range((due if posts is None else min(due, posts)) - self.posted):
                self.write()
            await asyncio.sleep(TICK_S)

    def write(self) -> None:
        """One post, and now and then an edit or a deletion."""
        channel = self._random.choices(self._channels, cum_weights=self._weights)[0]
        text, entities = self._text()
        stored = channel.post(text, entities=entities, **self._forward())
        self.posted += 1
        self._note("post", channel, stored, text=text)
        drawn = self._random.random()
        if drawn < EDITED:
            changed = f"{text} (corrected)"
            self._note("edit", channel, channel.edit(stored.id, changed), text=changed)
        elif drawn < EDITED + DELETED:
            channel.delete(stored.id)
            self._note("delete", channel, stored)

    def _text(self) -> tuple[str, list[Any]]:
        words = self._random.choices(WORDS, k=self._random.randint(3, 60))
        text = f"{self.posted} {' '.join(words)}"
        first = types.MessageEntityBold(0, len(str(self.posted)))
        return text, [first]

    def _forward(self) -> dict[str, Any]:
        if self._random.random() >= FORWARDED:
            return {}
        source = self._random.choice(self._channels)
        if not source.store.ids:
            return {}
        header = types.MessageFwdHeader(
            date=1_700_000_000, from_id=types.PeerChannel(source.id), channel_post=source.store.ids[-1]
        )
        return {"fwd_from": header}

    def _note(self, event: str, channel: Channel, stored: Stored, **more: Any) -> None:
        self._record({"event": event, "at": time.time(), "channel": channel.id, "id": stored.id, **more})


def as_line(event: dict[str, Any]) -> str:
    """A line of the ledger that a test compares with what was collected."""
    return json.dumps(event, ensure_ascii=False) + "\n"
