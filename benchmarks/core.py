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
from processors.core import pipeline
from processors.core.decode import RAW_POST, decode, decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH, home_of
from processors.core.dedup.incoming import of_post
from processors.core.language import LanguageDetector
from processors.core.layout import structure
from processors.core.outcomes import Analyzed, Reject
from processors.core.pipeline import Analyzer
from processors.core.quotes.splitter import QuoteSplitter
from processors.core.routing import Output, post_outputs, verdict_outputs
from processors.core.text import annotations
from processors.loading import load_analyzer
from processors.stream.process.gc_schedule import collect_seldom
from processors.stream.stages.stages import AnalyzeStage
from schemas import FingerprintBatch, PostFingerprint
from schemas.base import to_json
from schemas.topics import FINGERPRINTS

POSTS = 2_000
ROUNDS = 7
CHUNK = AnalyzeStage.slice_posts
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
AFTER = ("dump records", "pack for dedup", "dedup: read", "dedup: fold", "dedup: dump")

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
    run: Callable[[Analyzer, "_Indexes", Sequence[bytes]], Times], analyzer: Analyzer, values: list[bytes], rounds: int
) -> Times:
    best: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for _ in range(rounds):
        indexes = [DedupIndex() for _ in range(FINGERPRINTS.partitions)]
        for start in range(0, len(values), CHUNK):
            for name, seconds in run(analyzer, indexes, values[start : start + CHUNK]).items():
                best[name][start] = min(seconds, best[name].get(start, seconds))
    return {name: sum(chunks.values()) for name, chunks in best.items()}


_Indexes = Sequence[DedupIndex]
"""One for each home."""


def _run_whole(name: str, posts: int, analyzer: Analyzer, indexes: _Indexes, values: Sequence[bytes]) -> Times:
    """In slices of so many posts, as the worker's stages take them."""
    began = time.thread_time()
    for start in range(0, len(values), posts):
        raws = [_ok(decode(RAW_POST, value)) for value in values[start : start + posts]]
        analyzed: list[Analyzed] = [_ok(outcome) for outcome in analyzer.analyze_all(raws)]
        _dump(_records(analyzed))
        packed = _packed(analyzed)
        _dump(_folded(indexes, {home: _ok(decode_fingerprints(value, EPOCH)) for home, value in packed.items()}))
    return {name: time.thread_time() - began}


def _run_stages(inner: Times, analyzer: Analyzer, indexes: _Indexes, values: Sequence[bytes]) -> Times:
    inner.clear()
    began = time.thread_time()
    raws = [_ok(decode(RAW_POST, value)) for value in values]
    inner["decode"] = time.thread_time() - began
    began, before = time.thread_time(), sum(inner.values())
    analyzed: list[Analyzed] = [_ok(outcome) for outcome in analyzer.analyze_all(raws)]
    inner[REST] = time.thread_time() - began - (sum(inner.values()) - before)
    began = time.thread_time()
    records = _records(analyzed)
    laps = [time.thread_time()]
    inner[BUILD] += laps[0] - began
    _dump(records)
    laps.append(time.thread_time())
    packed = _packed(analyzed)
    laps.append(time.thread_time())
    batches = {home: _ok(decode_fingerprints(value, EPOCH)) for home, value in packed.items()}
    laps.append(time.thread_time())
    verdicts = _folded(indexes, batches)
    laps.append(time.thread_time())
    _dump(verdicts)
    laps.append(time.thread_time())
    return inner | {name: after - before for name, (before, after) in zip(AFTER, pairwise(laps), strict=True)}


def _records(analyzed: Sequence[Analyzed]) -> list[Output]:
    return [output for one in analyzed for output in post_outputs(one.post)]


def _packed(analyzed: Sequence[Analyzed]) -> dict[int, bytes]:
    """What goes to each home. The decision on the order of states is left out: it is no part of the core's cost."""
    posts: dict[int, list[PostFingerprint]] = defaultdict(list)
    for one in analyzed:
        if one.has_home:
            home = home_of(one.post.language.code, FINGERPRINTS.partitions)
            posts[home].append(of_post(one.post, one.fingerprint))
    return {home: FingerprintBatch(VERSION, EPOCH, tuple(some)).to_bytes() for home, some in posts.items()}


def _folded(indexes: _Indexes, batches: dict[int, FingerprintBatch]) -> list[Output]:
    changes = [_ok(change) for home, batch in batches.items() for change in indexes[home].fold(batch, 0)]
    return [output for change in changes for output in verdict_outputs(change.verdicts)]


def _dump(outputs: Sequence[Output]) -> None:
    for output in outputs:
        if output.record is not None:
            to_json(output.record)


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
