"""How soon pages come from a large store that is written to: ``python -m benchmarks.pages --posts 1000000``.

``tgwire serve`` over the store of ``benchmarks.large_store``; ``READERS`` people who each look at a page, and at the
next one ``--pause`` seconds later; beside them a writer of ``--rate`` posts a second, into the same store, which are
taken out at the end. Figures are milliseconds to the first byte, the bytes of a page as they are sent (compressed), and
the server's CPU a page: before that of each kind alone, which other work on the machine hardly changes (``--seconds 0``
ends there), then of all.
"""

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import cycle, islice, starmap
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote

import orjson

from benchmarks.large_store import large_store
from benchmarks.results import Row, Table, show
from benchmarks.store import POSTS, Keyed, Writing, analyzed
from sinks.store.database import closing
from sinks.store.opening import open_database
from sinks.store.upkeep.removal import CHUNK, remove_posts
from sinks.store.upkeep.transactions import upkeep

READERS: Final = 10
ALONE: Final = 20
"""Pages of a kind whose CPU is measured."""
FRESH: Final = 2_000
"""Posts that the writer has; it writes them again and again, under other ids."""
SLICE: Final = 20
WRITTEN: Final = 1 << 40
"""From here on message ids of what the writer writes."""


@dataclass
class Seen:
    """What came of the requests for one page."""

    first_byte_s: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def paths(url: str) -> dict[str, str]:
    """An address of each page."""
    with closing(open_database(url)) as database, database.reading() as reader:
        ((key, channel),) = reader.rows("SELECT key, channel_id FROM posts ORDER BY id DESC LIMIT 1")
        ((story,),) = reader.rows("SELECT cluster FROM links ORDER BY posted_ms DESC LIMIT 1")
        ((text,),) = reader.rows("SELECT text FROM bodies ORDER BY seq DESC LIMIT 1")
    word = max(text.split()[:8], key=len)
    return {
        "feed": "/",
        "feed, a language": "/?lang=ru",
        "search": f"/search?q={quote(word)}",
        "search, filters": f"/search?q={quote(word)}%20lang%3Aru%2Cen%20is%3Afirst",
        "post": f"/post/{key}",
        "stories": "/stories",
        "story": f"/story/{story}",
        "quotes": "/quotes",
        "spread": "/spread",
        "channels": "/channels",
        "channel": f"/channels/{channel}",
    }


@contextmanager
def serving(url: str) -> Iterator[tuple[int, int]]:
    """The pages over a store: their port, and the process."""
    child = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "tgwire", "serve", "--store", url, "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    try:
        line = next(line for line in child.stderr if "http://127.0.0.1:" in line)
        yield int(line.rpartition(":")[2].strip().rstrip("/")), child.pid
    finally:
        child.terminate()
        child.wait()
        child.stderr.close()


def read(port: int, pages: dict[str, str], seen: dict[str, Seen], until: float, pause_s: float, seed: int) -> None:
    """One reader."""
    random = Random(seed)  # noqa: S311 - figures that repeat
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < until:
        name = random.choice(list(pages))
        began = time.perf_counter()
        connection.request("GET", pages[name], headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        taken = time.perf_counter() - began
        size = len(answer.read())
        assert answer.status == 200, (name, answer.status)
        seen[name].first_byte_s.append(taken)
        seen[name].sizes.append(size)
        time.sleep(pause_s * random.uniform(0.5, 1.5))
    connection.close()


def write(url: str, values: Sequence[Keyed], rate: int, until: float) -> list[str]:
    """Write so many posts a second; their keys."""
    writing = Writing(url)
    with closing(open_database(url)) as database, database.reading() as reader:
        ((newest_ms,),) = reader.rows("SELECT max(posted_ms) FROM posts")
    keys: list[str] = []
    began = time.monotonic()
    for posts in posts_behind(values, newest_ms / 1000):
        if (wait := began + len(keys) / rate - time.monotonic()) > 0:
            time.sleep(wait)
        if time.monotonic() > until:
            break
        writing.write(POSTS, posts)
        keys += [key for key, _ in posts]
    writing.sink.close()
    return keys


def posts_behind(values: Sequence[Keyed], newest_s: float) -> Iterator[list[Keyed]]:
    """The same posts again and again, behind the newest one of the store and under other ids."""
    began = time.monotonic()
    endless = enumerate(cycle(values), start=WRITTEN)
    while True:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(newest_s + 1 + time.monotonic() - began))
        yield [_fresh(value, number, moment) for number, (_, value) in islice(endless, SLICE)]


def _fresh(value: bytes | None, number: int, moment: str) -> Keyed:
    record = orjson.loads(value or b"")
    record["message_id"] = number
    record["key"] = f"tg:{record['channel']['id']}:{number}"
    record["posted_at"] = moment
    return record["key"], orjson.dumps(record)


def take_out(url: str, keys: Sequence[str]) -> None:
    """Leave the store as it was."""
    with closing(open_database(url)) as database:
        for at in range(0, len(keys), CHUNK):
            with upkeep(database) as writer:
                remove_posts(database, writer, keys[at : at + CHUNK], "retired")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=200, help="posts a second of the writer")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds a reader looks at a page, on average")
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    url = large_store(options.posts)
    pages, seen = paths(url), defaultdict[str, Seen](Seen)
    values, _ = analyzed(FRESH, seed=2)
    with serving(url) as (port, process):
        for path in pages.values():  # the first page of a kind compiles its template
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()
        show(_alone(port, process, pages))
        if not options.seconds:
            return
        # A writer in this process would keep readers from noting what has come.
        with ProcessPoolExecutor(1, get_context("spawn")) as beside:
            beside.submit(os.getpid).result()
            before, until = cpu_s(process), time.monotonic() + options.seconds
            written = beside.submit(write, url, values, options.rate, until)
            readers = [
                threading.Thread(target=read, args=(port, pages, seen, until, options.pause, seed))
                for seed in range(READERS)
            ]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
            spent = cpu_s(process) - before
            keys = written.result()
    take_out(url, keys)
    show(_table(pages, seen, f"{len(keys) / options.seconds:.0f} posts/s beside {READERS} readers"))
    count = sum(len(each.sizes) for each in seen.values())
    sys.stdout.write(f"{count:,} pages, {spent / count * 1000:.1f} ms of the server's CPU each\n")


def _alone(port: int, process: int, pages: dict[str, str]) -> Table:
    """CPU of the server for a page of each kind, asked for one after the other."""

    def row(name: str, path: str) -> Row:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        before = cpu_s(process)
        for _ in range(ALONE):
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            connection.getresponse().read()
        connection.close()
        return Row(name, (cpu_s(process) - before) / ALONE * 1000)

    return Table("pages_cpu", f"{ALONE} of each kind", "ms of the server's CPU", tuple(starmap(row, pages.items())))


def _table(pages: dict[str, str], seen: dict[str, Seen], title: str) -> Table:
    def row(name: str, each: Seen) -> Row:
        ordered = sorted(each.first_byte_s)
        late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        size = max(each.sizes) / 1000
        return Row(
            name, statistics.median(ordered) * 1000, (("p99", late * 1000), ("KB", size), ("pages", len(ordered)))
        )

    whole = Seen(
        [s for each in seen.values() for s in each.first_byte_s], [s for each in seen.values() for s in each.sizes]
    )
    return Table("pages", title, "ms, middle", (*(row(name, seen[name]) for name in pages), row("all", whole)))


def cpu_s(process: int) -> float:
    """CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
