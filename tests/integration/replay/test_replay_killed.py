"""A replay that was killed."""

import subprocess
import sys
from pathlib import Path

from ingest.replay.cursors import Cursors
from tests.support.patience import DEADLINE_S
from tests.support.replay_bench import Bench

KILLED = """
import io, os, sys
from pathlib import Path
from prometheus_client import CollectorRegistry
from ingest.publish.metrics import IngestMetrics
from ingest.replay.cursors import Cursors
from ingest.publish import MemoryPublisher
from ingest.replay.engine import Replay
from ingest.sources import ReadOptions, open_sources
from schemas import Lane

def kill(progress):
    if progress.summary.read == 700:
        os.kill(os.getpid(), 9)

with Cursors(Path(sys.argv[2])) as cursors:
    replay = Replay(MemoryPublisher(), cursors, IngestMetrics(CollectorRegistry()), Lane.BACKFILL,
                    posts_per_s=2000, on_progress=kill)
    replay.run(open_sources(sys.argv[1], ReadOptions(), io.BytesIO()).sources)
"""


def test_after_a_kill_the_replay_resumes_at_or_before_where_it_was(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write_lines(*(str(number) for number in range(1000)))
    result = subprocess.run(
        [sys.executable, "-c", KILLED, str(bench.seeds), str(bench.state)], check=False, timeout=DEADLINE_S
    )
    assert result.returncode == -9
    with Cursors(bench.state) as cursors:
        summary = bench.replay(cursors).run(bench.sources())
    assert 0 < summary.skipped <= 700
    assert bench.texts == [str(number) for number in range(summary.skipped, 1000)]
