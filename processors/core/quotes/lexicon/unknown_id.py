"""The id of an outlet that the registry lacks."""

from typing import Final

from processors.core.quotes.lexicon.name_tree import folded_word
from processors.core.quotes.lines.tokens import words_of
from schemas import Outlet
from schemas.text import unaccented

UNKNOWN: Final = "?"
"""First character of such an id; no id of the registry has it."""


def unknown_outlet(name: str) -> Outlet:
    """The outlet of a name that the registry lacks. Its id is ``?`` and the folded name, so that all spellings of one
    name share it; when the registry takes the outlet in, the id leads to the new one.
    """
    words = [folded_word(unaccented(word)) for word in words_of(name)]
    return Outlet(id=UNKNOWN + " ".join(words), name=name, country=None, is_known=False)
