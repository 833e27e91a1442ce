"""Both stages without a shell around them: a message in, records out. Nothing decides on the order of states."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from processors.core.decode import RAW_POST, decode, decode_fingerprints
from processors.core.dedup import DedupIndex
from processors.core.dedup.channel_names import NewChannelNames
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.fingerprint_records import post_fingerprint
from processors.core.dedup.homes import EPOCH, home_partition
from processors.core.outcomes import Analyzed, Reject
from processors.core.routing import Output, post_outputs, verdict_outputs, verdict_without_comparison
from processors.loading import load_analyzer
from processors.stream.process.gc_schedule import configure_gc
from processors.stream.stages.analyze_and_dedup import AnalyzeStage, DedupStage
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.settings.tree import Settings
from schemas import ChannelName, FingerprintBatch, NormalizedPost, PostFingerprint
from schemas.base import to_json
from schemas.rank import Rank, StateClass
from schemas.states import PostState
from schemas.topics import FINGERPRINTS, RAW_BACKFILL, RAW_LIVE, STATES, TOPICS


class Record(NamedTuple):
    """A record to be sent."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes


class CoreStages:
    """What every driver calls for messages. No dead letters: the posts here are all valid."""

    def __init__(self, settings: Settings, *, post_by_post: bool = False) -> None:
        """In slices as the worker takes them, or one after the other."""
        self._slices = (1, 1) if post_by_post else (AnalyzeStage.slice_posts, DedupStage.slice_posts)
        self._topics = _topics(settings.kafka.topic_prefix)
        self._analyzer = load_analyzer()
        self._names = NewChannelNames()
        self._indexes: defaultdict[int, DedupIndex] = defaultdict(DedupIndex)
        self.fingerprints = self._topics.name(FINGERPRINTS)
        self.raw = [self._topics.name(topic) for topic in (RAW_LIVE, RAW_BACKFILL)]
        self.inputs = [*self.raw, self.fingerprints]
        configure_gc()  # as the worker does

    def handle(self, topic: str, partition: int, values: Sequence[bytes | None]) -> Iterator[Record]:
        """The records that messages of a partition become."""
        is_dedup = topic == self.fingerprints
        messages = self._slices[is_dedup]
        for start in range(0, len(values), messages):
            slice_ = values[start : start + messages]
            yield from self._dedup(partition, slice_) if is_dedup else self._analyze(partition, slice_)

    def _analyze(self, number: int, values: Sequence[bytes | None]) -> Iterator[Record]:
        """Records of posts; the number of a channel's partitions is the same in all topics."""
        posts: defaultdict[int, list[PostFingerprint]] = defaultdict(list)
        names: list[ChannelName] = []
        for outcome in self._analyzer.analyze_all([_valid(decode(RAW_POST, value)) for value in values]):
            if not isinstance(outcome, Analyzed):
                raise TypeError("a deletion")
            post = outcome.post
            home = home_partition(post.language.code, FINGERPRINTS.partitions) if outcome.has_home else None
            for output in post_outputs(post):
                yield self._sent(output)
            entry = post_fingerprint(post, outcome.fingerprint)
            if home is None:
                yield from (self._sent(output) for output in verdict_outputs([verdict_without_comparison(entry)]))
            else:
                posts[home].append(entry)
            names += self._names.of(post)
            yield Record(self._topics.name(STATES), number, post.key.encode(), _state(post, home).pack())
        for home in range(FINGERPRINTS.partitions) if names else posts:
            batch = FingerprintBatch(VERSION, EPOCH, tuple(posts.get(home, ())), tuple(names))
            yield Record(self.fingerprints, home, None, batch.to_bytes())

    def _dedup(self, home: int, values: Sequence[bytes | None]) -> Iterator[Record]:
        for value in values:
            for change in self._indexes[home].fold(_valid(decode_fingerprints(value, EPOCH)), 0):
                for output in verdict_outputs(_valid(change).verdicts):
                    yield self._sent(output)

    def _sent(self, output: Output) -> Record:
        if output.record is None:
            raise TypeError("a deletion")
        number = self._topics.key_partition(output.key)
        return Record(self._topics.name(output.topic), number, output.key.encode(), to_json(output.record))


def _topics(prefix: str) -> ClusterTopics:
    return ClusterTopics(prefix, {prefix + topic.name: topic.partitions for topic in TOPICS})


def _state(post: NormalizedPost, home: int | None) -> PostState:
    moment_us, state_class = post.provenance.rank
    quotes = sum(len(found.items) for found in post.quote_lists)
    return PostState(Rank(moment_us, StateClass(state_class)), post.revision, False, home, EPOCH, quotes)


def _valid(outcome: Any) -> Any:  # noqa: ANN401 - any outcome or record
    if isinstance(outcome, Exception):
        raise outcome
    if isinstance(outcome, Reject):
        raise TypeError(outcome.message)
    return outcome
