"""The registry of news outlets, and finding their names in a text."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from processors.core.quotes.inflection import inflected
from processors.core.quotes.tokens import Tokens, words_of
from schemas import Outlet

ARTICLES = frozenset(
    ["the", "le", "la", "les", "die", "der", "das", "el", "il", "lo", "los", "o", "a", "de", "het", "az"]
)
_JOINT = re.compile(r"[ \u00a0.'’&/+!‑–-]{0,3}")
_CAPITALISED = re.compile(r"[A-Z0-9À-ÞĀ-ſЀ-ЯҐ][^\W_]*")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CONTEXT = 25
_MIN_LOWER = 3
"""Letters of a first word that counts in lower case ("taz"): shorter ones are articles and initials."""
_WORD = re.compile(r"[^\W_]+")

Spelling = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True, pattern=r"\w")]


class OutletEntry(BaseModel):
    """One outlet of the registry file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    name: Spelling
    """Canonical name: the outlet's own usual full name, in Latin script."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166-1 alpha-2 of the newsroom; absent for an outlet of no country."""
    domains: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = Field(
        default_factory=list
    )
    aliases: list[Spelling] = Field(default_factory=list)
    """Other names and spellings, in any script; Cyrillic ones are inflected by rule."""
    ambiguous: list[Spelling] = Field(default_factory=list)
    """Names that are also common words or other things: they count only in a place that nothing but a source takes."""


class OutletFile(BaseModel):
    """A registry file: the package's own, or a user's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    outlet: list[OutletEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for entry in self.outlet:
            if entry.id in seen:
                raise ValueError(f"outlet id {entry.id!r} stands twice")
            seen.add(entry.id)
        return self


class Name(NamedTuple):
    """A known name in a text."""

    start: int
    end: int
    outlet: Outlet
    is_ambiguous: bool


class Mention(NamedTuple):
    """A name at words ``first`` to ``after - 1`` of a text."""

    first: int
    after: int
    start: int
    end: int
    outlet: Outlet
    is_ambiguous: bool


class _Alias(NamedTuple):
    words: tuple[str, ...]
    head: str
    """Its first word as the registry writes it."""
    outlet: Outlet
    is_ambiguous: bool


_Aliases = dict[int, dict[tuple[str, ...], _Alias]]
"""Aliases that share their first word, by their number of words, longest first."""


class OutletRegistry:
    """Finds outlets by name. Immutable once built."""

    def __init__(self, entries: Iterable[OutletEntry]) -> None:
        """Entries that come later win a name that two of them claim, so that a user's file can correct ours."""
        by_words: dict[tuple[str, ...], _Alias] = {}
        as_written: set[str] = set()
        lower_heads: set[str] = set()
        for entry in entries:
            head = _WORD.findall(entry.name)[0]
            if head[0].islower() and len(head) >= _MIN_LOWER:
                lower_heads.add(head)
            for alias in _aliases(entry):
                as_written.add(alias.head)
                held = by_words.get(alias.words)
                if held is None or not alias.is_ambiguous or held.is_ambiguous:
                    by_words[alias.words] = alias
        self._by_first: dict[str, _Aliases] = {}
        for words, alias in sorted(by_words.items(), key=lambda item: -len(item[0])):
            self._by_first.setdefault(words[0], {}).setdefault(len(words), {})[words] = alias
        self._heads = as_written.union(*((word.capitalize(), word.upper()) for word in self._by_first))
        self._lower_heads = tuple(sorted(lower_heads))
        self.outlets = tuple({alias.outlet.id: alias.outlet for alias in by_words.values()}.values())

    def names(self, text: str) -> list[Name]:
        """The known names in a text, longest first at each place, in order and without overlap. A name starts with a
        capital, unless the registry writes it in lower case.
        """
        heads = self._heads
        if heads.isdisjoint(_CAPITALISED.findall(text)) and not any(head in text for head in self._lower_heads):
            return []
        found: list[Name] = []
        blocked_to = 0
        for start, word in self._places(text):
            if start >= blocked_to and not (start and text[start - 1].isalnum()):
                name = _longest(text, start, word, self._by_first[word.lower()])
                if name is not None:
                    found.append(name)
                    blocked_to = name.end
        return found

    def _places(self, text: str) -> list[tuple[int, str]]:
        """Where the first words of names stand, in order."""
        places = [(match.start(), match[0]) for match in _CAPITALISED.finditer(text) if match[0] in self._heads]
        lower = [head for head in self._lower_heads if head in text]
        for head in lower:
            places += ((match.start(), head) for match in re.finditer(rf"{head}(?![^\W_])", text))
        return sorted(places) if lower else places


