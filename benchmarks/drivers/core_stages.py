"""Both stages without a shell around them: a message in, records out."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from processors.core.decode import decode_analyzed
from processors.core.dedup import DedupIndex
from processors.core.outcomes import Reject
from processors.core.routing import Output, analyze_outputs, dedup_outputs
from processors.resources import load_analyzer
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
    """What every driver calls for each message. No dead letters: the posts here are all valid."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.kafka.topic_prefix
        self._analyzer = load_analyzer()
        self._indexes: defaultdict[int, DedupIndex] = defaultdict(DedupIndex)
        self.analyzed = self._prefix + ANALYZED.name
        self.raw = [self._prefix + topic.name for topic in (RAW_LIVE, RAW_BACKFILL)]
        self.inputs = [*self.raw, self.analyzed]

    def handle(self, topic: str, partition: int, value: bytes | None) -> Iterator[Record]:
        """The records that a message becomes."""
        outputs = self._dedup(partition, value) if topic == self.analyzed else self._analyze(value)
        for output in outputs:
            target = partition if output.topic is FINGERPRINTS else None
            value = to_json(output.record)
            yield Record(self._prefix + output.topic.name, target, output.key.encode(), value)

    def _analyze(self, value: bytes | None) -> Iterator[Output]:
        outcome = self._analyzer.analyze_bytes(value)
        if isinstance(outcome, Reject):
            raise ValueError(outcome.message)
        yield analyze_outputs(outcome)

    def _dedup(self, partition: int, value: bytes | None) -> Iterator[Output]:
        analyzed = decode_analyzed(value)
        if isinstance(analyzed, Reject):
            raise ValueError(analyzed.message)
        yield from dedup_outputs(self._indexes[partition].decide(analyzed))
