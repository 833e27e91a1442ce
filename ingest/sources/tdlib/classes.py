"""Which class of TDLib an object is."""

from typing import Any


def class_of(value: object) -> str:
    """``messageText``; "" where it has none. For ``@type`` programs in JavaScript write ``_``, aiotdlib ``ID``."""
    if not isinstance(value, dict):
        return ""
    name = value.get("@type") or value.get("_") or value.get("ID")
    return name if isinstance(name, str) else ""


def object_of(value: object) -> dict[str, Any]:
    """The object, an empty one for anything else: null is how TDLib writes what is not there."""
    return value if isinstance(value, dict) else {}
