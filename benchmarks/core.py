"""CPU microseconds a post of the pure core and of each of its stages: ``python -m benchmarks.core``.

Each slice of posts is run several times and its best time counts, so that what else the machine does falls out.
Posts go through as in the worker that has a backlog: the analysis takes slices, each step for all posts of a slice;
duplicate detection gets what a batch of them has for a home, in records of up to a hundred. What they take one by one,
as a client that hands over single messages takes them, is the last row.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from processors.core import pipeline
from processors.core.citations.finder import CitationFinder
from processors.core.decode import RAW_POST, decode, decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.dedup.homes import EPOCH, home_partition
from processors.core.language import LanguageDetector
from processors.core.layout import structure
from processors.core.outcomes import Analyzed, Reject
from processors.core.pipeline import Analyzer
from processors.core.quotes.splitter import QuoteSplitter
from processors.core.routing import Output, post_outputs, verdict_outputs
from processors.core.text import annotations
from processors.loading import load_analyzer
from processors.stream.process.gc_schedule import configure_gc
from processors.stream.stages.analyze_and_dedup import AnalyzeStage
from processors.stream.stages.ordering import POSTS_OF_A_RECORD
from runtime.settings.worker import WorkerSettings
from schemas import FingerprintBatch, PostFingerprint, RawPost
from schemas.base import to_json
from schemas.topics import FINGERPRINTS

POSTS = 2_000
ROUNDS = 7
SLICE = AnalyzeStage.slice_posts
BATCH = WorkerSettings().batch_size
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
    ("names of outlets", QuoteSplitter, "name_all"),
    ("quotes", QuoteSplitter, "split_all"),
    ("citations", CitationFinder, "citations_all"),
    ("revision", pipeline, "revision_of"),
    ("fingerprint", pipeline, "fingerprints"),
    (BUILD, pipeline, "_analyzed"),
)
"""What ``Analyzer`` calls, by the name that it is called by."""
DUMP, PACK = "dump records", "pack for dedup"
DEDUP = ("dedup: read", "dedup: fold", "dedup: dump")

Times = dict[str, float]
"""Stage -> CPU seconds."""
Laps = Iterator[Times]
"""The same for each slice, one after the other."""


def measure(posts: int = POSTS, rounds: int = ROUNDS) -> Table:
    """The table of stages; ``WHOLE`` is timed in rounds of its own, without the clocks between stages."""
    values = [to_json(post) for post in generate(posts, seed=1)]
    load_analyzer()
    configure_gc()  # as the worker does
    whole = _best(partial(_run_whole, WHOLE, BATCH, SLICE), values, rounds)
    single = _best(partial(_run_whole, SINGLE, 1, 1), values, rounds)
    with _clocks_on_stages() as inner:
        stages = _best(partial(_run_stages, inner), values, rounds)
    rows = {name: seconds / posts * 1e6 for name, seconds in (stages | whole | single).items()}
    order = ("decode", *dict.fromkeys(name for name, _, _ in STAGES), DUMP, PACK, *DEDUP, REST, WHOLE, SINGLE)
    return Table("core", "CPU of the core", "us a post", tuple(Row(name, rows[name]) for name in order))


def _best(run: Callable[[Analyzer, "_Indexes", Sequence[bytes]], Laps], values: list[bytes], rounds: int) -> Times:
    best: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for _ in range(rounds):
        analyzer = load_analyzer()  # one that has seen no post: votes on the language of words are kept
        indexes = [DedupIndex() for _ in range(FINGERPRINTS.partitions)]
        for number, lap in enumerate(run(analyzer, indexes, values)):
            for name, seconds in lap.items():
                best[name][number] = min(seconds, best[name].get(number, seconds))
    return {name: sum(laps.values()) for name, laps in best.items()}


_Indexes = Sequence[DedupIndex]
"""One for each home."""


def _run_whole(
    name: str, batch: int, size: int, analyzer: Analyzer, indexes: _Indexes, values: Sequence[bytes]
) -> Laps:
    """In batches of so many posts and slices of so many."""
    for slices in _batches(values, batch, size):
        done: list[Analyzed] = []
        for slice_ in slices:
            began = time.thread_time()
            analyzed = _analyzed(analyzer, [_ok(decode(RAW_POST, value)) for value in slice_])
            _dump(_records(analyzed))
            done += analyzed
            yield {name: time.thread_time() - began}
        began = time.thread_time()
        packed = _packed(done)
        yield {name: time.thread_time() - began}
        for home, records in packed.items():
            began = time.thread_time()
            _dump(_folded(indexes[home], [_ok(decode_fingerprints(value, EPOCH)) for value in records]))
            yield {name: time.thread_time() - began}


def _run_stages(inner: Times, analyzer: Analyzer, indexes: _Indexes, values: Sequence[bytes]) -> Laps:
    for slices in _batches(values, BATCH, SLICE):
        done: list[Analyzed] = []
        for slice_ in slices:
            done += yield from _analysis(inner, analyzer, slice_)
        began = time.thread_time()
        packed = _packed(done)
        yield {PACK: time.thread_time() - began}
        for home, records in packed.items():
            yield _duplicates(indexes[home], records)


def _analysis(inner: Times, analyzer: Analyzer, values: Sequence[bytes]) -> Generator[Times, None, list[Analyzed]]:
    inner.clear()
    began = time.thread_time()
    raws = [_ok(decode(RAW_POST, value)) for value in values]
    inner["decode"] = time.thread_time() - began
    began, before = time.thread_time(), sum(inner.values())
    analyzed = _analyzed(analyzer, raws)
    inner[REST] = time.thread_time() - began - (sum(inner.values()) - before)
    began = time.thread_time()
    records = _records(analyzed)
    built = time.thread_time()
    inner[BUILD] += built - began
    _dump(records)
    yield {**inner, DUMP: time.thread_time() - built}
    return analyzed


def _duplicates(index: DedupIndex, records: Sequence[bytes]) -> Times:
    laps = [time.thread_time()]
    batches = [_ok(decode_fingerprints(value, EPOCH)) for value in records]
    laps.append(time.thread_time())
    verdicts = _folded(index, batches)
    laps.append(time.thread_time())
    _dump(verdicts)
    laps.append(time.thread_time())
    return {name: after - before for name, (before, after) in zip(DEDUP, pairwise(laps), strict=True)}


def _batches(values: Sequence[bytes], batch: int, size: int) -> Iterator[list[Sequence[bytes]]]:
    """The slices of each batch."""
    for begin in range(0, len(values), batch):
        some = values[begin : begin + batch]
        yield [some[start : start + size] for start in range(0, len(some), size)]


def _analyzed(analyzer: Analyzer, raws: Sequence[RawPost]) -> list[Analyzed]:
    return [_ok(outcome) for outcome in analyzer.analyze_all(raws)]


def _records(analyzed: Sequence[Analyzed]) -> list[Output]:
    return [output for one in analyzed for output in post_outputs(one.post)]


def _packed(analyzed: Sequence[Analyzed]) -> dict[int, list[bytes]]:
    """What goes to each home. The decision on the order of states is left out: it is no part of the core's cost."""
    posts: dict[int, list[PostFingerprint]] = defaultdict(list)
    for one in analyzed:
        if one.has_home:
            home = home_partition(one.post.language.code, FINGERPRINTS.partitions)
            posts[home].append(post_fingerprint(one.post, one.fingerprint))
    return {
        home: [
            FingerprintBatch(VERSION, EPOCH, tuple(some[start : start + POSTS_OF_A_RECORD])).to_bytes()
            for start in range(0, len(some), POSTS_OF_A_RECORD)
        ]
        for home, some in posts.items()
    }


def _folded(index: DedupIndex, batches: Sequence[FingerprintBatch]) -> list[Output]:
    changes = [_ok(change) for change in index.fold_all([(batch, 0) for batch in batches])]
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
