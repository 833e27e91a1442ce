"""Topics of a cluster: their full names, partition counts, and which key goes to which partition."""

from collections.abc import Mapping
from functools import lru_cache

from aiokafka.partitioner import murmur2

from schemas.topics import POSTS_FLAT, RAW_LIVE, Topic


class ClusterTopics:
    """Names and sizes, read once when the worker starts: after a change of partitions, restart the workers."""

    def __init__(self, prefix: str, partitions: Mapping[str, int]) -> None:
        self._prefix = prefix
        self._partitions = dict(partitions)
        self.has_flat = self.name(POSTS_FLAT) in self._partitions
        """Whether flat topics are written: they are among the sizes where ``worker.flat`` is set."""

    def name(self, topic: Topic) -> str:
        """Full name of a topic on the cluster."""
        return self._prefix + topic.name

    def label(self, name: str) -> str:
        """A full name without the prefix, as metrics show it."""
        return name.removeprefix(self._prefix)

    def partitions(self, topic: Topic) -> int:
        """Number of partitions."""
        return self._partitions[self.name(topic)]

    def partition_of(self, topic: Topic, key: bytes) -> int:
        """The partition of a key, by the rule of Kafka's own default partitioner, so that all clients agree."""
        return _hash(key) % self.partitions(topic)

    def channel_partition(self, channel_id: int) -> int:
        """The number of the partitions that all records of a channel are in, of each topic whose key has a channel."""
        return self.partition_of(RAW_LIVE, b"%d" % channel_id)

    def key_partition(self, key: str) -> int:
        """The same for the channel of a post, quote or citation, by its key."""
        return self.channel_partition(int(key.split(":", 2)[1]))


@lru_cache(maxsize=4096)
def _hash(key: bytes) -> int:
    # aiokafka's murmur2 is pure Python, and channels come again and again.
    return int(murmur2(key)) & 0x7FFFFFFF
