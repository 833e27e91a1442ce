"""The phrases that attribute a statement, looked up from either side of a name, and the words around them."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from processors.core.citations.file_models import CitationWords, FormWords
from processors.core.citations.forms import Forms, by_first_word
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lexicon.phrase_table import longest_from, longest_to
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED, without_and
from processors.core.quotes.lexicon.unparted_words import UnpartedWords


class Role:
    """What a phrase may be beside a name, as bits of an int; those of ``CueUse`` and more."""

    VERB: Final = CueUse.VERB
    BEFORE: Final = CueUse.BEFORE
    INTERVIEW: Final = CueUse.INTERVIEW
    CITING: Final = CueUse.CITING
    FINAL: Final = CueUse.FINAL
    AFTER: Final = CueUse.AFTER
    """Follows the name and needs no verb: "zufolge"."""
    PIECE: Final = 1024
    """A piece of the outlet's: "report", "poll"."""


SHORTEST_TRIGGER: Final = 4
_WITH_ADJECTIVE: Final = ("preposition", "adjective", "noun")


_MARKS_BEHIND: Final = (":", ":**", "**:", ")", ").", ")**")


class Phrase(NamedTuple):
    """A phrase of ``length`` words with the bits of what it may be."""

    length: int
    roles: int


class CitationLexicon:
    """All languages in one table, as for the quote lists: phrases are looked for beside a name only."""

    def __init__(self, words: CitationWords, press: PressLexicon) -> None:
        around = words.around
        self.forms = Forms(words.forms)
        self._by_first = words.by_first
        self._by_last = words.by_last
        self.final_verbs = frozenset(words.final_verbs)
        """First words of the phrases that may close the clause of a name."""
        self.prepositions = frozenset(around.joins)
        """Join a verb of saying to the outlet that it is said to: "told it to", "explicó a"."""
        self.joining = self.prepositions.union(words.joining)
        self.pieces = frozenset(around.pieces)
        self.source_labels = frozenset(around.source_labels)
        self.editions = frozenset(around.editions)
        self.press = press
        self.weak_kinds = frozenset(around.weak_kinds)
        self.kinds = press.kinds | frozenset(around.kinds)
        self.authors = (press.correspondents | frozenset(around.authors)).difference(words.interview)
        self.descriptors = self.kinds | self.authors
        self.fillers = frozenset(around.fillers)
        self.places = frozenset(around.places)
        self.topics = frozenset(around.topics)
        self.elsewhere = frozenset(around.elsewhere)
        self.footers = press.footers | frozenset(around.footers)
        self.credits = frozenset(around.credits)
        self.adverts = frozenset(around.adverts)
        self.evenings = tuple(around.evenings)
        """When a programme is: phrases."""
        self.not_outlets = frozenset(around.not_outlets)
        self.unparted = UnpartedWords(words.unparted, self.kinds, self.authors, self.pieces, self.footers, self.credits)
        """Cuts the words of scripts that put no blanks between them."""
        self._pointers = {
            first: [phrase.split(" ") for phrase in phrases]
            for first, phrases in by_first_word(sorted(set(around.pointers))).items()
        }
        """Phrases that refer to what was said before them, by their first words."""
        self.name_endings = frozenset(press.name_endings).union(words.forms.closers).difference(words.forms.not_closers)
        self.naming_kinds = self.kinds - self.weak_kinds - frozenset(around.generic_kinds)
        """Kinds right after which a name is an outlet's, known or not."""
        self.cued_kinds = self.kinds & (self.weak_kinds | frozenset(around.generic_kinds))
        """Those right after which a name is an outlet's where a word of reporting precedes them."""
        self.naming_cues = frozenset(around.naming_cues)
        """Phrases right after which a capitalised name that closes its clause is an outlet's."""
        self.passives = frozenset(around.passives)
        """Phrases between what an outlet cites and the outlet: "Sidwaya, quoted by AFP"."""
        self.quoting_cues = by_first_word(sorted(self.naming_cues.union(around.quoting_cues, around.pointed_cues)))
        """Phrases right after which a name in quotation marks is an outlet's, by their first word."""
        self.quoting_ends = frozenset(
            phrase.split(" ")[-1] for phrases in self.quoting_cues.values() for phrase in phrases
        )
        """Their last words."""
        self.stories = frozenset(around.stories)
        """Pieces that outlets alone publish: before "of", a name and a verb the name is an outlet's."""
        self.cues_behind = frozenset(word + mark for word in around.cues_behind for mark in ("", "."))
        """Words right before which a capitalised name is an outlet's."""
        self.name_openers = frozenset(around.name_openers).union(words.forms.label_openers)
        """First words of names of outlets."""
        self.quoting_words = frozenset(self.quoting_cues)
        self.naming_words = (
            self.naming_kinds
            | self.cued_kinds
            | self.cues_behind
            | self.name_openers
            | self.stories
            | self.forms.citing
            | frozenset(self.forms.seen_by)
            | frozenset(around.pointed_cues)
            | press.correspondents
            | frozenset(phrase.partition(" ")[0] for phrase in self.naming_cues)
        )
        """A word of these is in most texts that name an outlet which the registry lacks, without quotation marks."""
        self.before_names = frozenset(words.reporting) | self.naming_kinds | self.joining | ARTICLES
        self.attributing = frozenset(self._by_last)
        """Last words of phrases."""
        too_common = frozenset(around.too_common)
        reporting = frozenset(word for word in words.reporting if len(word) >= SHORTEST_TRIGGER) - too_common
        self.triggers = reporting | self.naming_kinds
        """Words that attribute, before or behind a name that the registry lacks."""
        self.behind_names = self.triggers.union(phrase.partition(" ")[0] for phrase in around.postpositions)
        """Those right behind such a name, and what is there in place of "according to"."""
        ends = frozenset(word for word in words.ends if len(word) >= SHORTEST_TRIGGER) - too_common
        saying = self.triggers | self.quoting_words | self.cues_behind | ends
        self.saying = saying.union(f"{word}:" for word in saying if word < FIRST_UNCASED)
        """A word of these is in every text in which such names are looked for."""
        self.formed_words = frozenset(_formed_words(words.forms))
        """A word of these, with the mark behind it, is in most texts that have a label or credit of such a name."""
        quoted_closers = (word + mark for word in words.forms.closers for mark in ("", "»", "”", "“"))
        self.naming_in_quotes = press.correspondents.union(quoted_closers)
        """Words of which one is in most texts that have such a name in quotation marks."""
        self.to_kinds = self.joining.union(words.forms.to_kinds)
        """Words before a kind of outlet to which something is said."""
        self.beside_names = self.saying | self.naming_words | self.formed_words | self.naming_in_quotes

    def ending(self, words: Sequence[str], after: int) -> Phrase | None:
        """The longest phrase that ends before word ``after``; the roles of all phrases as long."""
        found = longest_to(self._by_last, words, after)
        return None if found is None else Phrase(*found)

    def around_adjective(self, words: Sequence[str], after: int) -> Phrase | None:
        """The phrase of two words, such as "nach Informationen", that ends before word ``after`` and has an adjective
        in it: "nach ersten Informationen".
        """
        if after < len(_WITH_ADJECTIVE):
            return None
        preposition, adjective, noun = words[after - len(_WITH_ADJECTIVE) : after]
        if not adjective[0].isalpha():
            return None
        found = longest_to(self._by_last, [preposition, noun], 2)
        is_phrase = found is not None and found[0] == 2 and found[1] & Role.BEFORE
        return Phrase(len(_WITH_ADJECTIVE), found[1]) if found is not None and is_phrase else None

    def starting(self, words: Sequence[str], first: int) -> Phrase | None:
        """The longest phrase that starts at word ``first``."""
        found = longest_from(self._by_first, words, first, len(words))
        return None if found is None else Phrase(*found)

    def starting_as(self, words: Sequence[str], first: int, roles: int) -> Phrase | None:
        """The longest phrase that starts at word ``first`` and has one of the roles: "berichtet" of "berichtet von"."""
        found = longest_from(self._by_first, words, first, len(words))
        while found is not None and not found[1] & roles:
            found = longest_from(self._by_first, words, first, first + found[0] - 1)
        return None if found is None else Phrase(*found)

    def is_passive(self, words: Sequence[str]) -> bool:
        """Whether a phrase says that what is before it is cited by the outlet behind it: "quoted by"."""
        return " ".join(words) in self.passives

    def without_and(self, word: str) -> str:
        """A word of an Arabic or Hebrew text without the "and" that is written together with it, where the rest is one
        of the lexicon: "وصرح".
        """
        rest = without_and(word)
        if rest is word or word in self._by_first or word in self.kinds:
            return word
        return rest if rest in self._by_first or rest in self.kinds else word

    def points_back(self, words: list[str]) -> bool:
        """Whether a phrase among the words refers to what was said before them ("об этом")."""
        if self._pointers.keys().isdisjoint(words):  # as most
            return False
        return any(self.opens_pointing(words[place:]) for place, word in enumerate(words) if word in self._pointers)

    def opens_pointing(self, words: list[str]) -> bool:
        """Whether such a phrase opens the words."""
        pointers = self._pointers.get(words[0], ()) if words else ()
        return any(words[: len(pointer)] == pointer for pointer in pointers)


def _formed_words(forms: FormWords) -> Iterator[str]:
    """Words of names that show outlets' as a text without a cue may have them."""
    yield from forms.closers
    yield from (word + mark for word in (*forms.closers, *forms.common_closers) for mark in _MARKS_BEHIND)
    yield from (mark + word for word in forms.label_openers for mark in ("", "("))
