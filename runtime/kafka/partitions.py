"""The partition of a key by the rule of Kafka's own default partitioner, where no worker is at hand."""

from functools import lru_cache

from kafka.partitioner import murmur2


@lru_cache(maxsize=4096)
def channel_partition(channel_id: int, partitions: int) -> int:
    """The number of the partitions that all records of a channel are in."""
    return (int(murmur2(b"%d" % channel_id)) & 0x7FFFFFFF) % partitions
