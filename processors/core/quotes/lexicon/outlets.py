"""The registry of news outlets, and finding their names in a text."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from processors.core.quotes.lexicon.file_models import OutletEntry
from processors.core.quotes.lexicon.inflection import inflected
from processors.core.quotes.lines.tokens import Tokens, spell, words_of
from schemas import Outlet

ARTICLES = frozenset(
    ["the", "le", "la", "les", "die", "der", "das", "el", "il", "lo", "los", "o", "a", "de", "het", "az"]
)
_NEXT_WORD = re.compile(r"[ \u00a0.'’&/+!‑–-]{0,3}([^\W_]+)")
"""The next word of a name, with what may precede it."""
_CAPITALISED = re.compile(r"[A-Z0-9À-ÞĀ-ſЀ-ЯҐ][^\W_]*")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CONTEXT = 25
_MIN_LOWER = 3
"""Letters of a first word that counts in lower case ("taz"): shorter ones are articles and initials."""
_WORD = re.compile(r"[^\W_]+")


class OutletName(NamedTuple):
    """A known name in a text."""

    start: int
    end: int
    outlet: Outlet
    is_ambiguous: bool


class Mention(NamedTuple):
    """A name at words ``first`` to ``after - 1`` of a text; mentions sort by their place."""

    start: int
    end: int
    first: int
    after: int
    outlet: Outlet
    is_ambiguous: bool


class _Alias(NamedTuple):
    words: tuple[str, ...]
    head: str
    """Its first word as the registry writes it."""
    outlet: Outlet
    is_ambiguous: bool
    articles: tuple[str, ...]
    """What makes the whole name of a word that alone could be another, where it precedes it; of equal length."""


class _Node:
    """A word of names that share their words so far."""

    __slots__ = ("alias", "following")

    def __init__(self) -> None:
        self.alias: _Alias | None = None
        """The name that ends here."""
        self.following: dict[str, _Node] = {}


class OutletRegistry:
    """Finds outlets by name. Immutable once built."""

    def __init__(self, entries: Iterable[OutletEntry]) -> None:
        """Entries that come later win a name that two of them claim, so that a user's file can correct ours."""
        by_words: dict[tuple[str, ...], _Alias] = {}
        as_written: set[str] = set()
        lower_heads: set[str] = set()
        for entry in entries:
            head = _WORD.findall(spell(entry.name).text)[0]
            if head[0].islower() and len(head) >= _MIN_LOWER:
                lower_heads.add(head)
            for alias in _aliases(entry):
                as_written.add(alias.head)
                held = by_words.get(alias.words)
                if held is None or not alias.is_ambiguous or held.is_ambiguous:
                    by_words[alias.words] = alias
        self._by_first: dict[str, _Node] = {}
        for words, alias in by_words.items():
            node = self._by_first.setdefault(words[0], _Node())
            for word in words[1:]:
                node = node.following.setdefault(word, _Node())
            node.alias = alias
        heads = as_written.union(*((word.capitalize(), word.upper()) for word in self._by_first))
        # Not every letter comes back from capitals: such a word is none that starts a name.
        self._heads = {head for head in heads if head.lower() in self._by_first}
        self._lower_heads: list[str] = []
        """Those in which ``_CAPITALISED`` finds nothing ("taz")."""
        self._lower_parts: dict[str, list[str]] = {}
        """The others ("iNews"), by what it finds of them ("News")."""
        for head in sorted(lower_heads):
            if part := _CAPITALISED.search(head):
                self._lower_parts.setdefault(part[0], []).append(head)
            else:
                self._lower_heads.append(head)
        self.outlets = tuple({alias.outlet.id: alias.outlet for alias in by_words.values()}.values())

    def names(self, text: str) -> list[OutletName]:
        """The known names in a text's spelling, longest first at each place, in order and without overlap. A name
        starts with a capital, unless the registry writes it in lower case.
        """
        words = _CAPITALISED.findall(text)
        distinct = set(words)
        lower = [head for head in self._lower_heads if head in text]
        lower += (head for part in self._lower_parts.keys() & distinct for head in self._lower_parts[part])
        if not lower and self._heads.isdisjoint(distinct):
            return []
        found: list[OutletName] = []
        blocked_to = 0
        for start, word in self._places(text, words, lower):
            if start >= blocked_to:
                name = _longest(text, start, word, self._by_first[word.lower()])
                if name is not None:
                    found.append(name)
                    blocked_to = name.end
        return found

    def _places(self, text: str, words: list[str], lower: list[str]) -> list[tuple[int, str]]:
        """Where first words of names occur, in order: of ``words``, which are all of ``_CAPITALISED``, and of those
        that the registry writes in lower case.
        """
        places: list[tuple[int, str]] = []
        at = 0
        for word in words:
            start = text.find(word, at)  # nothing before it reads so, or it would be one of the words
            at = start + len(word)
            if word in self._heads and not text[start - 1 : start].isalnum():
                places.append((start, word))
        for head in lower:
            places += ((match.start(), head) for match in re.finditer(rf"(?<![^\W_]){head}(?![^\W_])", text))
        return sorted(places) if lower else places


