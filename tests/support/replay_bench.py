"""The replay engine over a publisher in memory."""

import io
from collections.abc import Callable
from pathlib import Path

import orjson
from prometheus_client import CollectorRegistry

from ingest.publish import MemoryPublisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.replay.engine import Replay, ReplayProgress
from ingest.sources import ReadOptions, Rejected, Source, open_sources
from schemas import Lane


class Bench:
    """A folder of seeds, a state folder, and what was published so far."""

    def __init__(self, folder: Path) -> None:
        self.seeds = folder / "seeds"
        self.seeds.mkdir()
        self.state = folder / "state"
        self.publisher = MemoryPublisher()
        self.registry = CollectorRegistry()
        self.metrics = IngestMetrics(self.registry)

    def write_lines(self, *texts: str, name: str = "a.jsonl") -> Path:
        path = self.seeds / name
        path.write_bytes(b"".join(b'{"text": "%s"}\n' % text.encode() for text in texts))
        return path

    def replay(
        self,
        cursors: Cursors | None,
        *,
        posts_per_s: float | None = None,
        from_start: bool = False,
        on_progress: Callable[[ReplayProgress], None] = lambda _: None,
        on_rejected: Callable[[Rejected], None] = lambda _: None,
    ) -> Replay:
        return Replay(
            self.publisher,
            cursors,
            self.metrics,
            Lane.BACKFILL,
            posts_per_s=posts_per_s,
            from_start=from_start,
            on_progress=on_progress,
            on_rejected=on_rejected,
        )

    def sources(self, *paths: Path) -> list[Source]:
        nothing = io.BytesIO()
        return [
            source for path in paths or (self.seeds,) for source in open_sources(path, ReadOptions(), nothing).sources
        ]

    @property
    def texts(self) -> list[str]:
        return [orjson.loads(value)["text"] for _, value in self.publisher.records]

    def sample(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"tgwire_{name}", labels) or 0.0
