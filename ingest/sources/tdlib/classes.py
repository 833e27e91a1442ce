"""Which class of TDLib an object is."""

from typing import Any

from ingest.sources.context import ReadContext


def class_of(value: object) -> str:
    """``messageText``; "" where it has none. For ``@type`` programs in JavaScript write ``_``, aiotdlib ``ID``."""
    if not isinstance(value, dict):
        return ""
    name = value.get("@type") or value.get("_") or value.get("ID")
    return name if isinstance(name, str) else ""


def class_name(context: ReadContext, value: object, field: str) -> str:
    """The same; of an object without any the user is warned."""
    found = class_of(value)
    if not found and value is not None:
        context.unknown(field, "object with a class")
    return found


def object_of(value: object) -> dict[str, Any]:
    """The object, an empty one for anything else: null is how TDLib writes what is not there."""
    return value if isinstance(value, dict) else {}