def locate(tokens: Tokens, names: Iterable[OutletName]) -> list[Mention]:
    """Names with the words that they take."""
    return [Mention(n.start, n.end, tokens.at(n.start), tokens.at(n.end), n.outlet, n.is_ambiguous) for n in names]


def within(mentions: list[Mention], start: int, end: int) -> list[Mention]:
    """The mentions that lie in ``text[start:end]``."""
    if not mentions or (mentions[0].start >= start and mentions[-1].end <= end):
        return mentions
    first = bisect_left(mentions, (start,))
    after = bisect_left(mentions, (end,), lo=first)
    if after > first and mentions[after - 1].end > end:
        after -= 1
    return mentions[first:after]


def _longest(text: str, start: int, first: str, node: _Node) -> OutletName | None:
    """The longest of the names that share their first word, at that word's position."""
    alias, end = node.alias, start + len(first)
    after = end
    while node.following:
        match = _NEXT_WORD.match(text, after)
        following = node.following.get(match[1].lower()) if match else None
        if match is None or following is None:
            break
        node, after = following, match.end()
        if node.alias is not None:
            alias, end = node.alias, after
    if alias is None:
        return None
    begin = start
    if alias.articles and text.startswith(alias.articles, max(0, start - len(alias.articles[0])), start):
        begin -= len(alias.articles[0])
    is_ambiguous = alias.is_ambiguous and begin == start and not _is_foreign(text, start, end)
    return OutletName(begin, end, alias.outlet, is_ambiguous)


def _is_foreign(text: str, start: int, end: int) -> bool:
    """Whether a Latin name is part of a Cyrillic text, where it is no common word."""
    around = text[max(0, start - _CONTEXT) : start] + text[end : end + _CONTEXT]
    return text[start] < "\u0400" and _CYRILLIC.search(around) is not None


def _key(name: str) -> tuple[str, ...]:
    return tuple(words_of(name))


def _articles(canonical: str) -> tuple[str, ...]:
    """The article that a canonical name starts with, in each way to write it, or nothing."""
    if canonical[1:2] in ("'", "’"):
        return (f"{canonical[0]}'", f"{canonical[0]}’")
    article, _, rest = canonical.partition(" ")
    return (f"{article} ",) if rest and article.lower() in ARTICLES else ()


def _aliases(entry: OutletEntry) -> Iterator[_Alias]:
    """Every spelling of an entry's names, each without its article: a text may leave it out."""
    outlet = Outlet(id=entry.id, name=entry.name, country=entry.country, is_known=True)
    articles = _articles(entry.name)
    ambiguous = {_key(name) for name in entry.ambiguous}
    for name in (entry.name, *entry.aliases, *entry.ambiguous):
        for spelling in inflected(name):
            words = _key(spelling)
            if not words:
                continue
            is_ambiguous = words in ambiguous or _key(name) in ambiguous
            written = _WORD.findall(spell(spelling).text)
            if words[0] in ARTICLES and len(words) > 1:
                may_be_word = is_ambiguous or len(words) == 2 or words[1:] in ambiguous
                yield _Alias(words[1:], written[1], outlet, may_be_word, articles)
            else:
                yield _Alias(words, written[0], outlet, is_ambiguous, articles)
