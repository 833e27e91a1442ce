"""How far a move is, in its note: what interrupted it, the same command goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.kafka.topic_survey import TopicSurvey
from runtime.unfinished_work import MOVE, end, note, noted
from schemas import Lane
from sinks.contract import Partition
from tgwire.errors import DamagedNoteError

MovedKind = Literal["log", "posts", "deletions", "counts"]


class MoveProgress(BaseModel):
    """How far each kind of row has been sent, and confirmed."""

    model_config = ConfigDict(strict=True)

    name: str = Field(default_factory=lambda: uuid4().hex)
    """By which the store knows the move."""
    store_id: str
    store: str
    """Name of the store for people."""
    topics: dict[str, str]
    """Ids by name."""
    after: dict[MovedKind, int | str] = Field(default_factory=dict)
    """Key of the last row of a kind."""
    is_sent: bool = False
    """Nothing is left to send: the store is changed next."""
    ends: dict[str, dict[int, int]] = Field(default_factory=dict)
    """Of each topic that a sink reads and each partition the offset behind what was sent, when all is."""
    destinations: dict[Lane, str] = Field(default_factory=dict)
    """The place that ledger and cursors know for a lane, when all is sent."""

    @classmethod
    def read(cls, state_dir: Path) -> Self | None:
        """Read the note of a move that has begun; DamagedNoteError for one that cannot be read."""
        text = noted(state_dir, MOVE)
        try:
            return None if text is None else cls.model_validate_json(text)
        except ValidationError as error:
            raise DamagedNoteError(f"{state_dir / MOVE}: damaged. Give the move up: tgwire move --cancel") from error

    def partitions(self) -> dict[Partition, int]:
        """The offsets at which a sink goes on, by partition."""
        return {
            Partition(name, self.topics[name], number): end
            for name, ends in self.ends.items()
            for number, end in ends.items()
        }

    def is_in(self, surveys: Mapping[str, TopicSurvey]) -> bool:
        """Whether topics, by name, have what was sent: a cluster without ids may have made them again, too."""
        if {name: each.topic_id for name, each in surveys.items()} != self.topics:
            return False
        ends = {name: each.ends for name, each in surveys.items()}
        if self.after and not any(end for each in ends.values() for end in each.values()):
            return False
        return all(ends[at.topic].get(at.number, 0) >= end for at, end in self.partitions().items())

    def write(self, state_dir: Path) -> None:
        """Write the note; it is on the disk when this returns."""
        note(state_dir, MOVE, self.model_dump_json())

    @staticmethod
    def end(state_dir: Path) -> None:
        """The move is done, or given up."""
        end(state_dir, MOVE)
