"""CPU milliseconds of one long post of each shape, through the whole core: ``python -m benchmarks.long_posts [size]``.

Each post is run several times and its best time counts. The size is in characters, 100,000 if none is given;
``tests.property.processors.test_linear_work`` has the shapes, and holds the work to be linear.
"""

import argparse
import time
from collections.abc import Iterable

from benchmarks.results import Row, Table, show
from processors.core.decode import RAW_POST, decode, decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Analyzed, Reject
from processors.core.pipeline import Analyzer
from processors.core.routing import Output, post_outputs, verdict_outputs
from processors.loading import load_analyzer
from processors.stream.process.gc_schedule import configure_gc
from schemas import FingerprintBatch
from schemas.base import to_json
from tests.property.processors.test_linear_work import SHAPES, post, text_of

SIZE = 100_000
ROUNDS = 7


def measure(size: int = SIZE, rounds: int = ROUNDS) -> Table:
    """The table of shapes, the most expensive one first."""
    load_analyzer()
    configure_gc()  # as the worker does
    rows = []
    for name, unit in SHAPES.items():
        value = to_json(post(text_of(unit, size)))
        seconds = min(_run(load_analyzer(), value) for _ in range(rounds))  # none has seen the post
        rows.append(Row(name, seconds * 1e3))
    rows.sort(key=lambda row: -row.value)
    return Table("long_posts", f"One post of {size:,} characters", "CPU ms", tuple(rows))


def _run(analyzer: Analyzer, value: bytes) -> float:
    index = DedupIndex()
    began = time.thread_time()
    raw = decode(RAW_POST, value)
    if isinstance(raw, Reject):
        raise ValueError(raw.message)
    outcome = analyzer.analyze(raw)
    assert isinstance(outcome, Analyzed)
    _dump(post_outputs(outcome.post))
    packed = FingerprintBatch(VERSION, EPOCH, (post_fingerprint(outcome.post, outcome.fingerprint),)).to_bytes()
    batch = decode_fingerprints(packed, EPOCH)
    if isinstance(batch, Reject):
        raise ValueError(batch.message)
    for change in index.fold(batch, 0):
        if isinstance(change, Exception):
            raise change
        _dump(verdict_outputs(change.verdicts))
    return time.thread_time() - began


def _dump(outputs: Iterable[Output]) -> None:
    for output in outputs:
        if output.record is not None:
            to_json(output.record)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_posts", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("size", type=int, nargs="?", default=SIZE, help="characters of each post (%(default)s)")
    show(measure(parser.parse_args().size))
