"""What the analysis' table of states costs: ``python -m benchmarks.states --posts 1000000``.

One partition number is filled through its log, as a worker on a new machine would: posts of 5,000 channels, of which
few write most. Then look-ups and writes in batches of 100, of recent posts and of any. CPU times are of this process,
in microseconds a post. JSON goes to stdout.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from processors.stream.state.changelog_table import ChangelogTable, TopicIds
from processors.stream.state.post_states import StateTables
from processors.stream.state.state_table import PostId
from schemas import post_key
from schemas.rank import Rank, StateClass
from schemas.states import PostState, topic_mark

NUMBER = 0
CHANNELS = 5000
BATCH = 100
ASKED = 20_000
RECENT = 50
READ = 5000
IDS = TopicIds("246421cc-205f-4318-a133-406d090fa8e2", "84556024-0437-4750-903f-03798ed06ead")
START_MS = 1_764_000_000_000


class _Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes
    value: bytes


class _Log:
    """A log as it grows; each post once. What it takes to make it is left out."""

    def __init__(self) -> None:
        self._random = random.Random(1)  # noqa: S311 - figures alone
        self.channels = [1_000_000_000 + self._random.randrange(3 * 10**9) for _ in range(CHANNELS)]
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(CHANNELS)))
        self.last = dict.fromkeys(self.channels, 0)
        self.end = 0
        self._due = 0
        self._last = _Record(-1, 0, b"", b"")
        self.making_s = 0.0

    def grow(self, posts: int) -> None:
        """Let it end with so many posts."""
        self._due = posts

    async def __call__(self, _number: int, start: int) -> AsyncIterator[Sequence[_Record]]:
        if start:
            yield [self._last]
        while self.end < self._due:
            began = time.process_time()
            records = [self._record() for _ in range(READ)]
            self.making_s += time.process_time() - began
            yield records
            self._last = records[-1]

    def _record(self) -> _Record:
        (channel,) = self._random.choices(self.channels, cum_weights=self._weights)
        self.last[channel] += 1
        offset, self.end = self.end, self.end + 1
        key = post_key(channel, self.last[channel]).encode()
        return _Record(offset, START_MS + offset, key, state(offset).pack(topic_mark(IDS.normalized)))

    def some(self, count: int, *, is_recent: bool) -> list[PostId]:
        """Posts of busy channels more often."""
        chosen = self._random.choices(self.channels, cum_weights=self._weights, k=2 * count)
        busy = [channel for channel in chosen if self.last[channel]][:count]
        return [(channel, self._message(self.last[channel], is_recent=is_recent)) for channel in busy]

    def _message(self, last: int, *, is_recent: bool) -> int:
        return max(1, last - self._random.randrange(RECENT if is_recent else last))


def state(number: int) -> PostState:
    """A state like most."""
    return PostState(Rank(START_MS * 1000 + number, StateClass.COLLECTED), f"{number * 2654435761:016x}", False, 3, 1)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000, help="posts in the table")
    json.dump(asyncio.run(measure(parser.parse_args().posts)), sys.stdout, indent=1)
    sys.stdout.write("\n")


async def measure(posts: int) -> dict[str, Any]:
    """All figures for a table of so many posts."""
    log = _Log()
    with tempfile.TemporaryDirectory() as folder:
        tables = StateTables(Path(folder), log, keep_days=90, max_unreadable=0)
        log.grow(posts)
        began, resident = time.process_time(), _resident_bytes()
        table = await tables.load(NUMBER, IDS)
        load_us = (time.process_time() - began - log.making_s) / posts * 1e6
        result = {
            "posts": posts,
            "value_bytes": len(state(0).pack()),
            "load_us": round(load_us, 2),
            **_asked(table, log, "recent", is_recent=True),
            **_asked(table, log, "any", is_recent=False),
            "sweep_us": _sweep_us(table, posts),
            "resident_mb": round((_resident_bytes() - resident) / 1e6, 1),
        }
        tables.close()
        result["file_bytes_a_post"] = round((Path(folder) / f"{NUMBER}.sqlite").stat().st_size / posts, 1)
    return result


def _asked(table: ChangelogTable, log: _Log, name: str, *, is_recent: bool) -> dict[str, float]:
    keys = log.some(ASKED, is_recent=is_recent)
    batches = [keys[begin : begin + BATCH] for begin in range(0, ASKED, BATCH)]
    began = time.process_time()
    found = sum(len(table.find(batch)) for batch in batches)
    asked = time.process_time()
    assert found == sum(len(set(batch)) for batch in batches)
    longest, end = 0.0, log.end
    changes = [dict.fromkeys(batch, state(5)) for batch in batches]
    for change in changes:
        end += len(change)
        start = time.perf_counter()
        table.write(change, end, START_MS)
        longest = max(longest, time.perf_counter() - start)
    written = time.process_time()
    log.end = end
    return {
        f"find_{name}_us": round((asked - began) / ASKED * 1e6, 2),
        f"write_{name}_us": round((written - asked) / sum(map(len, changes)) * 1e6, 2),
        f"longest_write_{name}_ms": round(longest * 1e3, 1),
    }


def _sweep_us(table: ChangelogTable, posts: int) -> float:
    began = time.process_time()
    for _ in range(posts // 5000 + 1):
        assert not table.expired(START_MS)
    return round((time.process_time() - began) / posts * 1e6, 2)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    main()
