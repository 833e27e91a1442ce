"""What the stages need to know of a message, whoever fetched it."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class KafkaMessage(Protocol):
    """A record that was fetched from a topic. Faust's ``Message`` has this shape."""

    @property
    def tp(self) -> tuple[str, int]:
        """Full name of the topic, and the partition."""
        ...

    @property
    def offset(self) -> int:
        """Offset of the record in its partition."""
        ...

    @property
    def key(self) -> bytes | None:
        """Key as its producer sent it."""
        ...

    @property
    def value(self) -> bytes | None:
        """Value as its producer sent it; None for a tombstone of the topic."""
        ...

    @property
    def timestamp(self) -> float | None:
        """The broker's timestamp of the record, in seconds since 1970."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]] | None:
        """Headers as their producer sent them: names and values."""
        ...

    @property
    def generation_id(self) -> int:
        """Generation of the consumer group in which it was fetched."""
        ...


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    """A record that was fetched outside of the group."""

    tp: tuple[str, int]
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: float | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    generation_id: int = -1


class LogRecord(Protocol):
    """A record of a log that the worker keeps state in, as aiokafka gives it."""

    @property
    def offset(self) -> int:
        """Offset of the record in its partition."""
        ...

    @property
    def timestamp(self) -> int | None:
        """The broker's timestamp of the record, in milliseconds since 1970."""
        ...

    @property
    def key(self) -> bytes | None:
        """Key as its producer sent it."""
        ...

    @property
    def value(self) -> bytes | None:
        """Value as its producer sent it; None removes the key."""
        ...


ReadLog = Callable[[int, int], AsyncIterator[Sequence[LogRecord]]]
"""Reads one partition of such a log from an offset to its end as it is now."""
