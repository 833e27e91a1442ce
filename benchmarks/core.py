"""CPU microseconds a post of the pure core and of each of its stages: ``python -m benchmarks.core``.

Each chunk of posts is run several times and its best time counts, so that what else the machine does falls out.
Posts go through in slices, as in the worker: each step of a stage for all posts of a slice. What they take one by one,
as a client that hands over single messages takes them, is the last row.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from processors.core import annotations, pipeline, structure
from processors.core.decode import RAW_POST, decode, decode_analyzed
from processors.core.dedup import DedupIndex
from processors.core.language import LanguageDetector
from processors.core.outcomes import Reject
from processors.core.pipeline import Analyzer
from processors.core.quotes.splitter import QuoteSplitter
from processors.core.routing import analyze_outputs, dedup_outputs
from processors.resources import load_analyzer
from processors.stream.garbage import collect_seldom
from processors.stream.stages import DedupStage
from schemas.base import to_json

POSTS = 2_000
ROUNDS = 7
CHUNK = DedupStage.slice_posts
BUILD = "build records"
REST = "other steps of analysis, calls"
"""Of analysis, what no clock of ``STAGES`` covers; the clocks themselves included."""
WHOLE = "whole core"
SINGLE = "whole core, post by post"
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("clean", pipeline, "clean"),
    ("fold", pipeline, "fold_all"),
    ("language", LanguageDetector, "detect_all"),
    ("structure", structure, "blocks"),
    ("annotations", annotations, "links"),
    ("annotations", annotations, "mentions"),
    ("annotations", annotations, "hashtags"),
    ("quotes", QuoteSplitter, "split_all"),
    ("revision", pipeline, "revision_of"),
    ("fingerprint", pipeline, "fingerprints"),
    (BUILD, pipeline, "_analyzed"),
)
"""What ``Analyzer`` calls, by the name that it is called by."""
AFTER = ("dump for dedup", "dedup: decode", "dedup: decide", "dedup: dump")

Times = dict[str, float]
"""Stage -> CPU seconds."""


def measure(posts: int = POSTS, rounds: int = ROUNDS) -> Table:
    """The table of stages; ``WHOLE`` is timed in rounds of its own, without the clocks between stages."""
    values = [to_json(post) for post in generate(posts, seed=1)]
    analyzer = load_analyzer()
    collect_seldom()  # as the worker does
    whole = _best(partial(_run_whole, WHOLE, CHUNK), analyzer, values, rounds)
    single = _best(partial(_run_whole, SINGLE, 1), analyzer, values, rounds)
    with _clocks_on_stages() as inner:
        stages = _best(partial(_run_stages, inner), analyzer, values, rounds)
    rows = {name: seconds / posts * 1e6 for name, seconds in (stages | whole | single).items()}
    order = ("decode", *dict.fromkeys(name for name, _, _ in STAGES), *AFTER, REST, WHOLE, SINGLE)
    return Table("core", "CPU of the core", "us a post", tuple(Row(name, rows[name]) for name in order))


def _best(
    run: Callable[[Analyzer, DedupIndex, Sequence[bytes]], Times], analyzer: Analyzer, values: list[bytes], rounds: int
) -> Times:
    best: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for _ in range(rounds):
        index = DedupIndex()
        for start in range(0, len(values), CHUNK):
            for name, seconds in run(analyzer, index, values[start : start + CHUNK]).items():
                best[name][start] = min(seconds, best[name].get(start, seconds))
    return {name: sum(chunks.values()) for name, chunks in best.items()}


def _run_whole(name: str, posts: int, analyzer: Analyzer, index: DedupIndex, values: Sequence[bytes]) -> Times:
    """In slices of so many posts, as the worker's stages take them."""
    began = time.thread_time()
    for start in range(0, len(values), posts):
        raws = [_ok(decode(RAW_POST, value)) for value in values[start : start + posts]]
        analyzed = [to_json(analyze_outputs(outcome).record) for outcome in analyzer.analyze_all(raws)]
        for outcome in index.decide_all([_ok(decode_analyzed(value)) for value in analyzed]):
            for output in dedup_outputs(_ok(outcome)):
                to_json(output.record)
    return {name: time.thread_time() - began}


def _run_stages(inner: Times, analyzer: Analyzer, index: DedupIndex, values: Sequence[bytes]) -> Times:
    inner.clear()
    began = time.thread_time()
    raws = [_ok(decode(RAW_POST, value)) for value in values]
    inner["decode"] = time.thread_time() - began
    began, before = time.thread_time(), sum(inner.values())
    outcomes = analyzer.analyze_all(raws)
    inner[REST] = time.thread_time() - began - (sum(inner.values()) - before)
    began = time.thread_time()
    outputs = [analyze_outputs(outcome) for outcome in outcomes]
    laps = [time.thread_time()]
    inner[BUILD] += laps[0] - began
    dumped = [to_json(output.record) for output in outputs]
    laps.append(time.thread_time())
    decoded = [_ok(decode_analyzed(value)) for value in dumped]
    laps.append(time.thread_time())
    decided = index.decide_all(decoded)
    laps.append(time.thread_time())
    for outcome in decided:
        for output in dedup_outputs(_ok(outcome)):
            to_json(output.record)
    laps.append(time.thread_time())
    return inner | {name: after - before for name, (before, after) in zip(AFTER, pairwise(laps), strict=True)}


def _ok(outcome: Any) -> Any:  # noqa: ANN401 - any outcome or record
    if isinstance(outcome, Reject):
        raise ValueError(outcome.message)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@contextmanager
def _clocks_on_stages() -> Iterator[Times]:
    """A clock on each function of ``STAGES``."""
    spent: Times = defaultdict(float)
    originals = [(place, name, getattr(place, name)) for _, place, name in STAGES]

    def clocked(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:  # noqa: ANN401
            began = time.thread_time()
            result = function(*arguments)
            spent[stage] += time.thread_time() - began
            return result

        return call

    for (stage, _, _), (place, name, function) in zip(STAGES, originals, strict=True):
        setattr(place, name, clocked(stage, function))
    try:
        yield spent
    finally:
        for place, name, function in originals:
            setattr(place, name, function)


if __name__ == "__main__":
    show(measure())