def locate(tokens: Tokens, names: Iterable[Name]) -> list[Mention]:
    """Names with the words that they take."""
    return [Mention(tokens.at(n.start), tokens.at(n.end), n.start, n.end, n.outlet, n.is_ambiguous) for n in names]


def within(mentions: list[Mention], start: int, end: int) -> list[Mention]:
    """The mentions that lie in ``text[start:end]``."""
    first = bisect_left(mentions, start, key=_start)
    return mentions[first : bisect_right(mentions, end, lo=first, key=_end)]


def _start(mention: Mention) -> int:
    return mention.start


def _end(mention: Mention) -> int:
    return mention.end


def _longest(text: str, start: int, first: str, aliases: _Aliases) -> Name | None:
    """The longest of the names that share their first word, where that word stands."""
    words = [first.lower()]
    ends = [start + len(first)]
    longest = next(iter(aliases))
    if longest > 1:
        for match in islice(_WORD.finditer(text, ends[0]), longest - 1):
            if not _JOINT.fullmatch(text, ends[-1], match.start()):
                break
            words.append(match[0].lower())
            ends.append(match.end())
    for size, named in aliases.items():
        alias = named.get(tuple(words[:size])) if size <= len(words) else None
        if alias is not None:
            begin, end = _article_start(text, start, alias.outlet.name), ends[size - 1]
            is_ambiguous = alias.is_ambiguous and begin == start and not _is_foreign(text, start, end)
            return Name(begin, end, alias.outlet, is_ambiguous)
    return None


def _is_foreign(text: str, start: int, end: int) -> bool:
    """Whether a Latin name stands in a Cyrillic text, where it is no common word."""
    around = text[max(0, start - _CONTEXT) : start] + text[end : end + _CONTEXT]
    return text[start] < "\u0400" and _CYRILLIC.search(around) is not None


def _key(name: str) -> tuple[str, ...]:
    return tuple(words_of(name))


def _article_start(text: str, start: int, canonical: str) -> int:
    """Where the name starts with the article before it, if the canonical name has one and the text writes it so: that
    makes the whole name of a word which alone could be another.
    """
    if canonical[1:2] in ("'", "’"):
        return start - 2 if start > 1 and text[start - 2] == canonical[0] and text[start - 1] in "'’" else start
    article, _, _ = canonical.partition(" ")
    begin = start - len(article) - 1
    if article.lower() in ARTICLES and begin >= 0 and text[begin:start] == f"{article} ":
        return begin
    return start


def _aliases(entry: OutletEntry) -> Iterator[_Alias]:
    """Every spelling of an entry's names, each without its article: a text may leave it out."""
    outlet = Outlet(id=entry.id, name=entry.name, country=entry.country, is_known=True)
    ambiguous = {_key(name) for name in entry.ambiguous}
    for name in (entry.name, *entry.aliases, *entry.ambiguous):
        for spelling in inflected(name):
            words = _key(spelling)
            if not words:
                continue
            is_ambiguous = words in ambiguous or _key(name) in ambiguous
            written = _WORD.findall(spelling)
            if words[0] in ARTICLES and len(words) > 1:
                yield _Alias(words[1:], written[1], outlet, is_ambiguous or len(words) == 2 or words[1:] in ambiguous)
            else:
                yield _Alias(words, written[0], outlet, is_ambiguous)
