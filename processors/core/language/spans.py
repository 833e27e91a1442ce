"""Parts of a mixed post: sentences and lines, and the likeliest course of languages through them."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from processors.core.language.ensemble import Evidence
from processors.core.language.models import Shares

_FINAL, _WIDE_FINAL = ".!?…؟।։။។", "。！？"
# One set of characters first: a pattern that starts with a choice is tried at every character.
_END = re.compile(
    rf"[{_FINAL}{_WIDE_FINAL}\n]"
    rf"(?:(?<=[{_FINAL}])[\"'»”’)\]]*\s+|(?<=[{_WIDE_FINAL}])[」』”]*\s*|(?<=\n)\s*)"
)

NEW_LINE, NEW_SENTENCE = 1.5, 2.5
"""What a change of language costs at a line's end and within a line, as a logarithm of odds: channels that write in
two languages give each its lines. Chosen on sentences of our own in tests/golden/language."""

SURE = 0.8
SURE_LETTERS = 10
"""A language is in a post when one part of so many letters is so surely in it; other parts only lean to it."""

LEAST_LETTERS = 10
"""A language with fewer letters in the whole post is a greeting or a name."""

_UNLIKELY = 0.002


TextPart: TypeAlias = tuple[int, int]
"""Offsets of a sentence or a line with the blanks that follow; the parts of a text cover it all."""


@dataclass(frozen=True, slots=True)
class LanguageRun:
    """Neighbouring parts in one language."""

    start: int
    end: int
    code: str


def parts_of(text: str) -> list[TextPart]:
    """The parts in order."""
    bounds = [0, *[match.end() for match in _END.finditer(text)]]
    if bounds[-1] < len(text):
        bounds.append(len(text))
    return list(pairwise(bounds))


def runs_of(text: str, parts: Sequence[TextPart], evidence: Sequence[Evidence]) -> list[LanguageRun]:
    """The runs of a text whose parts have been judged; fewer than two when it is not mixed."""
    codes = [code for code in dict.fromkeys(map(sure_code, evidence)) if code is not None]
    while len(codes) > 1:
        runs = _merged(text, parts, _likeliest_course(text, parts, evidence, codes))
        letters = {code: sum(_letters(text, run) for run in runs if run.code == code) for code in codes}
        found = [code for code in codes if letters[code] >= LEAST_LETTERS]
        if found == codes:
            return runs
        codes = found
    return []


def sure_code(found: Evidence) -> str | None:
    """The language that a part is surely in."""
    if not found.probabilities or found.letters < SURE_LETTERS:
        return None
    code = max(found.probabilities, key=found.probabilities.__getitem__)
    return code if found.probabilities[code] >= SURE else None


def _likeliest_course(
    text: str, parts: Sequence[TextPart], evidence: Sequence[Evidence], codes: list[str]
) -> list[str]:
    """One code for each part, by Viterbi's algorithm."""
    scores = dict.fromkeys(codes, 0.0)
    steps: list[dict[str, str]] = []
    cost = 0.0
    for part, found in zip(parts, evidence, strict=True):
        step = {code: _best_before(scores, code, cost) for code in codes}
        scores = {
            code: scores[before] - (cost if before != code else 0.0) + _seen(found, code)
            for code, before in step.items()
        }
        steps.append(step)
        cost = NEW_LINE if text.find("\n", *part) >= 0 else NEW_SENTENCE
    course = [max(codes, key=scores.__getitem__)]
    for step in reversed(steps[1:]):
        course.append(step[course[-1]])
    return course[::-1]


def _best_before(scores: Shares, code: str, cost: float) -> str:
    best = max(scores, key=scores.__getitem__)
    return code if scores[code] >= scores[best] - cost else best


def _seen(found: Evidence, code: str) -> float:
    return math.log(found.probabilities.get(code, 0.0) + _UNLIKELY) if found.probabilities else 0.0


def _merged(text: str, parts: Sequence[TextPart], course: Sequence[str]) -> list[LanguageRun]:
    runs: list[LanguageRun] = []
    for (start, stop), code in zip(parts, course, strict=True):
        end = start + len(text[start:stop].rstrip())
        if runs and runs[-1].code == code:
            runs[-1] = LanguageRun(runs[-1].start, end, code)
        else:
            runs.append(LanguageRun(start, end, code))
    return runs


def _letters(text: str, run: LanguageRun) -> int:
    return sum(map(str.isalpha, text[run.start : run.end]))
