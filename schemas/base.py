"""What every record shares: strictness, UTC times, spans of text."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment with its zone; stored in UTC. A naive time is an error, never a guess."""


class Record(BaseModel):
    """Base of all models: immutable, strict, and deaf to fields that a newer writer has added."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Span(Record):
    """A piece of the record's own text, with ``text == record.text[start:end]``."""

    text: str = Field(description="The piece, verbatim.")
    start: int = Field(ge=0, description="Offset of the first code point.", examples=[0])
    end: int = Field(ge=0, description="Offset after the last code point.", examples=[12])
