"""The two stages: what becomes of one message. Plain calls without a wait, so that nothing can come in between."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from processors.core.channel_names import NameNews
from processors.core.decode import RAW_POST, decode, decode_analyzed
from processors.core.outcomes import Analyzed, DedupOutcome, Deleted, Named, Reject, Repeat
from processors.core.pipeline import Analyzer
from processors.core.routing import Output, analyze_outputs, dedup_outputs, name_output
from processors.errors import WorkerExit
from processors.stream.messages import Message
from processors.stream.state import DedupState
from schemas import AnalyzedPost, AnalyzedValue, ChannelName, Lane, RawPost, RejectReason, Tombstone
from schemas.topics import MAX_RECORD_BYTES

R = TypeVar("R")
_LARGEST_LINK = 200
"""Bytes that the key of a record and its link to another post may add."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What a message becomes."""

    outputs: tuple[Output, ...]
    outcome: str
    """Label in ``tgwire_posts_out_total``."""
    lane: Lane | None
    """None: it was no post, and is not counted as one."""


class Stage(Protocol[R]):
    """A step of the pipeline behind one input topic. It takes messages in slices: first all are read, then all are
    handled, so that what a step needs stays in the processor's cache.
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

    @property
    def slice_posts(self) -> int:
        """Most messages of a slice; others' batches come in between."""
        ...

    @property
    def may_break_off(self) -> bool:
        """Whether its work can be broken off anywhere and begun again: it keeps no state."""
        ...

    def read(self, message: Message) -> R | Reject:
        """What a message holds; ``Reject`` when it cannot be handled."""
        ...

    def handle(self, slice_: Sequence[tuple[Message, R]]) -> list[Handled | Reject | Exception]:
        """What becomes of messages that follow each other, given what was read; its error for one that failed, and
        ``Reject`` for one that cannot be handled and changed nothing.
        """
        ...

    def set_aside(self, message: Message) -> None:
        """A message that was handled is a dead letter all the same: nothing of what it became is sent."""
        ...


class AnalyzeStage:
    """Raw post -> analyzed post, after names of channels that were not sent before. Keeps no other state."""

    name = "analyze"
    may_break_off = True
    keeps_timestamp = True
    """So that the next stage can tell how old a post is."""
    slice_posts = 100
    """About 30 ms; with fewer, what each step needs is fetched into the processor's cache more often."""

    def __init__(self, analyzer: Analyzer, lane: Lane) -> None:
        self._analyzer = analyzer
        self._names = NameNews()
        self.lane = lane

    def read(self, message: Message) -> RawPost | Reject:
        """The raw post."""
        return decode(RAW_POST, message.value)

    def handle(self, slice_: Sequence[tuple[Message, RawPost]]) -> list[Handled | Reject | Exception]:
        """What becomes of raw posts."""
        raws = [raw for _, raw in slice_]
        try:
            return [self._handled(outcome) for outcome in self._analyzer.analyze_all(raws)]
        except Exception:  # noqa: BLE001 - one bad post must not stop the rest: one by one they tell which it is
            return [_attempt(self._analyzed_alone, raw) for raw in raws]

    def set_aside(self, message: Message) -> None:
        """Its names were not sent."""
        self._names.forget()

    def _analyzed_alone(self, raw: RawPost) -> Handled:
        return self._handled(self._analyzer.analyze(raw))

    def _handled(self, outcome: Analyzed | Deleted) -> Handled:
        names = self._names.of(outcome.analyzed.post) if isinstance(outcome, Analyzed) else ()
        return Handled((*map(name_output, names), analyze_outputs(outcome)), _label(outcome), self.lane)


class DedupStage:
    """Analyzed post -> normalized post, its quotes, links and state."""

    name = "dedup"
    may_break_off = False
    lane = None
    keeps_timestamp = False
    slice_posts = 100
    """numpy takes about as long for one post as for dozens: 1 us a post of it is left; about 20 ms in all."""

    def __init__(self, state: DedupState) -> None:
        self._state = state

    def read(self, message: Message) -> AnalyzedValue | Reject:
        """The analyzed post, deletion or name; a post that is too large is refused before the index knows it."""
        value = decode_analyzed(message.value)
        if isinstance(value, AnalyzedPost):
            size = len(value.post.to_json()) + _LARGEST_LINK
            if size > MAX_RECORD_BYTES:
                return Reject(RejectReason.TOO_LARGE, f"its record may have {size} bytes")
        return value

    def handle(self, slice_: Sequence[tuple[Message, AnalyzedValue]]) -> list[Handled | Reject | Exception]:
        """What becomes of analyzed posts, given all posts before them in their partitions."""
        positions: dict[int, list[int]] = defaultdict(list)
        for position, (message, _) in enumerate(slice_):
            positions[message.tp[1]].append(position)
        handled: dict[int, Handled | Reject | Exception] = {}
        for partition, own in positions.items():
            outcomes = self._state.index(partition).decide_all([slice_[position][1] for position in own])
            for position, outcome in zip(own, outcomes, strict=True):
                handled[position] = _attempt(self._handled, *slice_[position], outcome)
        return [handled[position] for position in range(len(slice_))]

    def set_aside(self, message: Message) -> None:
        """The index knows a post now that nobody was sent."""
        self._state.distrust(message.tp[1])

    def _handled(
        self, message: Message, read: AnalyzedValue, outcome: DedupOutcome | Named | Reject | Exception
    ) -> Handled | Reject | Exception:
        if isinstance(outcome, Reject | Exception):
            return outcome
        if isinstance(read, ChannelName):
            return Handled(tuple(dedup_outputs(outcome)), _label(outcome), None)
        is_repeat_sent = self._state.is_repeat_sent(message.tp[1], message.offset)
        outputs = tuple(dedup_outputs(outcome, is_repeat_sent=is_repeat_sent))
        provenance = read.provenance if isinstance(read, Tombstone) else read.post.provenance
        label = "resent" if isinstance(outcome, Repeat) and outputs else _label(outcome)
        return Handled(outputs, label, provenance.lane)


def _attempt(call: Callable[..., Handled | Reject | Exception], *arguments: object) -> Handled | Reject | Exception:
    try:
        return call(*arguments)
    except WorkerExit:
        raise
    except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
        return error


def _label(outcome: Analyzed | DedupOutcome | Named) -> str:
    return type(outcome).__name__.lower()
