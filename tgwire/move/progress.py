"""How far a move is, in its note: what interrupted it, the same command goes on."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.unfinished_work import MOVE, end, note, noted
from tgwire.errors import MoveError

Kind = Literal["log", "posts", "deletions", "counts"]


class MoveProgress(BaseModel):
    """How far each kind of row has been sent, and confirmed."""

    model_config = ConfigDict(strict=True)

    store_id: str
    store: str
    """As people know it."""
    topics: dict[str, str]
    """Ids by name."""
    after: dict[Kind, int | str] = Field(default_factory=dict)
    """Key of the last row of a kind."""
    is_sent: bool = False
    """Nothing is left to send: from here on the store changes, and there is no way back."""

    @classmethod
    def read(cls, state_dir: Path) -> Self | None:
        """Of a move that has begun; MoveError for a note that cannot be read."""
        text = noted(state_dir, MOVE)
        try:
            return None if text is None else cls.model_validate_json(text)
        except ValidationError as error:
            raise MoveError(f"{state_dir / MOVE}: damaged. Give the move up: tgwire move --cancel") from error

    def write(self, state_dir: Path) -> None:
        """Durable when this returns."""
        note(state_dir, MOVE, self.model_dump_json())

    @staticmethod
    def end(state_dir: Path) -> None:
        """The move is done, or given up."""
        end(state_dir, MOVE)
