"""The whole core without Kafka, for ``tgwire parse`` and ``tgwire replay --direct``."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from processors.core.decided_state import ArrivedState, DecidedState, arrival_of, decide_state, record_of
from processors.core.decision import Decision
from processors.core.dedup import WINDOW_DAYS, DedupIndex
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH, HOMES
from processors.core.outcomes import Analyzed, Deleted, DirectResult, DuplicateVerdict, Folded
from processors.core.pipeline import Analyzer
from processors.core.routing import verdict_without_comparison
from schemas import ChannelName, DuplicateLink, FingerprintBatch, NormalizedPost, PostFingerprint, RawPost
from schemas.keys import citation_key, quote_key
from schemas.states import PostState


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
        (changes,) = self._states.settle([arrivals])
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

    def settle(self, slices: Iterable[Sequence[ArrivedState]]) -> list[list[StateChange]]:
        """What the states of each slice of posts change. Several slices at once take less time, and change the same but
        where a bound of duplicate detection cuts a search short: those of one call are compared without it.
        """
        pending = [self._decided(arrivals) for arrivals in slices]
        for home, index in enumerate(self._indexes):
            batches = [batch for slice_ in pending if (batch := slice_.batch(home)) is not None]
            folded = map(_succeeded, index.fold_all([(batch, 0) for batch in batches]))
            for slice_ in pending:
                slice_.take(home, folded)
        return [slice_.changes() for slice_ in pending]

    def _decided(self, arrivals: Sequence[ArrivedState]) -> "_PendingSlice":
        slice_ = _PendingSlice()
        for arrival in arrivals:
            key = arrival.entry.key
            known = self._known.get(key)
            decided = decide_state(known, arrival, self._names)
            self._known[key] = decided.decision.state
            slice_.add(StateChange(decided.decision, known is not None), decided, arrival.entry)
        return slice_


class _PendingSlice:
    """Posts in flight through duplicate detection."""

    def __init__(self) -> None:
        self._changes: list[StateChange] = []
        self._names: list[ChannelName] = []
        self._alone: list[tuple[StateChange, PostFingerprint]] = []
        """Without a home: they are not compared."""
        self._posts: defaultdict[int, list[tuple[StateChange, tuple[PostFingerprint, ...]]]] = defaultdict(list)
        """By home."""

    def add(self, change: StateChange, decided: DecidedState, entry: PostFingerprint) -> None:
        """Add a post."""
        self._changes.append(change)
        self._names += decided.names
        home = decided.decision.state.home
        if home is not None:
            self._posts[home].append((change, decided.posts))
        elif decided.decision.is_emitted:
            self._alone.append((change, entry))

    def batch(self, home: int) -> FingerprintBatch | None:
        """What a home gets, if anything."""
        posts = [post for _, posts in self._posts.get(home, ()) for post in posts]
        return FingerprintBatch(VERSION, EPOCH, posts, self._names) if posts or self._names else None

    def take(self, home: int, folded: Iterator[Folded]) -> None:
        """Take what the home's index made of the batch."""
        for _ in self._names:
            self._changes[0].verdicts += next(folded).verdicts  # in front of those of all posts
        for change, posts in self._posts.get(home, ()):
            for _ in posts:
                change.take(next(folded))

    def changes(self) -> list[StateChange]:
        """What the posts changed, when all homes were taken."""
        for change, entry in self._alone:
            change.verdicts += (verdict_without_comparison(entry),)
        return self._changes


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
