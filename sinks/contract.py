"""What every sink is: a place for records that keeps its own offsets.

``sinks.runner`` reads the topics and calls one sink from one thread at a time. A sink never talks to Kafka. The suite
``tests/contract/sinks/test_sinks.py`` holds every sink to what is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from schemas.events import RejectReason


class Guarantee(StrEnum):
    """How often a record has its effect, after kills and freezes at any moment."""

    EXACTLY_ONCE = "exactly-once"
    """Offset and effect become durable together."""
    AT_LEAST_ONCE = "at-least-once"
    """Repeats happen, under the same id."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition of a topic."""

    topic: str
    """Name of the topic in ``schemas.topics``, without the prefix of the cluster."""
    topic_id: str
    """Kafka's id of the topic (32 hex digits), so that a recreated topic is seen; empty on a cluster without ids."""
    number: int


@dataclass(frozen=True, slots=True)
class Message:
    """A record of a topic, as the broker holds it."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    """Milliseconds since 1970, as the broker set it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """All that a partition holds at the offsets [start, end): compaction leaves some without a message.

    Messages ascend by offset. ``start`` is where the sink is, by its ``open`` or its last ``Written``.
    """

    partition: Partition
    start: int
    end: int
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class PartitionPosition:
    """How far a sink has written a partition."""

    offset: int
    """The next one to read."""
    written_ms: int | None = None
    """When it last wrote, in milliseconds since 1970: the topics keep withdrawn keys for a while only, and a sink that
    was away longer is refused. None is never refused."""


START = PartitionPosition(-2)
"""For a partition of which the sink knows nothing, or knows another topic of that name: read from the first record."""
END = PartitionPosition(-1)
"""For such a partition of which only what comes from now on is wanted. The runner calls ``move`` before it writes."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that a sink will never take; it becomes a dead letter."""

    message: Message
    reason: RejectReason
    text: str
    """What is wrong, without any text of a post."""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The result of ``Sink.write``."""

    next_offset: int
    """Where the sink is now, and the runner reads on. After a batch that was taken this is the batch's end; another
    value means that only a part was written, or that another process has written meanwhile: the runner seeks."""
    refused: Sequence[Refusal] = ()
    """Messages at ``next_offset`` or above. Where there are any, the sink has not gone past the first of them: the
    runner has the dead letters confirmed by the broker, then writes the rest of the batch again without them."""


@runtime_checkable
class Sink(Protocol):
    """A place for records.

    All methods may block. They raise

    - TransientError where the same call can succeed later, as it is: the runner waits and repeats it;
    - FatalError (or OSError) where an operator has to act: the process ends with the text.

    After an error, as after a kill, the sink is where its last ``Written`` left it, or further on by whole messages in
    order; a repeated call finds that out by itself.
    """

    guarantee: Guarantee
    topics: tuple[str, ...]
    """Names in ``schemas.topics``, without prefix."""

    def open(self, partitions: Sequence[Partition]) -> dict[Partition, PartitionPosition]:
        """Get ready to write, and return where to read on in each of these partitions.

        Called again, with all partitions of that moment, when topics were recreated or have got more partitions. Of a
        topic that has another id than the one the sink knows it returns START: the records are the same, by rank.
        Raises FatalError when another process writes to the same place and cannot be kept apart by ``write``.
        """
        ...

    def move(self, partition: Partition, offset: int) -> None:
        """Make ``offset`` the sink's place in a partition, durably: after START and END, and where an operator accepts
        that records are missing.
        """
        ...

    def write(self, batch: Batch) -> Written:
        """Write a batch, whose offsets follow those of the batch before, and be durable before this returns.

        A batch that does not start where the sink is (another process has written, this one was frozen meanwhile) is
        dropped: ``Written.next_offset`` is where the sink is. A batch without messages moves the offset alone; one
        whose start is its end notes that the sink is there (``PartitionPosition.written_ms``), as the runner does now
        and then for a partition in which nothing happens.
        """
        ...

    def close(self) -> None:
        """Let go of everything. Called once, also after an error, and possibly before ``open``."""
        ...
