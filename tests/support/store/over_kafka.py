"""The stages of the worker over a broker in memory, and the store's sink behind them: what posts become over Kafka."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Self

from processors.core.dedup import DedupIndex
from processors.core.outcomes import Folded
from processors.core.pipeline import Analyzer
from processors.stream.delivery.batch_producer import OutputBatch, ProducerRecord
from processors.stream.kafka_message import FetchedMessage, LogRecord
from processors.stream.process.preflight import NEEDED
from processors.stream.stages.analyze_and_dedup import AnalyzeStage, StageResult
from processors.stream.stages.ordering import PendingUpdate, StateOrdering
from processors.stream.state.changelog_table import TopicIds
from processors.stream.state.post_states import StateTables
from processors.testing import MemoryLog, MemoryProducer
from runtime.kafka.cluster_topics import ClusterTopics
from schemas import FingerprintBatch, Lane, RawPost, post_key
from schemas.base import to_json
from schemas.topics import DUPLICATES, FINGERPRINTS, NORMALIZED, STATES, raw_topic
from tests.support.store.feed import TIMESTAMP_MS, Feed
from tests.support.store.stores import OpenStore
from tgwire.move.records import Outgoing


async def _ids() -> TopicIds:
    return TopicIds("n", "s")


class OverKafka:
    """A worker of its own tables and indexes; each topic of the sink has one partition."""

    def __init__(self, folder: Path, analyzer: Analyzer, open_store: OpenStore, moved: Sequence[Outgoing] = ()) -> None:
        """``moved``: what the topics hold already, with the verdicts on it."""
        self._broker, self._taken = MemoryProducer(), 0
        self._topics = ClusterTopics("", {topic.name: topic.partitions for topic in NEEDED})
        self._logs: dict[int, MemoryLog] = {}
        self.verdicts: list[tuple[str, bytes | None]] = []
        for each in moved:
            if each.topic is STATES:
                number = self._topics.key_partition((each.key or b"").decode())
                self._logs.setdefault(number, MemoryLog()).append(each.key, each.value, TIMESTAMP_MS)
        tables = self._tables = StateTables(folder, self._read_log, keep_days=90, max_unreadable=0)
        self._ordering = StateOrdering(tables, self._topics, lambda: 1, _ids, forgotten_after_days=30)
        self._stages = {lane: AnalyzeStage(analyzer, lane, self._topics, self._ordering) for lane in Lane}
        self._indexes = [DedupIndex() for _ in range(FINGERPRINTS.partitions)]
        for each in moved:
            if each.topic is FINGERPRINTS and each.home is not None:
                batch = FingerprintBatch.read(each.value or b"")
                self._indexes[each.home].fold_silently([(batch, TIMESTAMP_MS)])
        self.feed = Feed(open_store)

    def _read_log(self, number: int, start: int) -> AsyncIterator[Sequence[LogRecord]]:
        return self._logs.get(number, MemoryLog())(number, start)

    @property
    def sent(self) -> list[Outgoing]:
        """The records that were sent, verdicts last."""
        by_name = {topic.name: topic for topic in NEEDED}
        found = [Outgoing(by_name[each.topic], each.key, each.value) for each in self._broker.sent]
        return found + [Outgoing(DUPLICATES, key.encode(), value) for key, value in self.verdicts]

    async def take(self, raws: Sequence[RawPost]) -> None:
        """Posts, one batch of a lane after the other."""
        for raw in raws:
            number = self._topics.channel_partition(raw.channel.id)
            message = FetchedMessage((raw_topic(raw.lane).name, number), 0, None, None, TIMESTAMP_MS / 1000)
            (result,) = self._stages[raw.lane].handle([(message, raw)])
            assert isinstance(result, StageResult)
            assert result.change is not None
            box = OutputBatch(self._broker, 5.0)
            async with self._ordering.lock_states({number}) as states:
                states.decide([PendingUpdate(message, result.change, self._encoded(result))], box.add)
                await box.flush()
                states.on_delivery(box.ends)
            self._deliver()

    async def homes(self, posts: Sequence[RawPost]) -> dict[str, int | None]:
        """Of posts that were taken."""
        found: dict[str, int | None] = {}
        for post in posts:
            number = self._topics.channel_partition(post.channel.id)
            async with self._ordering.lock_states({number}) as states:
                ((_, state),) = states._tables[number].find([(post.channel.id, post.message_id)]).items()
            found[post_key(post.channel.id, post.message_id)] = state.home
        return found

    def _encoded(self, result: StageResult) -> list[ProducerRecord]:
        return [
            ProducerRecord(
                output.topic.name,
                self._topics.key_partition(output.key),
                output.key.encode(),
                None if output.record is None else to_json(output.record),
            )
            for output in result.outputs
        ]

    def _deliver(self) -> None:
        """Let duplicate detection and the sink have what was sent."""
        sent = self._broker.sent[self._taken :]
        self._taken += len(sent)
        for topic in (NORMALIZED, DUPLICATES):
            found = [((each.key or b"").decode(), each.value) for each in sent if each.topic == topic.name]
            if found:
                assert not self.feed.send(topic.name, found).refused
        for each in sent:
            if each.topic == FINGERPRINTS.name:
                self._compare(each.partition, FingerprintBatch.read(each.value or b""))

    def _compare(self, home: int, batch: FingerprintBatch) -> None:
        changes = self._indexes[home].fold(batch, TIMESTAMP_MS)
        assert all(isinstance(change, Folded) for change in changes)
        verdicts = [verdict for change in changes if isinstance(change, Folded) for verdict in change.verdicts]
        found = [(verdict.key, None if verdict.record is None else to_json(verdict.record)) for verdict in verdicts]
        self.verdicts += found
        if found:
            assert not self.feed.send(DUPLICATES.name, found).refused

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.feed.close()
