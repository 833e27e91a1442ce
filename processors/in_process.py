"""The whole core without Kafka, for ``tgwire parse`` and ``tgwire replay --direct``."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.core.decided_state import decided_state
from processors.core.dedup import WINDOW_DAYS, DedupIndex
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Analyzed, Deleted, DirectResult, DuplicateVerdict, Folded
from processors.core.pipeline import Analyzer
from processors.core.routing import verdict_without_comparison
from schemas import ChannelName, FingerprintBatch, NormalizedPost, PostFingerprint, RawPost, Tombstone
from schemas.keys import citation_key, post_key, quote_key
from schemas.rank import Freshness
from schemas.states import PostState
from schemas.topics import FINGERPRINTS


class DirectPipeline:
    """Analysis and duplicate detection in one process; the end of its records is that of the stream.

    The states of all posts are in memory, as are those of duplicate detection, which forgets nothing.
    """

    def __init__(self, analyzer: Analyzer, window_days: int = WINDOW_DAYS) -> None:
        self._analyzer = analyzer
        self._names = NewChannelNames()
        self._known: dict[str, PostState] = {}
        self._indexes = [DedupIndex(window_days) for _ in range(FINGERPRINTS.partitions)]
        """One for each home, as in the stream: what copies meet depends on it."""

    def process(self, raw: RawPost) -> DirectResult:
        """What becomes of a post; ``processors.core.routing.direct_outputs`` turns it into records."""
        (outcome,) = self.process_all([raw])
        return outcome

    def process_all(self, raws: Sequence[RawPost]) -> list[DirectResult]:
        """What becomes of posts that follow each other; dozens at once take less time than one by one."""
        return self.settle_all(raws, self._analyzer.analyze_all(raws))

    def settle_all(self, raws: Sequence[RawPost], outcomes: Sequence[Analyzed | Deleted]) -> list[DirectResult]:
        """The same for posts that were analyzed elsewhere."""
        asked = [self._decide(raw, outcome) for raw, outcome in zip(raws, outcomes, strict=True)]
        names = [name for one in asked for name in one.names]
        for home, index in enumerate(self._indexes):
            posts = [(one, post) for one in asked if one.home == home for post in one.posts]
            if names or posts:
                batch = FingerprintBatch(VERSION, EPOCH, [post for _, post in posts], names)
                changes = [_succeeded(change) for change in index.fold(batch, arrived_ms=0)]
                for change in changes[: len(names)]:
                    asked[0].verdicts += change.verdicts  # in front of those of all posts
                for (one, _), change in zip(posts, changes[len(names) :], strict=True):
                    one.take(change)
        return [one.result() for one in asked]

    def _decide(self, raw: RawPost, outcome: Analyzed | Deleted) -> "_PendingPost":
        key = post_key(raw.channel.id, raw.message_id)
        known = self._known.get(key)
        decided = decided_state(known, raw, outcome, self._names, len(self._indexes))
        decision = decided.decision
        state = self._known[key] = decision.state
        withdrawn = [quote_key(key, position) for position in decision.withdrawn] if known is not None else []
        positions = decision.withdrawn_citations if known is not None else ()
        citations = [citation_key(key, position) for position in positions]
        return _PendingPost(
            decision.freshness, decided.record, state.home, decided.posts, decided.names, (), withdrawn, citations
        )


@dataclass(slots=True)
class _PendingPost:
    """A post on its way through duplicate detection."""

    freshness: Freshness
    record: NormalizedPost | Tombstone
    home: int | None
    posts: tuple[PostFingerprint, ...]
    """What duplicate detection receives, if the post has a home."""
    names: Sequence[ChannelName] = ()
    verdicts: tuple[DuplicateVerdict, ...] = ()
    withdrawn: Sequence[str] = ()
    withdrawn_citations: Sequence[str] = ()

    def take(self, change: Folded) -> None:
        """Take what the post changed."""
        if isinstance(self.record, NormalizedPost) and change.verdict is not None and change.verdict.duplicate:
            self.record = self.record.model_copy(update={"duplicate": change.verdict.duplicate})
        self.verdicts += change.verdicts

    def result(self) -> DirectResult:
        """What became of it."""
        if self.home is None and self.freshness is not Freshness.STALE:
            self.verdicts += (verdict_without_comparison(self.record),)
        withdrawn = tuple(self.withdrawn), tuple(self.withdrawn_citations)
        return DirectResult(self.freshness, self.record, self.verdicts, *withdrawn)


def _succeeded(change: Folded | Exception) -> Folded:
    if isinstance(change, Exception):
        raise change
    return change
