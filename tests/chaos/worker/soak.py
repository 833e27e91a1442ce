"""Memory and queues over time: ``python -m tests.chaos.worker.soak --minutes 5 --rate 200``.

Prints a line a sample and, at the end, how fast each process grew: in MB an hour, and in bytes for each post in the
duplicate index, which is the one thing that is meant to grow.
"""

import argparse
import json
import re
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression

from runtime.kafka.topics import create_topics
from runtime.settings.collect import IngestSettings
from runtime.settings.process import HttpSettings, LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from tests.chaos.worker.feeder import Feeder
from tests.chaos.worker.fleet import Fleet
from tgwire.local_broker import missing, start_broker
from tgwire.local_broker.ports import HOST, free_ports

SAMPLE_S = 10.0
SETTLE_SHARE = 0.3
"""Of the samples, the first so many are left out of the slopes: caches fill."""
MB = 1e6


@dataclass(frozen=True)
class Sample:
    """One look."""

    at_s: float
    posts: int
    """Acknowledged so far."""
    rss_mb: dict[str, float]
    """Process -> resident memory."""
    lag: float
    """Records that wait, over all input topics."""
    buffered: float
    """Messages fetched and not handled, over all workers."""
    state_posts: float
    in_flight: float
    """Published, not yet acknowledged."""


class Soak:
    """Workers under a steady feed."""

    def __init__(self, workers: int, rate: float, seed: int) -> None:
        self._stack = ExitStack()
        broker = self._stack.enter_context(start_broker("apache"))
        kafka = broker.settings()
        create_topics(kafka)
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tgwire-soak-")))
        self._ports = dict(enumerate(free_ports(workers)))
        self._fleets = {}
        for place, port in self._ports.items():
            settings = Settings(
                kafka=kafka,
                worker=WorkerSettings(group="soak"),
                http=HttpSettings(host=HOST, port=port),
                log=LogSettings(format="json"),
            )
            self._fleets[place] = self._stack.enter_context(Fleet(settings, folder / str(place), is_warm=False))
            self._fleets[place].start(0)
        self._broker = broker
        self._feeder = self._stack.enter_context(Feeder(kafka, IngestSettings(), seed, rate))
        self._began = time.monotonic()

    def sample(self) -> Sample:
        """Look at every process."""
        pids = {"broker": self._broker.pid} | {f"worker {n}": fleet.pids[0] for n, fleet in self._fleets.items()}
        metrics = [_metrics(port) for port in self._ports.values()]
        return Sample(
            at_s=round(time.monotonic() - self._began, 1),
            posts=len(self._feeder.issue().acknowledged),
            rss_mb={name: _rss_mb(pid) for name, pid in pids.items()},
            lag=sum(found.get("tgwire_consumer_lag", 0.0) for found in metrics),
            buffered=sum(found.get("tgwire_buffered_messages", 0.0) for found in metrics),
            state_posts=sum(found.get("tgwire_state_posts", 0.0) for found in metrics),
            in_flight=self._feeder.in_flight(),
        )

    def close(self) -> None:
        """Stop everything."""
        self._stack.close()


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return round(int(kilobytes) * 1024 / MB, 1)


def _metrics(port: int) -> dict[str, float]:
    """Sum of each metric over its labels; nothing while the worker does not answer."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, TimeoutError):
        return {}
    found: dict[str, float] = {}
    for name, value in re.findall(r"^(\w+)(?:\{[^}]*\})? (\S+)$", text, re.MULTILINE):
        found[name] = found.get(name, 0.0) + float(value)
    return found


def growth(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Process -> MB an hour, and bytes for each post in the index."""
    late = samples[int(len(samples) * SETTLE_SHARE) :]
    slopes = {}
    for name in late[0].rss_mb:
        sizes = [sample.rss_mb[name] for sample in late]
        by_time = linear_regression([sample.at_s for sample in late], sizes).slope
        share = (late[-1].state_posts - late[0].state_posts) / max(1.0, late[-1].at_s - late[0].at_s)
        slopes[name] = {
            "first_mb": sizes[0],
            "last_mb": sizes[-1],
            "mb_an_hour": round(by_time * 3600, 1),
            "bytes_a_post": round(by_time * MB / share) if share else 0,
        }
    return slopes


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.worker.soak", description="Memory and queues over time."
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=200.0, help="posts a second")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the samples to this file")
    chosen = parser.parse_args()
    if reason := missing("apache"):
        sys.stderr.write(f"the soak cannot run here: {reason}\n")
        return 2
    samples: list[Sample] = []
    soak = Soak(chosen.workers, chosen.rate, chosen.seed)
    try:
        while not samples or samples[-1].at_s < 60 * chosen.minutes:
            threading.Event().wait(SAMPLE_S)
            samples.append(soak.sample())
            sys.stdout.write(f"{samples[-1]}\n")
            sys.stdout.flush()
    finally:
        soak.close()
    slopes = growth(samples)
    sys.stdout.write("".join(f"{name:10} {slope}\n" for name, slope in slopes.items()))
    if chosen.json is not None:
        report = {"samples": [asdict(sample) for sample in samples], "growth": slopes}
        chosen.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
