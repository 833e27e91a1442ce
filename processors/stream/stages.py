"""The two stages: what becomes of one message. Plain calls without a wait, so that nothing can come in between."""

from dataclasses import dataclass
from typing import Protocol

from processors.core.decode import ANALYZED_VALUE, decode
from processors.core.outcomes import AnalyzeOutcome, DedupOutcome, Reject
from processors.core.routing import Output, analyze_outputs, dedup_outputs
from processors.stream.messages import Message
from processors.stream.state import DedupState
from schemas import Lane, Tombstone


class PostAnalyzer(Protocol):
    """``processors.core.pipeline.Analyzer``, as far as it is used here."""

    def analyze_bytes(self, value: bytes | None) -> AnalyzeOutcome:
        """The outcome for a message's value."""
        ...


@dataclass(frozen=True, slots=True)
class Handled:
    """What a message becomes."""

    outputs: tuple[Output, ...]
    outcome: str
    """Label in ``tgwire_posts_out_total``."""
    lane: Lane


class Stage(Protocol):
    """A step of the pipeline behind one input topic."""

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

    def handle(self, message: Message) -> Handled | Reject:
        """What becomes of a message."""
        ...


class AnalyzeStage:
    """Raw post -> analyzed post. Keeps no state."""

    name = "analyze"
    keeps_timestamp = True
    """So that the next stage can tell how old a post is."""

    def __init__(self, analyzer: PostAnalyzer, lane: Lane) -> None:
        self._analyzer = analyzer
        self.lane = lane

    def handle(self, message: Message) -> Handled | Reject:
        """What becomes of a raw post."""
        outcome = self._analyzer.analyze_bytes(message.value)
        if isinstance(outcome, Reject):
            return outcome
        return Handled((analyze_outputs(outcome),), _label(outcome), self.lane)


class DedupStage:
    """Analyzed post -> normalized post, its quotes, links and state."""

    name = "dedup"
    lane = None
    keeps_timestamp = False

    def __init__(self, state: DedupState) -> None:
        self._state = state

    def handle(self, message: Message) -> Handled | Reject:
        """What becomes of an analyzed post, given all posts before it in its partition."""
        value = decode(ANALYZED_VALUE, message.value)
        if isinstance(value, Reject):
            return value
        outcome = self._state.index(message.tp[1]).decide(value)
        provenance = value.provenance if isinstance(value, Tombstone) else value.post.provenance
        return Handled(tuple(dedup_outputs(outcome)), _label(outcome), provenance.lane)


def _label(outcome: AnalyzeOutcome | DedupOutcome) -> str:
    return type(outcome).__name__.lower()
