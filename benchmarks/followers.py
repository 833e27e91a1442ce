"""Pages that one process holds open, and how soon each learns of a post: ``python -m benchmarks.followers``.

``tgwire serve`` over the store of ``benchmarks.large_store``. Each page is read ten times; then ``--clients``
connections to ``/live`` are opened, and ``--more`` beyond them, which have to be refused in words. A post is written
ten times, one after the other, and each client notes when it was announced. Figures are the server's memory, its CPU,
and milliseconds from the end of the store's commit to the announcement.
"""

import argparse
import asyncio
import os
import re
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import quote

from benchmarks.large_store import large_store
from benchmarks.pages import cpu_s, paths, posts_behind, serving, take_out
from benchmarks.results import Row, Table, show
from benchmarks.store import POSTS, Keyed, Writing, analyzed
from sinks.store.opening import open_reader
from sinks.store.search.changes import last_place

CLIENTS: Final = 1_000
ROUNDS: Final = 10
VIEWS: Final = 10
"""Times that each page is read before, so that the server has what it keeps of the store."""
AT_ONCE: Final = 100
"""Connections that are opened together."""
_NUMBER: Final = re.compile(rb"([0-9,]+) new (?:post|hit)")
QUERIES: Final = ("", "lang=en", "lang=ru", "q=" + quote("lang:en,de"))
"""What pages follow, in turn."""


class Client:
    """An open page."""

    def __init__(self, port: int, place: str, query: str) -> None:
        self._port, self._target = port, f"/live?place={place}&from=0&{query}"
        self.answer = b""
        """What came first: the status and the words, where it was refused."""
        self.seen: dict[int, float] = {}
        """When so many new posts were announced."""
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_held(self) -> bool:
        """Whether the server follows for it."""
        return b" 200 " in self.answer.split(b"\r\n")[0]

    async def open(self) -> None:
        """Connect, and wait for the first words."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"GET {self._target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept: text/event-stream\r\n\r\n"
        self._writer.write(head.encode())
        self.answer = await reader.readuntil(b"\r\n\r\n")
        self.answer += await reader.read(4_096)
        self._task = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if found := _NUMBER.search(line):
                self.seen[int(found[1].replace(b",", b""))] = time.monotonic()

    async def close(self) -> None:
        """Go away."""
        if self._task is not None:
            self._task.cancel()
        if self._writer is not None:
            self._writer.close()


async def opened(port: int, place: str, count: int) -> list[Client]:
    """So many clients."""
    clients = [Client(port, place, QUERIES[number % len(QUERIES)]) for number in range(count)]
    for at in range(0, count, AT_ONCE):
        await asyncio.gather(*(client.open() for client in clients[at : at + AT_ONCE]))
    return clients


async def announced(clients: Sequence[Client], url: str, values: Sequence[Keyed]) -> tuple[list[float], list[str]]:
    """Seconds from each commit to each announcement to those who follow all posts, and the keys of what was written."""
    writing = Writing(url)
    every = clients[:: len(QUERIES)]
    taken, keys = list[float](), list[str]()
    for number, posts in zip(range(1, ROUNDS + 1), posts_behind(values, time.time()), strict=False):
        keys.append(posts[0][0])
        writing.write(POSTS, posts[:1])
        committed = time.monotonic()
        async with asyncio.timeout(60):
            while not all(number in client.seen for client in every):
                await asyncio.sleep(0.01)
        taken += [client.seen[number] - committed for client in every]
        await asyncio.sleep(0.37)  # so that the server's looks at the store come at any moment of it
    writing.sink.close()
    return taken, keys


async def measured(port: int, process: int, url: str, options: argparse.Namespace) -> list[str]:
    """Print all figures; the keys of what was written."""
    values, _ = analyzed(ROUNDS, seed=3)
    await asyncio.to_thread(_look, port, [*paths(url).values()] * VIEWS)
    place = _end_of(url)
    own, _ = _memory(process)
    before = cpu_s(process)
    clients = await opened(port, place, options.clients)
    others = await opened(port, place, options.more)
    held = _say(clients, others)
    soon, keys = await announced(clients, url, values)
    news = cpu_s(process)
    await asyncio.sleep(options.seconds)
    quiet = (cpu_s(process) - news) / max(options.seconds, 1)
    now, most = _memory(process)
    soon.sort()
    figures = (
        Row("memory before, MB", own),
        Row("memory with all of them, MB", now),
        Row("highest memory, MB", most),
        Row("CPU a second without news, ms", quiet * 1000),
        Row(f"CPU until {ROUNDS} posts were announced, s", news - before),
        Row("commit to announcement, middle, ms", statistics.median(soon) * 1000),
        Row("commit to announcement, p99, ms", soon[int(len(soon) * 0.99)] * 1000),
        Row("commit to announcement, last, ms", soon[-1] * 1000),
    )
    for client in (*clients, *others):
        await client.close()
    show(Table("followers", f"{held:,} pages that follow", "", figures))
    return keys


def _look(port: int, pages: Sequence[str]) -> None:
    """Read pages, as those who then follow have done."""

    def get(path: str) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()

    with ThreadPoolExecutor(8) as readers:
        list(readers.map(get, pages))


def _end_of(url: str) -> str:
    reader = open_reader(url)
    with reader.reading() as rows:
        place = last_place(rows, reader.dialect)
    reader.close()
    return str(place)


def _say(clients: Sequence[Client], others: Sequence[Client]) -> int:
    """Print how many are held and refused; how many are held."""
    held = sum(client.is_held for client in clients)
    refused = [client.answer for client in others if b"may follow at once" in client.answer]
    sys.stdout.write(f"{held:,} held; {len(refused):,} of {len(others):,} more refused in words\n")
    for answer in refused[:1]:
        sys.stdout.write(f"  {answer.splitlines()[0].decode()}: {_words(answer)}\n")
    return held


def _memory(process: int) -> tuple[float, float]:
    """Resident memory now and at most, in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    now, most = (re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE) for name in ("VmRSS", "VmHWM"))
    assert now is not None
    assert most is not None
    return int(now[1]) / 1024, int(most[1]) / 1024


def _words(answer: bytes) -> str:
    return re.sub(r"<[^>]*>", "", answer.partition(b"\r\n\r\n")[2].decode()).strip()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.followers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--more", type=int, default=500, help="clients beyond those")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long they are held without news")
    options = parser.parse_args()
    least = options.clients + options.more + 100
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    url = large_store(options.posts)
    with serving(url) as (port, process):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(least, hard), hard))  # of this process alone
        keys = asyncio.run(measured(port, process, url, options))
    take_out(url, keys)
    sys.stdout.write(f"at a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")


if __name__ == "__main__":
    main()
