"""The id of an outlet that the registry lacks."""

from typing import Final

from processors.core.quotes.lines.tokens import words_of
from schemas import Outlet

UNKNOWN: Final = "?"
"""First character of such an id; no id of the registry has it."""


def unknown_outlet(name: str) -> Outlet:
    """The outlet of a name that the registry lacks. Its id is ``?`` and the folded name, so that all spellings of one
    name share it; when the registry takes the outlet in, ``former`` leads from it to the new id.
    """
    return Outlet(id=UNKNOWN + " ".join(words_of(name)), name=name, country=None, is_known=False)
