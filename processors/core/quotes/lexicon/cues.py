"""The cue lexicon: attribution phrases of many languages, found next to an outlet's name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from processors.core.quotes.lexicon.file_models import BuiltCues
from processors.core.quotes.lexicon.phrase_table import PhraseTable, longest_from
from processors.core.quotes.lines.tokens import Tokens


class CueUse:
    """What a phrase may be, as bits of an int: an IntFlag takes ten times as long to test."""

    VERB: Final = 1
    BEFORE: Final = 2
    """Precedes the outlet and needs no verb: "according to"."""
    HEADLINE: Final = 4
    INTERVIEW: Final = 8
    """Its object may be the outlet: "told Reuters"."""
    CITING: Final = 16
    """Names whom the outlet cites: "citing"."""
    FINAL: Final = 32
    """May close the sentence of an outlet that opened it."""
    GUESS: Final = 64
    """Of no lexicon: the word after an outlet that has the form of a verb."""
    AFTER: Final = 128
    """Follows the outlet and needs no verb: "zufolge", "göre"."""
    POINTER: Final = 256
    """Opens a sentence that attributes the one before it: "Об этом", "c'est ce que"."""
    TO: Final = 512
    """Joins such a verb to the outlet: "to", "in einem Interview mit"."""


@dataclass(slots=True)
class Cue:
    """A phrase at words ``first`` to ``after - 1``."""

    first: int
    after: int
    use: int
    """Bits of CueUse."""


ATTRIBUTING: Final = CueUse.VERB | CueUse.BEFORE | CueUse.HEADLINE | CueUse.INTERVIEW | CueUse.CITING | CueUse.FINAL
"""Uses of a phrase that is a cue on its own."""


class CueLexicon:
    """All languages in one table: a cue is only looked for beside an outlet, where words of two languages rarely
    collide, and a post may mix languages. Immutable once built.
    """

    def __init__(self, cues: BuiltCues) -> None:
        self._by_first = cues.by_first
        self._helpers = cues.helpers
        self._behind = frozenset(cues.behind)
        self.citing_words = frozenset(cues.citing)
        """First words of the phrases of citing."""
        self.unparted = frozenset(cues.unparted)
        """The phrases of scripts that part no words."""

    def is_phrase(self, word: str) -> bool:
        """Whether a word is a phrase of its own, of any use."""
        return any(longest_from(table, (word,), 0, 1) for table in (self._by_first, self._helpers))

    def may_open(self, words: Iterable[str]) -> bool:
        """Whether any phrase starts with one of the words: much cheaper than to look at each of them."""
        return not self._by_first.keys().isdisjoint(words)

    def may_follow(self, words: Sequence[str]) -> bool:
        """The same for phrases that are a cue behind an outlet alone."""
        return self.may_open(words) or not self._behind.isdisjoint(words)

    def at(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The longest cue that starts at word ``index`` and ends before word ``stop``."""
        return _longest(self._by_first, tokens.words, index, stop)

    def helper_at(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The same for phrases that are no cue on their own: AFTER, POINTER, TO."""
        return _longest(self._helpers, tokens.words, index, stop)


def _longest(phrases: PhraseTable, words: Sequence[str], index: int, stop: int) -> Cue | None:
    if index >= stop or words[index] not in phrases:  # as most
        return None
    found = longest_from(phrases, words, index, stop)
    return None if found is None else Cue(index, index + found[0], found[1])
