"""The keys of the language, and what their values mean."""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from schemas.channel_names import channel_name, telegram_path
from schemas.citations import CitationKind
from schemas.keys import ID_LIMIT
from schemas.query.tokens import tokens
from schemas.query.tree import (
    After,
    Age,
    Before,
    CitationKinds,
    Comparison,
    FromOutlet,
    Has,
    InChannel,
    InLanguage,
    Is,
    Measure,
    Node,
    PostPart,
    PostProperty,
    QuoteKinds,
    Silent,
    Story,
)
from schemas.query.values import read_date, read_duration
from schemas.quotes import QuoteKind

WITHIN = "story.within"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_USERNAME = re.compile(r"@?([A-Za-z][A-Za-z0-9_]{2,31})")
_SHORT_LINK = re.compile(r"(?:s/)?([A-Za-z][A-Za-z0-9_]{2})/?")
_ID = re.compile(r"[0-9]{1,16}")
_COMPARED = re.compile(r"(<=|>=|<|>|=)?(.*)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,9}")

KeyValues = Sequence[str]
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


def _languages(values: KeyValues) -> Node:
    codes = _distinct(value.lower() for value in values)
    for code in codes:
        if not _LANGUAGE.fullmatch(code):
            raise ValueError(f"{code!r} is no language: write codes as ru, en, or und where it is undecided")
    return InLanguage(codes)


def _channels(values: KeyValues) -> Node:
    return InChannel(_distinct(map(_channel, values)))


def _channel(value: str) -> int | str:
    """A channel in any of its spellings, and what archives alone have: shorter names, and ids derived from a name."""
    if _ID.fullmatch(value) and 0 < int(value) < ID_LIMIT:
        return int(value)
    path = telegram_path(value)
    name = _USERNAME.fullmatch(value) if path is None else _SHORT_LINK.fullmatch(path)
    if name is not None:
        return name[1].lower()
    try:
        known = channel_name(value)
    except ValueError as error:
        raise ValueError(f"{value!r}: {error}") from None
    return int(known) if known.isdecimal() else known[1:].lower()


def _outlets(values: KeyValues) -> Node:
    names = _distinct(tuple(tokens(value)) for value in values)
    if () in names:
        raise ValueError("no outlet is named")
    return FromOutlet(names)


def _after(values: KeyValues) -> Node:
    return After(read_date(_one(values)))


def _before(values: KeyValues) -> Node:
    return Before(read_date(_one(values)))


def _age(values: KeyValues) -> Node:
    comparison, length = _compared(_one(values))
    if comparison in (None, Comparison.EQUAL):
        raise ValueError("an age is compared: write age:<24h for newer posts, age:>7d for older ones")
    return Age(comparison, read_duration(length))


def _story(measure: Measure) -> Callable[[KeyValues], Node]:
    def read(values: KeyValues) -> Node:
        comparison, number = _compared(_one(values))
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"not a number: write story.{measure}:>=3")
        return Story(measure, comparison or Comparison.EQUAL, int(number))

    return read


def _silent(values: KeyValues) -> Node:
    return Silent(read_duration(_one(values)))


def _compared(value: str) -> tuple[Comparison | None, str]:
    match = _COMPARED.fullmatch(value)
    assert match is not None
    return Comparison(match[1]) if match[1] else None, match[2].strip()


def _one(values: KeyValues) -> str:
    if len(values) > 1:
        raise ValueError("one value only")
    return values[0]


def _chosen(values: KeyValues, choices: type[ChoiceT]) -> tuple[ChoiceT, ...]:
    known = {choice.value: choice for choice in choices}
    return tuple(known[name] for name in _among(values, known))


def _among(values: KeyValues, known: Sequence[str] | dict[str, ChoiceT]) -> tuple[str, ...]:
    names = _distinct(value.lower() for value in values)
    for name in names:
        if name not in known:
            raise ValueError(f"{name!r} is none of {', '.join(known)}")
    return names


Item = TypeVar("Item")


def _distinct(values: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(values))


KEYS: dict[str, Callable[[KeyValues], Node]] = {
    "lang": _languages,
    "channel": _channels,
    "outlet": _outlets,
    "quote.kind": lambda values: QuoteKinds(_among(values, [kind.value for kind in QuoteKind])),
    "cite.kind": lambda values: CitationKinds(_among(values, [kind.value for kind in CitationKind])),
    "is": lambda values: Is(_chosen(values, PostProperty)),
    "has": lambda values: Has(_chosen(values, PostPart)),
    "after": _after,
    "before": _before,
    "age": _age,
    **{f"story.{measure}": _story(measure) for measure in Measure},
    "silent": _silent,
}
"""Of each key but ``story.within``, which belongs to others: the condition of values; ValueError says what is wrong."""

EXAMPLES = {
    "lang": "lang:ru,en",
    "channel": "channel:@wirenews",
    "outlet": 'outlet:"Financial Times"',
    "quote.kind": "quote.kind:headline",
    "cite.kind": "cite.kind:report",
    "is": "is:first",
    "has": "has:media",
    "after": "after:2026-11-01",
    "before": "before:2026-12-01",
    "age": "age:<24h",
    "story.channels": "story.channels:>=3",
    "story.languages": "story.languages:>=2",
    "story.size": "story.size:>=5",
    WITHIN: "story.within:30m",
    "silent": "silent:2h",
}


MAX_DISTANCE = 2
"""Changes of a letter that make a key of a name: such a name is taken for a mistake."""


def similar_key(name: str) -> str | None:
    """The key that a name is probably meant for: the nearest one within two changes of a letter."""
    nearest = min(EXAMPLES, key=lambda key: _distance(name, key))
    return nearest if _distance(name, nearest) <= MAX_DISTANCE else None


def _distance(one: str, other: str) -> int:
    """How many letters have to be put in, left out or changed (Levenshtein)."""
    if abs(len(one) - len(other)) > MAX_DISTANCE:
        return MAX_DISTANCE + 1
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, letter_there in enumerate(other, 1):
            changed = before + (letter != letter_there)
            before, row[at] = row[at], min(changed, row[at] + 1, row[at - 1] + 1)
    return row[-1]
