"""``tgwire up`` over a large store: ``python -m benchmarks.up [--posts 1000000] [--window 100000] [--rate 100]``.

The store has so many posts of ``benchmarks.large_store``, and as many of the last days as duplicate detection is to
look through. A local data centre pushes posts as in ``benchmarks.collect``; one is visible when another process finds
it in the store. The feed is asked for twice a second meanwhile. Memory is the most that the process had.
"""

import argparse
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from prometheus_client import CollectorRegistry

from benchmarks.collect import Key, await_live, collecting, data_centre, pushed
from benchmarks.generator import generate
from benchmarks.large_store import large_store
from benchmarks.results import Row, Table, show
from ingest.publish.metrics import IngestMetrics
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from schemas import RawPost, parse_post_key
from tgwire.embedded.opening import StorePublishers
from tgwire.local_broker.ports import free_port

DAYS: Final = 6
"""Within the window of duplicate detection."""
MESSAGES: Final = 5_000_000
"""Between the ids of the large store and those of the last days."""
LOOK_S: Final = 0.005
ASK_S: Final = 0.5
LATEST_S: Final = 30.0
"""For what was pushed last."""


def filled(folder: Path, posts: int, window: int) -> Path:
    """A store for one process without Kafka, below a state folder; the snapshots of duplicates are beside it."""
    path = folder / "tgwire.db"
    shutil.copyfile(large_store(posts).removeprefix("sqlite:"), path)
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("DELETE FROM sink_offsets")  # it has no sink any more
    publishers = StorePublishers(
        Settings(ingest=IngestSettings(state_dir=folder)), f"sqlite:{path}", IngestMetrics(CollectorRegistry())
    )
    with publishers.open() as publisher:
        for number, post in enumerate(recent(window)):
            publisher.publish(post)
            if not number % 1000:
                sys.stderr.write(f"\r{number:,} of {window:,} posts of the last days ")
        publisher.flush()
    sys.stderr.write("\n")
    return path


def recent(count: int) -> Iterator[RawPost]:
    """Invented posts of the last days."""
    step = timedelta(days=DAYS) / max(count, 1)
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS)
    for number, post in enumerate(generate(count, seed=2)):
        moment = (began + number * step).replace(microsecond=0)
        yield post.model_copy(update={"posted_at": moment, "message_id": post.message_id + MESSAGES})


class Arrivals:
    """When each new post could first be read, looked for on a thread."""

    def __init__(self, path: Path) -> None:
        self.at: dict[Key, float] = {}
        self._path = path
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as store:
            ((last,),) = store.execute("SELECT coalesce(max(seq), 0) FROM changes")
            while not self._is_over.wait(LOOK_S):
                found = store.execute(
                    "SELECT seq, key, what FROM changes WHERE seq > ? ORDER BY seq", (last,)
                ).fetchall()
                now = time.time()
                self.at.update((parse_post_key(key), now) for _, key, what in found if what == "new")
                last = found[-1][0] if found else last

    def close(self) -> None:
        """End the thread."""
        self._is_over.set()
        self._thread.join()


def measure(folder: Path, path: Path, rate: int, seconds: float) -> Table:
    """Latency, memory and CPU at a rate of posts."""
    port, pages = free_port(), free_port()
    command = ["up", "--store", f"sqlite:{path}", "--port", str(pages)]
    with data_centre(rate, folder) as ready, collecting(ready, folder, port, command, {}) as up:
        await_live(up, port)
        started_mb, arrivals = up.peak_mb(), Arrivals(path)
        began, cpu_s, asked = time.time(), up.cpu_s(), []
        while time.time() < began + seconds:
            clock = time.perf_counter()
            with urlopen(f"http://127.0.0.1:{pages}/", timeout=60) as answer:
                answer.read()
            asked.append(time.perf_counter() - clock)
            time.sleep(ASK_S)
        ended, cpu_s = time.time(), up.cpu_s() - cpu_s
        sent = {key: at for key, at in pushed(folder / "events.jsonl") if began <= at < ended}
        deadline = time.time() + LATEST_S
        while time.time() < deadline and not sent.keys() <= arrivals.at.keys():
            time.sleep(LOOK_S)
        arrivals.close()
        peak_mb = up.peak_mb()
    late = [arrivals.at[key] - at for key, at in sent.items() if key in arrivals.at]
    cuts, asked_cuts = statistics.quantiles(late, n=100), statistics.quantiles(asked, n=100)
    rows = (
        Row("visible, ms in the median", cuts[49] * 1000),
        Row("visible, ms at p99", cuts[98] * 1000),
        Row("visible, ms at most", max(late) * 1000),
        Row("posts/s", len(sent) / (ended - began)),
        Row("lost", float(len(sent) - len(late))),
        Row("CPU us a post, pages included", cpu_s / len(sent) * 1e6),
        Row("feed, ms in the median", asked_cuts[49] * 1000),
        Row("feed, ms at p99", asked_cuts[98] * 1000),
        Row("memory at most until live, MB", started_mb),
        Row("memory at most, MB", peak_mb),
    )
    return Table("up", f"tgwire up, {rate} posts/s", "", rows)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.up", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--window", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--store", type=Path, help="Folder with the store of an earlier run, or where it is kept.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        kept = options.store if options.store is not None else Path(scratch, "kept")
        kept.mkdir(parents=True, exist_ok=True)
        path = kept / "tgwire.db"
        if not path.exists():
            path = filled(kept, options.posts, options.window)
        state = Path(scratch, "state")
        state.mkdir()
        shutil.copytree(kept / "duplicates", state / "duplicates")
        show(measure(Path(scratch), path, options.rate, options.seconds))


if __name__ == "__main__":
    main()
