"""What every record shares: strictness, UTC times, spans of text."""

from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Annotated, Self

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from schemas.bounds import Count
from schemas.times import UNIX_EPOCH

SCHEMA_VERSION = 1
_FIRST, _LIMIT = UNIX_EPOCH, datetime(2106, 1, 1, tzinfo=UTC)
"""Telegram counts seconds since 1970 in 32 bits, which end in February 2106."""
LIMIT_US = (_LIMIT - _FIRST) // timedelta(microseconds=1)
"""The end of all moments in microseconds since 1970: none reaches it."""
_FIELDS = attrgetter("__dict__")
_new = object.__new__
_set_fields = BaseModel.__dict__["__dict__"].__set__
_set_given = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


def _from_iso_8601(value: object, info: ValidationInfo) -> object:
    # pydantic alone would read "2024" as 2,024 seconds after 1970.
    if info.mode != "json" or not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.upper())  # RFC 3339 also writes t and z
    except ValueError:
        raise ValueError("not an ISO 8601 date and time") from None


def _to_utc(value: datetime) -> datetime:
    try:
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    except OverflowError:
        moment = _LIMIT
    if not _FIRST <= moment < _LIMIT:
        raise ValueError("outside the years 1970 to 2105")
    return moment


UtcDatetime = Annotated[AwareDatetime, BeforeValidator(_from_iso_8601), AfterValidator(_to_utc)]
"""A moment of the years 1970 to 2105 with its zone; stored in UTC. A naive time is an error, never a guess; so is a
bare number."""


class Record(BaseModel):
    """Base of all models: immutable and strict; fields that a newer writer has added are ignored.

    What is accepted can be written as JSON and read back equal: no NaN or infinity, and no lone surrogate,
    which cannot be encoded.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        allow_inf_nan=False,
        str_min_length=0,  # without any bound pydantic does not look into a str, and lone surrogates pass
        hide_input_in_errors=True,  # else a traceback in a log would show the text of a post
    )

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: object) -> Self:  # type: ignore[override]
        """A record of values that are valid and of the very types of its fields, which nothing checks. A large record
        takes a third of the time of validation; by pydantic's own method it takes as long as that.
        """
        record = _new(cls)
        _set_fields(record, _defaults(cls) | values)
        _set_given(record, set(values) if _fields_set is None else _fields_set)
        _set_extra(record, None)
        _set_private(record, None)
        return record

    def to_json(self) -> bytes:
        """The record as it goes to Kafka: the text of ``model_dump_json`` in UTF-8."""
        try:
            # The same bytes as pydantic's own serializer writes, in a third of the time.
            return orjson.dumps(self, _FIELDS, orjson.OPT_UTC_Z)
        except orjson.JSONEncodeError:  # of ``RawPost.original``: a number of over 64 bits, or values too deep
            return self.__pydantic_serializer__.to_json(self)


@cache
def _defaults(model: type[Record]) -> dict[str, object]:
    """All fields in their order; what has no default is there as pydantic's sign of that."""
    return {name: field.default for name, field in model.model_fields.items()}


def to_json(record: Record) -> bytes:
    """A record as it goes to Kafka."""
    return record.to_json()


class Span(Record):
    """A piece of the record's own text, with ``text == record.text[start:end]``."""

    text: str = Field(description="The piece, verbatim.")
    start: Count = Field(description="Offset of the first code point.", examples=[0])
    end: Count = Field(description="Offset after the last code point.", examples=[12])
