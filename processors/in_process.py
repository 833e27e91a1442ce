"""The whole core without Kafka, for ``tgwire parse`` and ``tgwire replay --direct``."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.core.decision import Decision
from processors.core.dedup import WINDOW_DAYS, DedupIndex
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Analyzed, Deleted, DirectResult, DuplicateVerdict, Folded
from processors.core.pipeline import Analyzer
from processors.core.routing import verdict_without_comparison
from processors.core.settled import Arrival, Settled, arrival_of, record_of, settle
from schemas import DuplicateLink, FingerprintBatch, NormalizedPost, RawPost
from schemas.keys import citation_key, quote_key
from schemas.states import PostState
from schemas.topics import FINGERPRINTS

HOMES = FINGERPRINTS.partitions
"""As in the stream: what copies meet depends on it."""


class DirectPipeline:
    """Analysis and duplicate detection in one process; the end of its records is that of the stream."""

    def __init__(self, analyzer: Analyzer, window_days: int = WINDOW_DAYS) -> None:
        self._analyzer = analyzer
        self._states = DirectStates(window_days)

    def process(self, raw: RawPost) -> DirectResult:
        """What becomes of a post; ``processors.core.routing.direct_outputs`` turns it into records."""
        (outcome,) = self.process_all([raw])
        return outcome

    def process_all(self, raws: Sequence[RawPost]) -> list[DirectResult]:
        """What becomes of posts that follow each other; dozens at once take less time than one by one."""
        outcomes = self._analyzer.analyze_all(raws)
        arrivals = [arrival_of(raw, outcome, HOMES) for raw, outcome in zip(raws, outcomes, strict=True)]
        changes = self._states.settle(arrivals)
        return [_result(outcome, change) for outcome, change in zip(outcomes, changes, strict=True)]


@dataclass(slots=True)
class StateChange:
    """What a state of a post changed."""

    decision: Decision
    is_known: bool
    """Whether a state of the post was known."""
    duplicate: DuplicateLink | None = None
    """What the post repeats."""
    verdicts: tuple[DuplicateVerdict, ...] = ()
    """What it and others repeat, as known now."""

    def take(self, folded: Folded) -> None:
        """Take what the post changed in duplicate detection."""
        if folded.verdict is not None:
            self.duplicate = folded.verdict.duplicate
        self.verdicts += folded.verdicts


class DirectStates:
    """The states of all posts and those of duplicate detection, which forgets nothing; all of it is in memory."""

    def __init__(self, window_days: int = WINDOW_DAYS) -> None:
        self._names = NewChannelNames()
        self._known: dict[str, PostState] = {}
        self._indexes = [DedupIndex(window_days) for _ in range(HOMES)]

    def settle(self, arrivals: Sequence[Arrival]) -> list[StateChange]:
        """What states of posts that follow each other change."""
        pending = [self._decide(arrival) for arrival in arrivals]
        names = [name for _, settled in pending for name in settled.names]
        for home, index in enumerate(self._indexes):
            own = [one for one in pending if one[1].decision.state.home == home]
            posts = [(change, post) for change, settled in own for post in settled.posts]
            if names or posts:
                batch = FingerprintBatch(VERSION, EPOCH, [post for _, post in posts], names)
                folded = [_succeeded(one) for one in index.fold(batch, arrived_ms=0)]
                for one in folded[: len(names)]:
                    pending[0][0].verdicts += one.verdicts  # in front of those of all posts
                for (change, _), one in zip(posts, folded[len(names) :], strict=True):
                    change.take(one)
        for (change, settled), arrival in zip(pending, arrivals, strict=True):
            if settled.decision.state.home is None and settled.decision.is_emitted:
                change.verdicts += (verdict_without_comparison(arrival.entry),)
        return [change for change, _ in pending]

    def _decide(self, arrival: Arrival) -> tuple[StateChange, Settled]:
        key = arrival.entry.key
        known = self._known.get(key)
        settled = settle(known, arrival, self._names)
        self._known[key] = settled.decision.state
        return StateChange(settled.decision, known is not None), settled


def _result(outcome: Analyzed | Deleted, change: StateChange) -> DirectResult:
    decision, record = change.decision, record_of(outcome, change.decision)
    if change.duplicate is not None and isinstance(record, NormalizedPost):
        record = record.model_copy(update={"duplicate": change.duplicate})
    quotes, citations = (decision.withdrawn, decision.withdrawn_citations) if change.is_known else ((), ())
    return DirectResult(
        decision.freshness,
        record,
        change.verdicts,
        tuple(quote_key(record.key, position) for position in quotes),
        tuple(citation_key(record.key, position) for position in citations),
    )


def _succeeded(change: Folded | Exception) -> Folded:
    if isinstance(change, Exception):
        raise change
    return change
