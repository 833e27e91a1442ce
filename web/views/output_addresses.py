"""Addresses under which a view is a feed, a table or JSON."""

from collections.abc import Sequence
from typing import Any, Final

from web.pages import address

_NAMES: Final = {"rss": "RSS", "atom": "Atom", "csv": "CSV", "json": "JSON", "jsonl": "JSON lines", "gexf": "GEXF"}
_SYNDICATED: Final = ("rss", "atom")
FORMS: Final = ("rss", "atom", "csv", "jsonl")


def outputs(
    path: str, filters: Sequence[tuple[str, object]] = (), *, forms: Sequence[str] = FORMS, limit: int | None = None
) -> dict[str, Any]:
    """The ``links`` of a page to other forms of what it shows, and the ``alternates`` that readers of feeds look for.

    ``limit``: of rows, where a table would have few.
    """
    addresses = {form: address(path, *filters, ("format", form), ("limit", limit)) for form in forms}
    return {
        "links": [(_NAMES[form], url) for form, url in addresses.items()],
        "alternates": [(form, addresses[form]) for form in _SYNDICATED if form in addresses],
    }
