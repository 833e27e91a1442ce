"""The two stages: what becomes of one message. Plain calls without a wait, so that nothing can come in between."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from processors.core.decode import decode_analyzed
from processors.core.outcomes import AnalyzeOutcome, DedupOutcome, Deleted, Reject
from processors.core.pipeline import Analyzer, Draft
from processors.core.routing import Output, analyze_outputs, dedup_outputs
from processors.stream.messages import Message
from processors.stream.state import DedupState
from schemas import AnalyzedPost, Lane, Tombstone

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Handled:
    """What a message becomes."""

    outputs: tuple[Output, ...]
    outcome: str
    """Label in ``tgwire_posts_out_total``."""
    lane: Lane


class Stage(Protocol[R]):
    """A step of the pipeline behind one input topic. It takes each message in two calls: first several messages are
    read, then each is handled, so that what reading needs stays in the processor's cache.
    """

    @property
    def name(self) -> str:
        """Name in metrics and dead letters."""
        ...

    @property
    def lane(self) -> Lane | None:
        """Lane of all its messages; None when each tells its own."""
        ...

    @property
    def keeps_timestamp(self) -> bool:
        """Whether its records carry the timestamp of the message that they come from."""
        ...

    def read(self, message: Message) -> R | Reject:
        """What a message holds; ``Reject`` when it cannot be handled."""
        ...

    def handle(self, message: Message, read: R) -> Handled:
        """What becomes of a message, given what was read."""
        ...


class AnalyzeStage:
    """Raw post -> analyzed post. Keeps no state."""

    name = "analyze"
    keeps_timestamp = True
    """So that the next stage can tell how old a post is."""

    def __init__(self, analyzer: Analyzer, lane: Lane) -> None:
        self._analyzer = analyzer
        self.lane = lane

    def read(self, message: Message) -> Draft | Deleted | Reject:
        """The post's draft."""
        return self._analyzer.draft_bytes(message.value)

    def handle(self, message: Message, read: Draft | Deleted) -> Handled:
        """What becomes of a raw post."""
        outcome = self._analyzer.finish(read) if isinstance(read, Draft) else read
        return Handled((analyze_outputs(outcome),), _label(outcome), self.lane)


class DedupStage:
    """Analyzed post -> normalized post, its quotes, links and state."""

    name = "dedup"
    lane = None
    keeps_timestamp = False

    def __init__(self, state: DedupState) -> None:
        self._state = state

    def read(self, message: Message) -> AnalyzedPost | Tombstone | Reject:
        """The analyzed post."""
        return decode_analyzed(message.value)

    def handle(self, message: Message, read: AnalyzedPost | Tombstone) -> Handled:
        """What becomes of an analyzed post, given all posts before it in its partition."""
        outcome = self._state.index(message.tp[1]).decide(read)
        provenance = read.provenance if isinstance(read, Tombstone) else read.post.provenance
        return Handled(tuple(dedup_outputs(outcome)), _label(outcome), provenance.lane)


def _label(outcome: AnalyzeOutcome | DedupOutcome) -> str:
    return type(outcome).__name__.lower()
