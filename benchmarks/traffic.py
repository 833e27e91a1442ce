"""Bytes a post through Kafka by topic, uncompressed: ``python -m benchmarks.traffic``.

Keys, values and what a record adds in a batch, in batches as the worker makes them; no broker is needed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from benchmarks.generator import generate
from benchmarks.results import Row, Table, show
from processors.core.decode import decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Reject
from processors.loading import load_analyzer
from processors.stream.delivery.batch_producer import ProducerRecord
from processors.stream.kafka_message import FetchedMessage
from processors.stream.process.preflight import NEEDED
from processors.stream.stages.analyze_and_dedup import AnalyzeStage
from processors.stream.stages.ordering import LockedStates, PendingUpdate
from processors.stream.state.state_table import PostId
from runtime.kafka.cluster_topics import ClusterTopics
from schemas import Lane, RawPost
from schemas.base import to_json
from schemas.states import PostState, topic_mark
from schemas.topics import DUPLICATES, FINGERPRINTS, RAW_BACKFILL

POSTS = 6_000
BATCH = 80
"""Posts of a batch of the worker, as they come at a few thousand a second."""
_MARK = topic_mark("246421cc-205f-4318-a133-406d090fa8e2")


class _Tables:
    """Tables of states in memory."""

    def __init__(self) -> None:
        self._states: dict[PostId, PostState] = {}

    def find(self, _number: int, keys: Sequence[PostId]) -> dict[PostId, PostState]:
        return {key: self._states[key] for key in keys if key in self._states}

    def expired(self, _number: int, _now_ms: int) -> list[PostId]:
        return []

    def value(self, _number: int, state: PostState) -> bytes:
        return state.pack(_MARK)

    def written_before(self, _number: int, _keys: Sequence[PostId], _before_ms: int) -> set[PostId]:
        return set()

    def write(self, _number: int, states: Mapping[PostId, PostState], _end: object, _at_ms: int) -> None:
        self._states |= states


def measure(posts: int = POSTS) -> Table:
    """Bytes a post of each topic, and their sum."""
    topics = ClusterTopics("", {topic.name: topic.partitions for topic in NEEDED})
    stage, tables = AnalyzeStage(load_analyzer(), Lane.BACKFILL, topics, ordering=None), _Tables()  # type: ignore[arg-type]
    indexes = [DedupIndex() for _ in range(FINGERPRINTS.partitions)]
    found: Counter[str] = Counter()
    raws = list(generate(posts, seed=1))
    for start in range(0, posts, BATCH):
        batch = raws[start : start + BATCH]
        found.update(_sizes(_raw_records(batch, topics)))
        sent: list[ProducerRecord] = []
        work = _work(stage, batch, topics)
        states = LockedStates(tables, topics, 0)  # type: ignore[arg-type]
        states.decide(work, sent.append)
        states.on_delivery({})
        found.update(_sizes(sent))
        found.update(_sizes(_verdicts(sent, indexes, topics)))
    rows = [Row(topic, size / posts) for topic, size in found.most_common()]
    return Table("traffic", "Traffic", "bytes a post", (*rows, Row("sum", sum(found.values()) / posts)))


def _raw_records(raws: Sequence[RawPost], topics: ClusterTopics) -> Iterator[ProducerRecord]:
    for raw in raws:
        key = b"%d" % raw.channel.id
        yield ProducerRecord(RAW_BACKFILL.name, topics.channel_partition(raw.channel.id), key, to_json(raw))


def _work(stage: AnalyzeStage, raws: Sequence[RawPost], topics: ClusterTopics) -> list[PendingUpdate]:
    messages = [FetchedMessage(("raw", topics.channel_partition(raw.channel.id)), 0, None, None, 0.0) for raw in raws]
    works = []
    for message, handled in zip(messages, stage.handle(list(zip(messages, raws, strict=True))), strict=True):
        if isinstance(handled, Reject | Exception) or handled.change is None:
            raise ValueError("a generated post cannot be handled")
        records = [
            ProducerRecord(output.topic.name, message.tp[1], output.key.encode(), to_json(output.record))
            for output in handled.outputs
            if output.record is not None
        ]
        works.append(PendingUpdate(message, handled.change, records))
    return works


def _verdicts(
    sent: Sequence[ProducerRecord], indexes: Sequence[DedupIndex], topics: ClusterTopics
) -> Iterator[ProducerRecord]:
    for record in sent:
        if record.topic != FINGERPRINTS.name:
            continue
        batch = decode_fingerprints(record.value, EPOCH)
        if isinstance(batch, Reject):
            raise ValueError(batch.message)
        for folded in indexes[record.partition].fold(batch, 0):
            if isinstance(folded, Exception):
                raise folded
            for key, verdict in folded.verdicts:
                value = None if verdict is None else to_json(verdict)
                yield ProducerRecord(DUPLICATES.name, topics.key_partition(key), key.encode(), value)


def _sizes(records: Iterator[ProducerRecord] | Sequence[ProducerRecord]) -> Counter[str]:
    """Bytes by topic: one batch for each partition."""
    batches: dict[tuple[str, int], DefaultRecordBatchBuilder] = {}
    counts: Counter[tuple[str, int]] = Counter()
    for record in records:
        place = record.topic, record.partition
        builder = batches.setdefault(place, DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 30))
        builder.append(counts[place], 0, record.key, record.value, [])
        counts[place] += 1
    found: Counter[str] = Counter()
    for (topic, _), builder in batches.items():
        found[topic] += len(builder.build())
    return found


if __name__ == "__main__":
    show(measure())
