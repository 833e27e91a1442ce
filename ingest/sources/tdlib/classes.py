"""Which class of TDLib an object is."""

from typing import Any


def class_of(value: object) -> str:
    """``messageText``; "" where it has none. Programs in JavaScript write ``_`` for ``@type``."""
    if not isinstance(value, dict):
        return ""
    name = value.get("@type", value.get("_"))
    return name if isinstance(name, str) else ""


def object_of(value: object) -> dict[str, Any]:
    """The object, an empty one for anything else: null is how TDLib writes what is not there."""
    return value if isinstance(value, dict) else {}
