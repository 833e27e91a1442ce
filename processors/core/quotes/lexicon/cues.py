"""The cue lexicon: attribution phrases of many languages, found next to an outlet's name."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from processors.core.quotes.lexicon.file_models import CueTable
from processors.core.quotes.lines.tokens import Tokens, words_of


class CueUse:
    """What a phrase may be, as bits of an int: an IntFlag takes ten times as long to test."""

    VERB: Final = 1
    BEFORE: Final = 2
    """Precedes the outlet and needs no verb: "according to"."""
    HEADLINE: Final = 4
    TELL: Final = 8
    """Its object may be the outlet: "told Reuters"."""
    CITING: Final = 16
    """Names whom the outlet cites: "citing"."""
    FINAL: Final = 32
    """May close the sentence of an outlet that opened it."""
    GUESS: Final = 64
    """Of no lexicon: the word after an outlet that has the form of a verb."""


class Cue(NamedTuple):
    """A phrase at words ``first`` to ``after - 1``."""

    first: int
    after: int
    use: int
    """Bits of CueUse."""


class CueLexicon:
    """All languages in one table: a cue is only looked for beside an outlet, where words of two languages rarely
    collide, and a post may mix languages. Immutable once built.
    """

    def __init__(self, tables: Iterable[CueTable]) -> None:
        uses: dict[tuple[str, ...], int] = {}
        for table in tables:
            for phrase, use in phrases_of(table):
                words = tuple(words_of(phrase))
                uses[words] = uses.get(words, 0) | use
        self._by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for words, use in sorted(uses.items(), key=lambda item: -len(item[0])):
            self._by_first.setdefault(words[0], []).append((words, use))

        self.citing_words = frozenset(words[0] for words, use in uses.items() if use & CueUse.CITING)
        """First words of the phrases of citing."""

    def may_open(self, words: Iterable[str]) -> bool:
        """Whether any phrase starts with one of the words: much cheaper than to look at each of them."""
        return not self._by_first.keys().isdisjoint(words)

    def at(self, tokens: Tokens, index: int, stop: int) -> Cue | None:
        """The longest phrase that starts at word ``index`` and ends before word ``stop``."""
        phrases = self._by_first.get(tokens.words[index])
        if phrases is None:
            return None
        for words, use in phrases:
            after = index + len(words)
            if after <= stop and (after == index + 1 or tuple(tokens.words[index:after]) == words):
                return Cue(index, after, use)
        return None


def phrases_of(table: CueTable) -> Iterable[tuple[str, int]]:
    """Every phrase with its use."""
    for group in table.verbs:
        yield from ((stem + ending, CueUse.VERB) for stem in group.stems for ending in group.endings)
    verb = CueUse.VERB | CueUse.FINAL if table.verb_final else CueUse.VERB
    yield from ((form, verb) for form in table.forms if form not in table.before)
    yield from ((f"{aux} {form}", CueUse.VERB) for aux in table.auxiliaries for form in table.participles)
    yield from ((form, CueUse.BEFORE) for form in table.before)
    yield from ((form, verb | CueUse.HEADLINE) for form in table.headlines)
    yield from ((form, CueUse.TELL) for form in table.tell)
    yield from ((form, CueUse.CITING) for form in table.citing)
