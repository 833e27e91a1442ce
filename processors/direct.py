"""The whole core without Kafka, for ``tgwire parse`` and ``tgwire replay --direct``."""

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

    def process(self, raw: RawPost) -> DedupOutcome | Reject:
        """What becomes of a post; ``processors.core.routing.dedup_outputs`` turns it into records."""
        outcome = self._analyzer.analyze(raw)
        if isinstance(outcome, Reject):
            return outcome
        return self._index.decide(outcome.analyzed if isinstance(outcome, Analyzed) else outcome.tombstone)
