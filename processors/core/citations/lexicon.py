"""The phrases that attribute a statement, looked up from either side of a name, and the words around them."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from processors.core.citations.file_models import WordsFile
from processors.core.quotes.lexicon.cues import CueUse, helpers_of, phrases_of, words_of_phrase
from processors.core.quotes.lexicon.file_models import CueTable
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.lexicon.unparted_words import UnpartedWords
from processors.core.quotes.lines.tokens import spell


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
_PASSIVE = ("ется", "ются", "лся", "лась", "лось", "лись")
_SAYING = frozenset(
    ["говорится", "ссылается", "ссылаются", "поделился", "поделилась", "поделились", "призналась", "признался"]
)


class Phrase(NamedTuple):
    """A phrase of ``length`` words with the bits of what it may be."""

    length: int
    roles: int


class _Entry(NamedTuple):
    words: tuple[str, ...]
    roles: int


class CitationLexicon:
    """All languages in one table, as for the quote lists: phrases are looked for beside a name only."""

    def __init__(self, cues: Iterable[CueTable], words: WordsFile, press: PressLexicon) -> None:
        around = words.around
        roles = _roles(cues, words)
        self._by_first: dict[str, list[_Entry]] = {}
        self._by_last: dict[str, list[_Entry]] = {}
        for phrase, use in sorted(roles.items(), key=_longest_first):
            entry = _Entry(phrase, use)
            self._by_first.setdefault(phrase[0], []).append(entry)
            self._by_last.setdefault(phrase[-1], []).append(entry)
        joining = {words[-1] for words, use in roles.items() if use & CueUse.TO and len(words) == 1}
        self.prepositions = _plain(around.joins)
        """Join a verb of saying to the outlet that it is said to: "told it to", "explicó a"."""
        self.joining = self.prepositions | joining
        self.pieces = _plain(around.pieces)
        self.source_labels = _plain(around.source_labels)
        self.editions = _plain(around.editions)
        self.press = press
        self.weak_kinds = _plain(around.weak_kinds)
        self.kinds = press.kinds | _plain(around.kinds)
        sources = {words[0] for words, use in roles.items() if len(words) == 1 and use == Role.INTERVIEW}
        self.authors = (_plain(around.authors) | press.correspondents) - sources
        self.fillers = _plain(around.fillers)
        self.places = _plain(around.places)
        self.topics = _plain(around.topics)
        self.elsewhere = _plain(around.elsewhere)
        self.footers = _plain(around.footers) | press.footers
        self.credits = _plain(around.credits)
        self.not_outlets = _plain(around.not_outlets)
        single = {phrase[0] for phrase in roles if len(phrase) == 1}
        self.unparted = UnpartedWords(single | self.kinds | self.authors | self.pieces | self.footers | self.credits)
        """Cuts the words of scripts that put no blanks between them."""
        self.pointers = tuple(sorted(set(_phrases(around.pointers)), key=len, reverse=True))
        self._pointing = frozenset(phrase[0] for phrase in self.pointers)
        self.name_endings = frozenset(press.name_endings)
        self.naming_kinds = self.kinds - self.weak_kinds - _plain(around.generic_kinds)
        """Kinds right after which a name is an outlet's, known or not."""
        attributing = Role.VERB | Role.BEFORE
        reporting = [
            phrase[-1]
            for table in words.cues.values()
            for phrase in _phrases([phrase for phrase, use in phrases_of(table) if use & attributing])
        ]
        self.before_names = frozenset(reporting) | self.naming_kinds | ARTICLES
        self.triggers = frozenset(word for word in reporting if len(word) >= SHORTEST_TRIGGER) | self.naming_kinds
        """A word of these is before every name that the registry lacks and that is found all the same."""

    def ending(self, words: Sequence[str], after: int) -> Phrase | None:
        """The longest phrase that ends before word ``after``; the roles of all phrases as long."""
        for entry in self._by_last.get(words[after - 1], ()) if after else ():
            length = len(entry.words)
            if length == 1 or (length <= after and tuple(words[after - length : after]) == entry.words):
                return Phrase(length, entry.roles)
        return None

    def starting(self, words: Sequence[str], first: int) -> Phrase | None:
        """The longest phrase that starts at word ``first``."""
        for entry in self._by_first.get(words[first], ()) if first < len(words) else ():
            length = len(entry.words)
            if length == 1 or tuple(words[first : first + length]) == entry.words:
                return Phrase(length, entry.roles)
        return None

    def points_back(self, words: Sequence[str]) -> bool:
        """Whether a phrase among the words refers to what was said before them ("об этом")."""
        if self._pointing.isdisjoint(words):
            return False
        return any(
            tuple(words[place : place + len(phrase)]) == phrase
            for place, word in enumerate(words)
            for phrase in self.pointers
            if phrase[0] == word
        )


def _add(roles: dict[str, int], phrases: Iterable[tuple[str, int]]) -> None:
    for phrase, use in phrases:
        roles[phrase] = roles.get(phrase, 0) | use


def _roles(cues: Iterable[CueTable], words: WordsFile) -> dict[tuple[str, ...], int]:
    """Each phrase, as words, with the bits of what it may be."""
    shared: dict[str, int] = {}
    for table in cues:
        _add(shared, phrases_of(table))
        _add(shared, ((phrase, use & ~CueUse.POINTER) for phrase, use in helpers_of(table)))
    own: dict[str, int] = {}
    for table in words.cues.values():
        _add(own, phrases_of(table))
    _add(own, ((word, Role.AFTER) for word in words.around.postpositions))
    _add(own, ((word, Role.PIECE) for word in words.around.pieces))
    refused = set(_phrases(words.not_cues))
    roles: dict[tuple[str, ...], int] = {}
    for phrase, use in zip(_phrases(shared), shared.values(), strict=True):
        if phrase not in refused:
            roles[phrase] = roles.get(phrase, 0) | use
    for phrase, use in zip(_phrases(own), own.values(), strict=True):
        roles[phrase] = roles.get(phrase, 0) | use
    return {phrase: use for phrase, use in roles.items() if use and phrase and not _is_passive(phrase)}


def _is_passive(words: tuple[str, ...]) -> bool:
    """Whether it is a Russian verb whose subject says nothing: "отмечается"."""
    return len(words) == 1 and words[0].endswith(_PASSIVE) and words[0] not in _SAYING


def _phrases(texts: Iterable[str]) -> Iterable[tuple[str, ...]]:
    # All spelled at once, which takes a third of the time.
    return (tuple(words_of_phrase(text)) for text in spell("\n".join(texts)).text.split("\n"))


def _plain(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in spell("\n".join(words)).text.split("\n") for word in words_of_phrase(text))


def _longest_first(item: tuple[tuple[str, ...], int]) -> tuple[int, tuple[str, ...]]:
    return -len(item[0]), item[0]
