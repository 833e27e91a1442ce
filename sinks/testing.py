"""A test double for code that runs sinks: it keeps what it is given, and answers as a test has scripted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sinks.contract import Batch, Guarantee, Partition, PartitionPosition, Written

__all__ = ["ScriptedAnswer", "ScriptedSink"]

ScriptedAnswer = Written | Exception
"""What ``write`` returns, or raises."""


@dataclass
class ScriptedSink:
    """A ``Sink`` that gives one answer to each batch, and takes whole batches when the answers are used up.

    It keeps no positions, so that it does not pass the suite of sinks (``tests/contract/sinks``).
    """

    answers: list[ScriptedAnswer] = field(default_factory=list)
    given: list[Batch] = field(default_factory=list)
    """Every batch that was written, those with an error included."""
    guarantee: Guarantee = Guarantee.EXACTLY_ONCE
    topics: tuple[str, ...] = ("posts.normalized",)

    def open(self, partitions: Sequence[Partition]) -> dict[Partition, PartitionPosition]:
        """See ``Sink``: it knows none of the partitions."""
        return {}

    def move(self, partition: Partition, offset: int) -> None:
        """See ``Sink``: nothing is kept."""

    def write(self, batch: Batch) -> Written:
        """See ``Sink``."""
        self.given.append(batch)
        answer = self.answers.pop(0) if self.answers else Written(batch.end)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """See ``Sink``."""
