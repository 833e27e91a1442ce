"""The cue lexicon: attribution phrases of many languages, found next to an outlet's name."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from processors.core.quotes.lexicon.file_models import CueTable
from processors.core.quotes.lexicon.scripts import FIRST_UNPARTED, UNPARTED
from processors.core.quotes.lines.tokens import Spelling, Tokens, spell, words_in


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


class Cue(NamedTuple):
    """A phrase at words ``first`` to ``after - 1``."""

    first: int
    after: int
    use: int
    """Bits of CueUse."""


_ATTRIBUTING = CueUse.VERB | CueUse.BEFORE | CueUse.HEADLINE | CueUse.INTERVIEW | CueUse.CITING | CueUse.FINAL
"""Uses of a phrase that is a cue on its own."""
_Phrases = dict[str, list[tuple[tuple[str, ...], int]]]


class CueLexicon:
    """All languages in one table: a cue is only looked for beside an outlet, where words of two languages rarely
    collide, and a post may mix languages. Immutable once built.
    """

    def __init__(self, tables: Iterable[CueTable]) -> None:
        by_phrase: dict[str, int] = {}
        for table in tables:
            for phrase, use in (*phrases_of(table), *helpers_of(table), *reviews_of(table)):
                by_phrase[phrase] = by_phrase.get(phrase, 0) | use
        # All spelled at once, which takes a third of the time.
        spelled = spell("\n".join(by_phrase)).text.split("\n")
        uses: dict[tuple[str, ...], int] = {}
        for phrase, use in zip(spelled, by_phrase.values(), strict=True):
            words = tuple(words_of_phrase(phrase))
            uses[words] = uses.get(words, 0) | use
        self.single_words = frozenset(words[0] for words in uses if len(words) == 1)
        """The phrases of one word; those of scripts without blanks are among them."""
        self._by_first = _by_first(uses, _ATTRIBUTING)
        self._helpers = _by_first(uses, CueUse.AFTER | CueUse.POINTER | CueUse.TO)
        self._following = self._by_first.keys() | _by_first(uses, CueUse.AFTER).keys()
        self.citing_words = frozenset(words[0] for words, use in uses.items() if use & CueUse.CITING)
        """First words of the phrases of citing."""

    def may_open(self, words: Iterable[str]) -> bool:
        """Whether any phrase starts with one of the words: much cheaper than to look at each of them."""
        return not self._by_first.keys().isdisjoint(words)

    def may_follow(self, words: Iterable[str]) -> bool:
        """The same for phrases that are a cue behind an outlet alone."""
        return not self._following.isdisjoint(words)

    def at(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The longest cue that starts at word ``index`` and ends before word ``stop``."""
        return _longest(self._by_first, tokens, index, stop)

    def helper_at(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The same for phrases that are no cue on their own: AFTER, POINTER, TO."""
        return _longest(self._helpers, tokens, index, stop)


def words_of_phrase(spelled: str) -> list[str]:
    """The words of a phrase: of scripts without blanks the whole, for texts come cut at it (UnpartedWords)."""
    lowered = spelled.lower()
    if lowered.isalpha() and lowered < FIRST_UNPARTED:  # as most: no need to look for its words
        return [lowered]
    return lowered.split() if UNPARTED.search(spelled) else words_in(Spelling(spelled))


def _by_first(uses: dict[tuple[str, ...], int], wanted: int) -> _Phrases:
    """The phrases with a wanted use by their first word, the longest first."""
    found: _Phrases = {}
    for words, use in sorted(uses.items(), key=lambda item: -len(item[0])):
        if use & wanted:
            found.setdefault(words[0], []).append((words, use))
    return found


def _longest(phrases: _Phrases, tokens: Tokens, index: int, stop: int) -> Cue | None:
    for words, use in phrases.get(tokens.words[index], ()):
        after = index + len(words)
        if after <= stop and (after == index + 1 or tuple(tokens.words[index:after]) == words):
            return Cue(index, after, use)
    return None


def phrases_of(table: CueTable) -> Iterable[tuple[str, int]]:
    """Every phrase that is a cue on its own, with its use."""
    for group in table.verbs:
        yield from ((stem + ending, CueUse.VERB) for stem in group.stems for ending in group.endings)
    verb = CueUse.VERB | CueUse.FINAL if table.verb_final else CueUse.VERB
    yield from ((form, verb) for form in table.forms if form not in table.before)
    yield from ((f"{aux} {form}", CueUse.VERB) for aux in table.auxiliaries for form in table.participles)
    yield from ((form, CueUse.BEFORE) for form in table.before)
    yield from ((form, verb | CueUse.HEADLINE) for form in table.headlines)
    yield from ((form, CueUse.INTERVIEW) for form in table.interview)
    yield from ((form, CueUse.CITING) for form in table.citing)


def helpers_of(table: CueTable) -> Iterable[tuple[str, int]]:
    """Every phrase that is a cue only with another word or behind the outlet, with its use."""
    yield from ((form, CueUse.AFTER) for form in table.after)
    yield from ((form, CueUse.POINTER) for form in table.pointers)
    yield from ((form, CueUse.TO) for form in table.to)


def reviews_of(table: CueTable) -> Iterable[tuple[str, int]]:
    """Every verb that is a cue in a list of several outlets alone."""
    return ((form, CueUse.VERB) for form in table.reviews)
