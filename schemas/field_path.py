"""The path of an invalid field in a record, in names of the contract alone."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import get_args, get_origin

from pydantic import JsonValue

from schemas.base import Record


def field_path(location: Sequence[int | str]) -> str | None:
    """A location of pydantic's, e.g. ``media.0.size_bytes``; None when it is the whole record.

    It ends at a field whose keys are free, such as ``counters.reactions``: a key there is a piece of what somebody
    posted, and has no place in a reason.
    """
    parts: list[str] = []
    for part in location:
        parts.append(str(part))
        if part in _fields_with_free_keys():
            break
    return ".".join(parts) or None


@cache
def _fields_with_free_keys() -> frozenset[str]:
    return frozenset(
        name
        for record in _records(Record)
        for name, field in record.model_fields.items()
        if _has_free_keys(field.annotation)
    )


def _records(base: type[Record]) -> Iterator[type[Record]]:
    for record in base.__subclasses__():
        yield record
        yield from _records(record)


def _has_free_keys(annotation: object) -> bool:
    is_mapping = get_origin(annotation) is dict or annotation is JsonValue
    return is_mapping or any(map(_has_free_keys, get_args(annotation)))
