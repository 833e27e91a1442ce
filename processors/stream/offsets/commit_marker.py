"""A digest of the last record below a commit, which shows whether the log is still the one that was read.

An offset alone proves nothing when the log was cut short (an unclean election, a broker that lost its last writes) or
the topic recreated: once there are as many records as before, the new ones below the offset would never be read.
Kafka's own clients ask where the epoch of the leader ended (KIP-320); aiokafka has no such request, so the record
itself is looked at.
"""

from typing import NamedTuple, Self

from processors.stream.kafka_message import KafkaMessage
from runtime.kafka.record_digest import DIGEST_BYTES, record_digest

_OFFSET_DIGITS = 19
"""Most decimal digits of an offset, which has 63 bits."""


class CommitMarker(NamedTuple):
    """The last record that was handled of a partition. A group's commit carries it as its metadata."""

    offset: int
    digest: str

    @classmethod
    def of(cls, message: KafkaMessage) -> Self:
        """The marker of a message that the worker has handled."""
        timestamp_ms = None if message.timestamp is None else round(message.timestamp * 1000)
        return cls.of_record(message.offset, timestamp_ms, message.key, message.value)

    @classmethod
    def of_record(cls, offset: int, timestamp_ms: int | None, key: bytes | None, value: bytes | None) -> Self:
        """The marker of a record by its parts; ``timestamp_ms`` is the broker's time since 1970."""
        return cls(offset, record_digest(timestamp_ms, key, value))

    @classmethod
    def parse(cls, metadata: str) -> Self | None:
        """The marker in a commit; None when somebody else made that commit."""
        offset, separator, digest = metadata.partition(":")
        is_number = offset.isascii() and offset.isdecimal() and len(offset) < _OFFSET_DIGITS
        if not separator or not is_number or len(digest) != 2 * DIGEST_BYTES:
            return None
        return cls(int(offset), digest)

    def __str__(self) -> str:
        return f"{self.offset}:{self.digest}"
