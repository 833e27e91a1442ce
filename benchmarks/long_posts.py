"""CPU milliseconds of one long post of each shape, through the whole core: ``python -m benchmarks.long_posts [size]``.

Each post is run several times and its best time counts. The size is in characters, 100,000 if none is given;
``tests.property.test_core_linear_work`` has the shapes, and holds the work to be linear.
"""

import sys
import time

from benchmarks.results import Row, Table, show
from processors.core.decode import RAW_POST, decode, decode_analyzed
from processors.core.dedup import DedupIndex
from processors.core.outcomes import Reject
from processors.core.pipeline import Analyzer
from processors.core.routing import analyze_outputs, dedup_outputs
from processors.resources import load_analyzer
from processors.stream.garbage import collect_seldom
from schemas.base import to_json
from tests.property.test_core_linear_work import SHAPES, post, text_of

SIZE = 100_000
ROUNDS = 7


def measure(size: int = SIZE, rounds: int = ROUNDS) -> Table:
    """The table of shapes, the most expensive one first."""
    analyzer = load_analyzer()
    collect_seldom()  # as the worker does
    rows = []
    for name, unit in SHAPES.items():
        value = to_json(post(text_of(unit, size)))
        seconds = min(_run(analyzer, value) for _ in range(rounds))
        rows.append(Row(name, seconds * 1e3))
    rows.sort(key=lambda row: -row.value)
    return Table("long_posts", f"One post of {size:,} characters", "CPU ms", tuple(rows))


def _run(analyzer: Analyzer, value: bytes) -> float:
    index = DedupIndex()
    began = time.thread_time()
    raw = decode(RAW_POST, value)
    if isinstance(raw, Reject):
        raise ValueError(raw.message)
    analyzed = decode_analyzed(to_json(analyze_outputs(analyzer.analyze(raw)).record))
    if isinstance(analyzed, Reject):
        raise ValueError(analyzed.message)
    for output in dedup_outputs(index.decide(analyzed)):
        to_json(output.record)
    return time.thread_time() - began


if __name__ == "__main__":
    show(measure(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE))
