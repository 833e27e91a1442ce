"""One process without Kafka: ``python -m benchmarks.embedded [--posts 5000] [--store FILE]``.

Invented posts go through the publisher of ``tgwire up`` into a store: new ones and the same again, in slices as a
replay has them and as they are beside pages. Figures are posts a second of CPU time of this process and of the wall.
Then how late a thread is that wakes every 2 ms, without analysis on another thread and beside it: so much later a page
is answered. With ``--store`` the store is kept, and grows with each run.
"""

import argparse
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from schemas import RawPost
from tgwire.embedded.opening import StorePublishers, open_beside
from tgwire.embedded.publisher import SLICE_ALONE, SLICE_BESIDE, EmbeddedPublisher

TICK_S = 0.002
QUIET_S = 3.0


def publish(publisher: EmbeddedPublisher, posts: Sequence[RawPost]) -> tuple[float, float]:
    """Publish posts until all are in the store: posts a second of CPU time and of the wall."""
    cpu, wall = time.process_time(), time.perf_counter()
    for post in posts:
        publisher.publish(post)
    publisher.flush()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return len(posts) / cpu, len(posts) / wall


def lateness_ms(until: threading.Event) -> list[float]:
    """How much later than asked for a thread wakes, until something has ended."""
    late = []
    while not until.is_set():
        began = time.perf_counter()
        time.sleep(TICK_S)
        late.append((time.perf_counter() - began - TICK_S) * 1000)
    return late


def beside(publisher: EmbeddedPublisher, posts: Sequence[RawPost]) -> list[float]:
    """The lateness of this thread while posts are published on another."""
    done = threading.Event()

    def work() -> None:
        publish(publisher, posts)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    late = lateness_ms(done)
    thread.join()
    return late


def quiet() -> list[float]:
    """The lateness without anything else in this process."""
    done = threading.Event()
    timer = threading.Timer(QUIET_S, done.set)
    timer.start()
    return lateness_ms(done)


def lateness(name: str, late: Sequence[float]) -> Row:
    """Median, 99th percentile and greatest."""
    ranked = sorted(late)
    p99 = ranked[int(len(ranked) * 0.99)]
    return Row(name, statistics.median(ranked), (("p99", p99), ("greatest", ranked[-1])))


def opened(folder: Path, path: Path, slice_posts: int) -> tuple[StorePublishers, EmbeddedPublisher]:
    """A publisher into a store."""
    settings = Settings(ingest=IngestSettings(state_dir=folder))
    return open_beside(settings, f"sqlite:{path}", CollectorRegistry(), slice_posts)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.embedded", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--posts", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path, help="File of a store that is there, or is to be kept.")
    options = parser.parse_args()
    posts = list(generate(3 * options.posts, options.seed))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) if options.store is None else options.store.resolve().parent
        path = folder / "tgwire.db" if options.store is None else options.store.resolve()
        run(folder, path, [posts[at::3] for at in range(3)])


def run(folder: Path, path: Path, parts: Sequence[Sequence[RawPost]]) -> None:
    """Measure with three times so many posts."""
    rates = []
    for slice_posts, part in ((SLICE_ALONE, parts[0]), (SLICE_BESIDE, parts[1])):
        _, publisher = opened(folder, path, slice_posts)
        with publisher:
            publish(publisher, part[:1])
            for what in ("new", "again"):
                of_cpu, of_wall = publish(publisher, part)
                rates.append(Row(f"{what}, slices of {slice_posts}", of_cpu, (("posts/s of the wall", of_wall),)))
    show(Table("rates", "Replay into a store", "posts/s of CPU", tuple(rates)))
    began = time.perf_counter()
    _, publisher = opened(folder, path, SLICE_BESIDE)
    took_s = time.perf_counter() - began
    with publisher:
        late = lateness("nothing else", quiet()), lateness("beside analysis", beside(publisher, parts[2]))
    show(Table("lateness", "Lateness of a thread", "median, ms", late))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    show(Table("process", "Process", "", (Row("start, s", took_s), Row("memory at most, MB", peak_mb))))


if __name__ == "__main__":
    main()
