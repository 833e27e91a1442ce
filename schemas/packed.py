"""Values of topics that are packed bytes and not JSON: internal ones, of which there is one or more for each post."""

from typing import NamedTuple


class PackedValue(NamedTuple):
    """How such a value is documented."""

    name: str
    """As a record's type."""
    title: str
    """Name of the class that reads and writes it."""
    layout: str
    """What the bytes are, from first to last."""
    example: bytes
