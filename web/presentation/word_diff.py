"""What has changed between two texts, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from web.presentation.words import without_controls

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS: Final = 450
"""Of the part that differs: comparing words takes time that grows with the square of their number."""
_AROUND: Final = 12
"""Words that are shown beside a change."""
DiffKind = Literal["same", "del", "ins", "cut"]


@dataclass(frozen=True, slots=True)
class DiffRun:
    """A run of words that are the same, removed, inserted or left out."""

    kind: DiffKind
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The words by which two texts differ."""

    parts: list[DiffRun]
    inserted: int
    removed: int

    @property
    def in_words(self) -> str:
        """The number of words that were changed, put in or taken out, in words."""
        if not self.inserted and not self.removed:
            return "no word changed"
        if not self.removed:
            return f"{self.inserted} word{'' if self.inserted == 1 else 's'} in"
        if not self.inserted:
            return f"{self.removed} word{'' if self.removed == 1 else 's'} out"
        return f"{max(self.inserted, self.removed)} word{'s' if max(self.inserted, self.removed) > 1 else ''} changed"


def compare(before: str, after: str) -> Difference:
    """The difference; of long texts that differ much the changed part as a whole."""
    old, new = _WORDS.findall(without_controls(before)), _WORDS.findall(without_controls(after))
    first = _common(old, new)
    last = _common(old[first:][::-1], new[first:][::-1])
    middle_old, middle_new = old[first : len(old) - last], new[first : len(new) - last]
    parts = [DiffRun("same", "".join(old[:first]))]
    if max(len(middle_old), len(middle_new)) > _MOST_WORDS:
        parts += [DiffRun("del", "".join(middle_old)), DiffRun("ins", "".join(middle_new))]
    else:
        for kind, a, b, c, d in SequenceMatcher(None, middle_old, middle_new, autojunk=False).get_opcodes():
            if kind == "equal":
                parts.append(DiffRun("same", "".join(middle_old[a:b])))
            else:
                parts += [DiffRun("del", "".join(middle_old[a:b])), DiffRun("ins", "".join(middle_new[c:d]))]
    parts.append(DiffRun("same", "".join(old[len(old) - last :])))
    parts = [part for part in parts if part.text]
    return Difference(_shortened(parts), _count(parts, "ins"), _count(parts, "del"))


def _common(one: list[str], other: list[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _count(parts: list[DiffRun], kind: DiffKind) -> int:
    return sum(len(re.findall(r"\w+", part.text)) for part in parts if part.kind == kind)


def _shortened(parts: list[DiffRun]) -> list[DiffRun]:
    """Long runs that did not change, cut to the words beside a change."""
    shown: list[DiffRun] = []
    for at, part in enumerate(parts):
        words = _WORDS.findall(part.text)
        if part.kind != "same" or len(words) <= 4 * _AROUND:
            shown.append(part)
            continue
        if at > 0:
            shown.append(DiffRun("same", "".join(words[: 2 * _AROUND])))
        shown.append(DiffRun("cut", " … "))
        if at < len(parts) - 1:
            shown.append(DiffRun("same", "".join(words[-2 * _AROUND :])))
    return shown
