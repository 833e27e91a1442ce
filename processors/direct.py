"""The whole core without Kafka, for ``tgwire parse`` and ``tgwire replay --direct``."""

from collections.abc import Sequence

from processors.core.dedup import WINDOW_DAYS, DedupIndex
from processors.core.outcomes import Analyzed, DedupOutcome, Reject
from processors.core.pipeline import Analyzer
from schemas import RawPost


class DirectPipeline:
    """Analysis and duplicate detection in one process; the records equal those of the stream, field for field."""

    def __init__(self, analyzer: Analyzer, window_days: int = WINDOW_DAYS) -> None:
        self._analyzer = analyzer
        # One index is enough: its verdicts depend only on posts of the same language, as in the stream,
        # where a language never leaves its partition.
        self._index = DedupIndex(window_days)

    def process(self, raw: RawPost) -> DedupOutcome:
        """What becomes of a post; ``processors.core.routing.dedup_outputs`` turns it into records."""
        (outcome,) = self.process_all([raw])
        return outcome

    def process_all(self, raws: Sequence[RawPost]) -> list[DedupOutcome]:
        """What becomes of posts that follow each other; dozens at once take less time than one by one."""
        analyzed = self._analyzer.analyze_all(raws)
        decided = self._index.decide_all(
            [outcome.analyzed if isinstance(outcome, Analyzed) else outcome.tombstone for outcome in analyzed]
        )
        return list(map(_decision, decided))


def _decision(outcome: DedupOutcome | Reject | Exception) -> DedupOutcome:
    if isinstance(outcome, Reject):
        raise ValueError(f"{outcome.field}: {outcome.message}")
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
