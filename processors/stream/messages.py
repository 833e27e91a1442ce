"""What the shell needs to know of a message, whoever fetched it."""

from typing import NamedTuple, Protocol


class Partition(NamedTuple):
    """A partition of a topic; equal to Faust's and aiokafka's own tuples of the same content."""

    topic: str
    """Full name, with prefix."""
    partition: int


class Message(Protocol):
    """A fetched record. Faust's ``Message`` has this shape."""

    @property
    def tp(self) -> tuple[str, int]:
        """Topic and partition."""
        ...

    @property
    def offset(self) -> int:
        """Offset."""
        ...

    @property
    def key(self) -> bytes | None:
        """Key as it came."""
        ...

    @property
    def value(self) -> bytes | None:
        """Value as it came."""
        ...

    @property
    def timestamp(self) -> float | None:
        """The broker's timestamp of the record, in seconds since 1970."""
        ...

    @property
    def generation_id(self) -> int:
        """Generation of the consumer group in which it was fetched."""
        ...
