"""Objects, lists, texts and flags within records. An absent or null field is unknown; one of a wrong type is unknown as
well, and the user is warned: once a file, with the field's name and how often.
"""

from typing import Any

from ingest.sources.context import ReadContext
from ingest.utf16 import readable


def optional_object(context: ReadContext, value: object, field: str) -> dict[str, Any] | None:
    """The object; None for null and for anything else."""
    if isinstance(value, dict):
        return value
    if value is not None:
        context.unknown(field, "object")
    return None


def object_of(context: ReadContext, value: object, field: str) -> dict[str, Any]:
    """The same, with an empty object for none."""
    return optional_object(context, value, field) or {}


def objects(context: ReadContext, value: object, field: str) -> list[dict[str, Any]]:
    """The objects of a list; none for null and for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        context.unknown(field, "list")
        return []
    found = [each for each in value if isinstance(each, dict)]
    for _ in range(len(value) - len(found)):
        context.unknown(field, "object")
    return found


def text(context: ReadContext, value: object, field: str) -> str | None:
    """A name, a title, the name of a class; None for null, "" and anything else."""
    if isinstance(value, str):
        return readable(value) or None
    if value is not None:
        context.unknown(field, "text")
    return None


def words(context: ReadContext, value: object, field: str) -> str:
    """A text, or that of an object which has its entities beside it, as newer layouts do; "" for anything else."""
    return text(context, value.get("text", value) if isinstance(value, dict) else value, field) or ""


def flag(context: ReadContext, value: object, field: str) -> bool:
    """Whether it is true; false for null and for anything else. Some programs write 1 and 0."""
    if value is True or value is False:
        return value
    if value is None:
        return False
    if value not in (0, 1):
        context.unknown(field, "yes or no")
    return value == 1
