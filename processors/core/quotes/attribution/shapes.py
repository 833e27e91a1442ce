"""The shapes in which a unit names its source, and the attribution that a shape gives."""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from processors.core.quotes.lexicon.cues import Cue, CueUse
from processors.core.quotes.lexicon.outlets import Mention
from processors.core.quotes.lines.tokens import Tokens

_MIN_WORDS = 2
_NAME = attrgetter("outlet.name")
_IS_KNOWN = attrgetter("outlet.is_known")
_IS_AMBIGUOUS = attrgetter("is_ambiguous")


class Shape:
    """How a unit names its source, as str: members of an enumeration take several times as long to look up."""

    LABEL: Final = "label"
    """"Outlet: text", "Outlet (country) - text"."""
    ALONE: Final = "alone"
    """The outlet has a line of its own, before or after the text."""
    SUBJECT: Final = "subject"
    """The outlet opens the unit and a cue follows: "The British newspaper X writes ..."."""
    CUED: Final = "cued"
    """A cue elsewhere: "..., X notes", "According to X, ..."."""
    CREDIT: Final = "credit"
    """The outlet closes the unit: "... - X", "... (X)"."""
    PIECE: Final = "piece"
    """A piece of the outlet: "an article in X about ..."."""
    NAMED: Final = "named"
    """The unit names the outlet; neither form nor cue shows that it is the outlet's statement."""


@dataclass(slots=True)
class Attribution:
    """One or more outlets that a piece of text is attributed to. What follows from the names is found out once: a list
    asks for it a hundred times.
    """

    shape: str
    """One of Shape."""
    mentions: tuple[Mention, ...]
    cue: Cue | None
    body: int
    """Offset of the outlet's statement; after the label, else the start of the line."""
    is_shown: bool = False
    """Whether an outlet that the registry lacks is shown to be one: by the same form of known ones, by quotation marks
    or what it is called beside a cue."""
    outlet_names: frozenset[str] = field(init=False)
    """Canonical names."""
    is_known: bool = field(init=False)
    """Whether the registry has every outlet."""
    is_ambiguous: bool = field(init=False)
    """Whether every name is also a common word."""
    is_guessed: bool = field(init=False)
    """Whether the cue is of no lexicon."""

    def __post_init__(self) -> None:
        self.outlet_names = frozenset(map(_NAME, self.mentions))
        self.is_known = all(map(_IS_KNOWN, self.mentions))
        self.is_ambiguous = all(map(_IS_AMBIGUOUS, self.mentions))
        self.is_guessed = self.cue is not None and self.cue.use & CueUse.GUESS != 0


def has_words(tokens: Tokens, first: int, after: int) -> bool:
    """Whether the words are a statement: figures alone are a rate or a score."""
    count = 0
    for index in range(first, after):
        count += not tokens.words[index].isdigit()  # "isalpha" knows no marks of vowels
        if count == _MIN_WORDS:
            return True
    return False
