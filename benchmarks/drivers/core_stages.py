"""Both stages without a shell around them: a message in, records out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from processors.core.decode import RAW_POST, decode, decode_analyzed
from processors.core.dedup import DedupIndex
from processors.core.outcomes import Reject
from processors.core.routing import Output, analyze_outputs, dedup_outputs
from processors.resources import load_analyzer
from processors.stream.garbage import collect_seldom
from processors.stream.stages import AnalyzeStage, DedupStage
from schemas.base import to_json
from schemas.config import Settings
from schemas.topics import ANALYZED, FINGERPRINTS, RAW_BACKFILL, RAW_LIVE


class Record(NamedTuple):
    """A record to be sent."""

    topic: str
    partition: int | None
    """None: by the key."""
    key: bytes
    value: bytes


class CoreStages:
    """What every driver calls for messages. No dead letters: the posts here are all valid."""

    def __init__(self, settings: Settings, *, post_by_post: bool = False) -> None:
        """In slices as the worker takes them, or one after the other."""
        self._slices = (1, 1) if post_by_post else (AnalyzeStage.slice_posts, DedupStage.slice_posts)
        self._prefix = settings.kafka.topic_prefix
        self._analyzer = load_analyzer()
        self._indexes: defaultdict[int, DedupIndex] = defaultdict(DedupIndex)
        self.analyzed = self._prefix + ANALYZED.name
        self.raw = [self._prefix + topic.name for topic in (RAW_LIVE, RAW_BACKFILL)]
        self.inputs = [*self.raw, self.analyzed]
        collect_seldom()  # as the worker does

    def handle(self, topic: str, partition: int, values: Sequence[bytes | None]) -> Iterator[Record]:
        """The records that messages of a partition become."""
        is_analyzed = topic == self.analyzed
        posts = self._slices[is_analyzed]
        for start in range(0, len(values), posts):
            slice_ = values[start : start + posts]
            for output in self._dedup(partition, slice_) if is_analyzed else self._analyze(slice_):
                target = partition if output.topic is FINGERPRINTS else None
                yield Record(self._prefix + output.topic.name, target, output.key.encode(), to_json(output.record))

    def _analyze(self, values: Sequence[bytes | None]) -> Iterator[Output]:
        yield from map(
            analyze_outputs, self._analyzer.analyze_all([_valid(decode(RAW_POST, value)) for value in values])
        )

    def _dedup(self, partition: int, values: Sequence[bytes | None]) -> Iterator[Output]:
        for outcome in self._indexes[partition].decide_all([_valid(decode_analyzed(value)) for value in values]):
            yield from dedup_outputs(_valid(outcome))


def _valid(outcome: Any) -> Any:  # noqa: ANN401 - any outcome or record
    if isinstance(outcome, Exception):
        raise outcome
    if isinstance(outcome, Reject):
        raise TypeError(outcome.message)
    return outcome
