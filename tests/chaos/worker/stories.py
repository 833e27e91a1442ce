"""Texts that have next to nothing in common, unless one is made of the other."""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import benchmarks
from tests.chaos.worker import quote_lists, statements
from tests.chaos.worker.quote_lists import LEAD_INS, QuoteList
from tests.chaos.worker.statements import FORMS, PART, Statement

LANGUAGES = ("ru", "en", "uk", "de", "fr", "es", "it", "pl", "pt", "tr", "nl", "cs")
ENOUGH_WORDS = 4
"""Of a text: with fewer it is not compared with others (docs/duplicates.md)."""
WORDS = 24
"""Of a story: enough for the language to be sure, and for two stories to have next to nothing in common."""
QUOTES_SHARE, LONG_SHARE, SHORT_SHARE, EMPTY_SHARE = 0.2, 0.01, 0.04, 0.01
"""Of new posts: media-quote lists, long texts, texts too short to be compared, and posts without a text."""
UNLISTED_SHARE, LISTED_SHARE, SHORTENED_SHARE = 0.15, 0.05, 0.02
"""Of the edits of lists, those that leave no list; of the other edits, those that make one, and those that leave next
to nothing.
"""
CITING_SHARE, KEPT_SHARE, REPLACED_SHARE = 0.4, 0.3, 0.4
"""Of texts in a language that has forms of it, those that cite an outlet; of the edits of such texts, those that keep
the statement, and those that have another one.
"""
MAX_MARKS = 20
"""Each edit adds one, and a text must not become another for it."""
LONG_CHARACTERS = (10_000, 200_000)
"""Of long texts; on a logarithmic scale all lengths come as often."""

_LATIN, _CYRILLIC = "abcdefghiklmnoprstuvz", "абвгдежзиклмнопрстуя"
_ENDS = ("", "", "", "", "", "", "", ",", ".", ".\n\n-")
_PHRASES = Path(benchmarks.__file__).with_name("phrases")


class Story(NamedTuple):
    """Content of a state of a post."""

    text: str
    language: str
    quotes: QuoteList | None = None
    statement: Statement | None = None
    """The last paragraph, where it cites an outlet."""

    @property
    def body(self) -> str:
        """The text before the statement."""
        return self.text if self.statement is None else self.text.removesuffix(PART + self.statement.text)

    @property
    def is_compared(self) -> bool:
        """Whether it is long enough to repeat another."""
        return len(self.text.split()) >= ENOUGH_WORDS


class Stories:
    """Each mark, a number that is given once, makes a text that no other is equal to.

    ``language_of`` is the pipeline's own detector: an edit changes the language only where it is meant to.
    """

    def __init__(self, random: Random, language_of: Callable[[str], str]) -> None:
        self._random = random
        self._language_of = language_of

    def new(self, mark: int) -> Story:
        """Of a new post."""
        kind = self._random.random()
        if (kind := kind - QUOTES_SHARE) < 0:
            return self._list(self._random.choice(list(LEAD_INS)))
        if (kind := kind - LONG_SHARE) < 0:
            return self._marked(self._long_text(), mark)
        if (kind := kind - SHORT_SHARE) < 0:
            return self._short(self._random.choice(LANGUAGES), mark)
        if kind - EMPTY_SHARE < 0:
            return Story("", self._language_of(""))
        return self.plain(mark)

    def plain(self, mark: int, but: str | None = None) -> Story:
        """Of usual length; in any language but this."""
        language = self._random.choice([language for language in LANGUAGES if language != but])
        return self._plain(language, mark)

    def edited(self, known: Story, mark: int, *, may_edit_list: bool) -> Story:
        """Mostly the same words in another order, and in the same language."""
        made = self._edited(known, mark, may_edit_list=may_edit_list)
        may_differ = not (known.is_compared and made.is_compared)
        return made if made.language == known.language or may_differ else known

    def _edited(self, known: Story, mark: int, *, may_edit_list: bool) -> Story:
        random = self._random
        if not known.is_compared:  # it grows
            return self.plain(mark)
        if random.random() < SHORTENED_SHARE:
            return self._short(known.quotes.language if known.quotes else random.choice(LANGUAGES), mark)
        if known.quotes is None and known.language in LEAD_INS and random.random() < LISTED_SHARE:
            return self._list(known.language)
        if known.quotes is None:
            is_worn = known.text.count("#s") >= MAX_MARKS
            if is_worn:
                return known
            return self._marked(_shuffled(random, known.body), mark, known.language, known)
        if random.random() < UNLISTED_SHARE:
            return self._plain(known.quotes.language, mark)
        if not may_edit_list:
            return known
        quotes = quote_lists.edit(random, known.quotes, _vocabulary(known.quotes.language))
        return Story(quotes.text, self._language_of(quotes.text), quotes)

    def _plain(self, language: str, mark: int) -> Story:
        return self._marked(" ".join(self._random.choices(_vocabulary(language), k=WORDS)), mark, language)

    def _short(self, language: str, mark: int) -> Story:
        return self._marked(self._random.choice(_vocabulary(language)), mark)

    def _marked(self, text: str, mark: int, language: str | None = None, known: Story | None = None) -> Story:
        """The text with its mark; closed by a statement, where its language has forms of it and the mark so decides."""
        marked = f"{text} #s{mark}"
        own = Random(f"statement {mark}")  # what else is invented does not depend on it
        # Of a long text the end is not read.
        may_cite = len(text) < LONG_CHARACTERS[0]
        statement = _statement(own, language, known.statement if known else None) if may_cite else None
        if statement is not None:
            marked += PART + statement.text
        return Story(marked, self._language_of(marked), statement=statement)

    def _list(self, language: str) -> Story:
        quotes = quote_lists.invent(self._random, language, _vocabulary(language))
        return Story(quotes.text, self._language_of(quotes.text), quotes)

    def _long_text(self) -> str:
        """Every second word is made up: two such texts, and one and a short one, have no word pairs in common."""
        random, language = self._random, self._random.choice(LANGUAGES)
        letters = _CYRILLIC if language in ("ru", "uk") else _LATIN
        length = int(LONG_CHARACTERS[0] * (LONG_CHARACTERS[1] / LONG_CHARACTERS[0]) ** random.random())
        words, characters = list[str](), 0
        while characters < length:
            made_up = "".join(random.choices(letters, k=8))
            words.append(f"{random.choice(_vocabulary(language))} {made_up}{random.choice(_ENDS)}")
            characters += len(words[-1]) + 1
        return " ".join(words)


def _statement(random: Random, language: str | None, known: Statement | None) -> Statement | None:
    """The statement of a text; ``known`` is that of the text which it is an edit of."""
    if language not in FORMS:
        return None
    kind = random.random()
    if known is None:
        return statements.invent(random, language, _vocabulary(language)) if kind < CITING_SHARE else None
    if kind < KEPT_SHARE:
        return known
    return statements.invent(random, language, _vocabulary(language)) if kind < KEPT_SHARE + REPLACED_SHARE else None


def _shuffled(random: Random, text: str) -> str:
    words = text.split(" ")
    random.shuffle(words)
    return " ".join(words)


@cache
def _vocabulary(language: str) -> tuple[str, ...]:
    phrases = tomllib.loads((_PHRASES / f"{language}.toml").read_text(encoding="utf-8"))
    text = " ".join(phrase for name in ("people", "verbs", "objects", "times", "reasons") for phrase in phrases[name])
    return tuple(sorted(set(re.findall(r"[^\W\d_]{2,}", text))))
