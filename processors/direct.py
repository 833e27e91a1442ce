"""The whole core without Kafka, for ``tgwire parse`` and ``tgwire replay --direct``."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from processors.core.channel_names import NameNews
from processors.core.dedup import WINDOW_DAYS, DedupIndex
from processors.core.outcomes import Analyzed, DedupOutcome, Deleted, Named, Reject, Revise, Superseded
from processors.core.pipeline import Analyzer
from schemas import AnalyzedValue, RawPost


class DirectPipeline:
    """Analysis and duplicate detection in one process; the records equal those of the stream, field for field."""

    def __init__(self, analyzer: Analyzer, window_days: int = WINDOW_DAYS) -> None:
        self._analyzer = analyzer
        self._names = NameNews()
        # One index is enough: its verdicts depend only on posts of the same language, as in the stream,
        # where a language never leaves its partition, and on names, which all partitions are sent.
        self._index = DedupIndex(window_days)

    def process(self, raw: RawPost) -> DedupOutcome:
        """What becomes of a post; ``processors.core.routing.dedup_outputs`` turns it into records."""
        (outcome,) = self.process_all([raw])
        return outcome

    def process_all(self, raws: Sequence[RawPost]) -> list[DedupOutcome]:
        """What becomes of posts that follow each other; dozens at once take less time than one by one."""
        values = [value for outcome in self._analyzer.analyze_all(raws) for value in self._values(outcome)]
        return list(_decisions(self._index.decide_all(values)))

    def _values(self, outcome: Analyzed | Deleted) -> Iterator[AnalyzedValue]:
        if isinstance(outcome, Analyzed):
            yield from self._names.of(outcome.analyzed.post)
            yield outcome.analyzed
        else:
            yield outcome.tombstone


def _decisions(outcomes: Sequence[DedupOutcome | Named | Reject | Exception]) -> Iterator[DedupOutcome]:
    """The outcomes of posts, each with the links that the names before it have changed."""
    changed: tuple[Superseded, ...] = ()
    for outcome in outcomes:
        if isinstance(outcome, Reject):
            raise ValueError(f"{outcome.field}: {outcome.message}")
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Named):
            changed += outcome.superseded
            continue
        yield _with(changed, outcome) if changed else outcome
        changed = ()


def _with(changed: tuple[Superseded, ...], outcome: DedupOutcome) -> DedupOutcome:
    if isinstance(outcome, Deleted):
        return outcome  # no name comes before it
    if isinstance(outcome, Revise):
        # An older link of the post itself must not follow the one that goes with its record.
        changed = tuple(link for link in changed if link.key != outcome.post.key)
    return replace(outcome, superseded=(*changed, *outcome.superseded))
