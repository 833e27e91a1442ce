"""The two stages: what becomes of one message. Plain calls without a wait, so that nothing can come in between."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from processors.core.decided_state import arrival_of
from processors.core.decode import RAW_POST, decode, decode_fingerprints
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.homes import EPOCH
from processors.core.flat import flat_outputs
from processors.core.outcomes import Analyzed, Deleted, Folded, Reject
from processors.core.pipeline import Analyzer
from processors.core.routing import Output, post_outputs, verdict_outputs
from processors.errors import WorkerExit
from processors.stream.kafka_message import KafkaMessage
from processors.stream.monitoring.metrics import FAILED
from processors.stream.stages.ordering import StateOrdering, StateUpdate
from processors.stream.state.dedup_state import DedupState
from runtime.kafka.cluster_topics import ClusterTopics
from schemas import ChannelName, FingerprintBatch, Lane, PostFingerprint, RawPost, RejectReason
from schemas.times import milliseconds
from schemas.topics import FINGERPRINTS

R = TypeVar("R")
_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class StageResult:
    """Records and counts that one message becomes in a stage."""

    outputs: tuple[Output, ...]
    change: StateUpdate | None = None
    """A new state of a post: the outputs are sent if the order of its states allows it."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """Label in ``tgwire_posts_out_total`` -> posts; of a change the order decides it."""
    arrivals: tuple[tuple[Lane, float], ...] = ()
    """Lane of each post, and broker timestamp (seconds since 1970) of its raw record, for a message that holds posts of
    both lanes.
    """


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
        """Lane of all its messages; None when they are no posts."""
        ...

    @property
    def slice_posts(self) -> int:
        """Most messages that are handled in a row; between two slices other batches run."""
        ...

    @property
    def is_interruptible(self) -> bool:
        """Whether the work of the stage can be interrupted anywhere and begun again, since it keeps no state."""
        ...

    @property
    def ordering(self) -> StateOrdering | None:
        """What decides the order of the states that it passes on; None when it has none."""
        ...

    def read(self, message: KafkaMessage) -> R | Reject:
        """What a message holds; ``Reject`` when it cannot be handled."""
        ...

    def handle(self, slice_: Sequence[tuple[KafkaMessage, R]]) -> list[StageResult | Reject | Exception]:
        """What becomes of messages that follow each other, given what was read; its error for one that failed, and
        ``Reject`` for one that cannot be handled and changed nothing.
        """
        ...

    def set_aside(self, message: KafkaMessage) -> None:
        """A message that was handled is a dead letter all the same: nothing of what it became is sent."""
        ...


class AnalyzeStage:
    """Raw post -> its records, and the state that decides whether they are sent."""

    name = "analyze"
    is_interruptible = True
    slice_posts = 100
    """About 30 ms; with fewer, what each step needs is fetched into the processor's cache more often."""

    def __init__(self, analyzer: Analyzer, lane: Lane, topics: ClusterTopics, ordering: StateOrdering) -> None:
        self._analyzer = analyzer
        self._names = NewChannelNames()
        self._topics = topics
        self.lane = lane
        self.ordering = ordering

    def read(self, message: KafkaMessage) -> RawPost | Reject:
        """The raw post; one on a partition that is not its channel's is refused, since its states are elsewhere."""
        raw = decode(RAW_POST, message.value)
        if isinstance(raw, Reject):
            return raw
        number = self._topics.channel_partition(raw.channel.id)
        if number != message.tp[1]:
            return Reject(
                RejectReason.WRONG_PARTITION,
                f"posts of this channel belong on partition {number}: the key must be the channel id, and the "
                "partition murmur2 of it",
                "channel.id",
            )
        return raw

    def handle(self, slice_: Sequence[tuple[KafkaMessage, RawPost]]) -> list[StageResult | Reject | Exception]:
        """Records and new states of raw posts; all are analyzed together, or one by one when that fails."""
        raws = [raw for _, raw in slice_]
        try:
            outcomes = self._analyzer.analyze_all(raws)
            return [
                self._handled(message, raw, outcome) for (message, raw), outcome in zip(slice_, outcomes, strict=True)
            ]
        except Exception:  # noqa: BLE001 - one bad post must not stop the rest: one by one they show which it is
            return [_attempt(self._analyzed_alone, message, raw) for message, raw in slice_]

    def set_aside(self, message: KafkaMessage) -> None:
        """Have the names of channels sent again: those of this message were not."""
        self._names.forget()

    def _analyzed_alone(self, message: KafkaMessage, raw: RawPost) -> StageResult:
        return self._handled(message, raw, self._analyzer.analyze(raw))

    def _handled(self, message: KafkaMessage, raw: RawPost, outcome: Analyzed | Deleted) -> StageResult:
        homes, raw_at_ms = self._topics.partitions(FINGERPRINTS), milliseconds(message.timestamp)
        arrival = arrival_of(raw, outcome, homes, lane=self.lane, raw_at_ms=raw_at_ms)
        record = outcome.tombstone if isinstance(outcome, Deleted) else outcome.post
        names = tuple(self._names.news(arrival.names))
        change = StateUpdate((raw.channel.id, raw.message_id), arrival.candidate, record, arrival.entry, names)
        outputs = tuple(post_outputs(record))
        return StageResult((*outputs, *flat_outputs(outputs)) if self._topics.has_flat else outputs, change)


