"""The names of topics, and the partitions of keys."""

import pytest
from kafka.partitioner import murmur2

from processors.stream.process.preflight import NEEDED
from runtime.kafka.cluster_topics import ClusterTopics
from schemas.topics import NORMALIZED

TOPICS = ClusterTopics("p.", {f"p.{topic.name}": 6 for topic in NEEDED})


@pytest.mark.parametrize("key", [b"", b"en", b"tg:1234567890:42", "tg:1:2:ё:0".encode(), b"x" * 500])
def test_keys_go_where_other_clients_send_them(key: bytes) -> None:
    expected = (murmur2(key) & 0x7FFFFFFF) % 6
    assert TOPICS.partition_of(NORMALIZED, key) == expected


def test_prefix_is_put_on_and_taken_off() -> None:
    assert TOPICS.name(NORMALIZED) == "p.posts.normalized"
    assert TOPICS.label("p.posts.normalized") == "posts.normalized"


def test_all_records_of_a_channel_are_in_partitions_of_one_number() -> None:
    number = (murmur2(b"1234567890") & 0x7FFFFFFF) % 6
    keys = ("tg:1234567890:42", "tg:1234567890:42:3")
    assert [TOPICS.key_partition(key) for key in keys] == [number, number]
    assert TOPICS.channel_partition(1234567890) == number
