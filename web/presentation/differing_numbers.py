"""Numbers that differ between posts of a story which do not repeat each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(
    r"(?<![\w.,:/+#@-])(\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+|\d{1,6})(?:[.,]\d+)?(?![\w:/-]|[.,]\d)"
)
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_MOST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A value, and which posts give it."""

    value: str
    posts: tuple[int, ...]
    """Indexes of posts in the list."""


@dataclass(frozen=True, slots=True)
class DifferingNumber:
    """A number on which posts disagree."""

    label: str
    """The word beside it, the same in all of them."""
    readings: tuple[Reading, ...]


def differing(texts: Sequence[str]) -> list[DifferingNumber]:
    """Numbers before the same word that differ between texts; a word with several numbers in one text is left out."""
    found: dict[str, dict[str, list[int]]] = {}
    for number, text in enumerate(texts):
        for word, values in _labelled(text[:_MOST_TEXT]).items():
            if len(values) == 1:
                found.setdefault(word, {}).setdefault(next(iter(values)), []).append(number)
    rows = [
        DifferingNumber(
            word, tuple(Reading(value, tuple(posts)) for value, posts in sorted(values.items(), key=_most_first))
        )
        for word, values in found.items()
        if len(values) > 1
    ]
    return sorted(rows, key=lambda row: (-sum(len(each.posts) for each in row.readings), row.label))[:8]


def _labelled(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _NUMBER.finditer(text):
        word = _WORD.match(text, match.end() + 1) if text[match.end() : match.end() + 1] == " " else None
        if word is not None:
            found.setdefault(word[0].casefold(), set()).add(re.sub(r"[ \u00a0\u202f]", "", match[0]))
    return found


def _most_first(each: tuple[str, list[int]]) -> tuple[int, str]:
    return -len(each[1]), each[0]