class DedupStage:
    """Fingerprints of posts -> verdicts on them, and the links that they change."""

    name = "dedup"
    is_interruptible = False
    lane = None
    ordering = None
    slice_posts = 4
    """Each message holds up to 100 posts; those of one partition are folded together."""

    def __init__(self, state: DedupState, *, flat: bool = False) -> None:
        """With ``flat``, records of ``duplicates.flat`` are written as well."""
        self._state = state
        self._is_flat = flat

    def read(self, message: KafkaMessage) -> FingerprintBatch | Reject:
        """The fingerprints that a message holds, or why it cannot be read."""
        return decode_fingerprints(message.value, EPOCH)

    def handle(self, slice_: Sequence[tuple[KafkaMessage, FingerprintBatch]]) -> list[StageResult | Reject | Exception]:
        """What becomes of fingerprints, given all before them in their partitions."""
        try:
            changes = self._state.fold_all(slice_)
        except WorkerExit:
            raise
        except Exception as error:  # noqa: BLE001 - single posts that fail are among the changes
            return [error for _ in slice_]
        return [_attempt(self._handled, *record, changed) for record, changed in zip(slice_, changes, strict=True)]

    def set_aside(self, message: KafkaMessage) -> None:
        """The index has what nobody was sent: it is not saved any more, and the next one to load reads the log."""
        self._state.distrust(message.tp[1])

    def _handled(
        self, message: KafkaMessage, batch: FingerprintBatch, changes: Sequence[Folded | Exception]
    ) -> StageResult:
        outputs: list[Output] = []
        outcomes: Counter[str] = Counter()
        arrivals: list[tuple[Lane, float]] = []
        values: list[ChannelName | PostFingerprint] = [*batch.names, *batch.posts]
        for value, one in zip(values, changes, strict=False):  # none, if the index has them
            if isinstance(value, PostFingerprint):
                arrivals.append((value.lane, value.raw_at_ms / 1000))
            if isinstance(one, Exception):
                self._failed(message, value, one)
                outcomes[FAILED] += 1
                continue
            outputs += verdict_outputs(one.verdicts)
            outcomes[one.change.value] += 1
        if self._is_flat:
            outputs += list(flat_outputs(outputs))
        return StageResult(tuple(outputs), outcomes=outcomes, arrivals=tuple(arrivals))

    def _failed(self, message: KafkaMessage, value: ChannelName | PostFingerprint, error: Exception) -> None:
        """One post of many is left out, and gets no verdict. What it left in the index is not saved."""
        _log.error(
            "post could not be compared, and has no verdict",
            post=value.key if isinstance(value, PostFingerprint) else f"@{value.username}",
            partition=message.tp[1],
            offset=message.offset,
            error=type(error).__name__,
        )
        self._state.distrust(message.tp[1])


def _attempt(call: Callable[..., StageResult], *arguments: object) -> StageResult | Exception:
    try:
        return call(*arguments)
    except WorkerExit:
        raise
    except Exception as error:  # noqa: BLE001 - one bad post must not stop the rest
        return error
