"""A store filled with raw posts, through the core and the store's own sink."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from processors.core.pipeline import Analyzer
from processors.core.routing import direct_outputs
from processors.in_process import DirectPipeline
from schemas import RawPost
from schemas.topics import CHANNEL_STATES, DUPLICATES, NORMALIZED
from sinks.contract import Batch, Message, Partition
from sinks.store.opening import open_database
from sinks.store.sink import StoreSink

_TOPICS = {topic.name: Partition(topic.name, "", 0) for topic in (NORMALIZED, DUPLICATES, CHANNEL_STATES)}
_BATCH = 200


class Filler:
    """Writes raw posts to a store, as replay, worker and sink do together."""

    def __init__(self, url: str, analyzer: Analyzer) -> None:
        self._pipeline = DirectPipeline(analyzer)
        self._sink = StoreSink(lambda: open_database(url))
        self._ends = dict.fromkeys(_TOPICS, 0)
        for partition in self._sink.open(list(_TOPICS.values())):
            self._sink.move(partition, 0)

    def write(self, posts: Iterable[RawPost]) -> None:
        """Take posts in, in their order."""
        coming = iter(posts)
        while some := list(islice(coming, _BATCH)):
            waiting: defaultdict[str, list[tuple[str, bytes | None]]] = defaultdict(list)
            for outcome in self._pipeline.process_all(some):
                for output in direct_outputs(outcome):
                    if output.topic.name in _TOPICS:
                        value = None if output.record is None else output.record.to_json()
                        waiting[output.topic.name].append((output.key, value))
            for topic, values in waiting.items():
                self.send(topic, values)

    def send(self, topic: str, values: list[tuple[str, bytes | None]]) -> None:
        """Write records of a topic."""
        start = self._ends[topic]
        messages = [
            Message(offset, key.encode(), value, 1_700_000_000_000) for offset, (key, value) in enumerate(values, start)
        ]
        end = start + len(messages)
        written = self._sink.write(Batch(_TOPICS[topic], start, end, messages))
        assert (written.next_offset, list(written.refused)) == (end, [])
        self._ends[topic] = end

    def close(self) -> None:
        """Let go of the store."""
        self._sink.close()
