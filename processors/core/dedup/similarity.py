"""Whether two texts say the same, by their sketches alone; symmetric, so that it does not matter which came first."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.sketch import BANDS, PERMUTATIONS
from processors.core.dedup.sketch import NUMBERS as SKETCHED
from processors.core.dedup.tables import EXACT, Text
from schemas import DuplicateKind

NEAR = 0.45
"""Least estimated Jaccard similarity: half, less one standard error of 128 values (0.044)."""
SURE = 0.9
"""From here on numbers may differ: a corrected figure in a long text. It is what one channel's own posts need, too."""
LONG = 40
"""Least shingles for that: in a shorter text one other number leaves less than 0.9, whatever the estimate says."""
PARTIAL = 0.3
CONTAINED = 0.75
"""Least share of the shorter text's shingles in the longer one, and least similarity for an estimate of it."""
NUMBERS = 0.5
"""Least share of the fewer numbers among the others: posts made from one template (rates, air-raid counts) differ in
nothing else, while a cut copy only lacks some."""
FEW = 5
"""Shingles; a shorter text is compared as a whole."""
MANY = 20
"""Shingles; a shorter text of the same channel is a template's until it is equal."""


class Match(NamedTuple):
    """A text that says the same."""

    row: int
    kind: DuplicateKind
    similarity: float
    is_sure: bool
    """Whether it counts within one channel, too."""


def matches(rows: list[int], texts: NDArray[np.void], text: Text) -> list[Match]:
    """Those of the rows of ``texts`` that match a text; all have the fields of ``processors.core.dedup.tables.TEXT``.

    Each of the rows shares a value with the text, in any language: which others are met is chance.
    """
    found = texts[rows]
    is_same = found["language"] == text["language"]
    is_equal = is_same & (found["values"][:, EXACT] == text["values"][EXACT])
    estimates = (_signature(found) == _signature(text)).sum(1) / PERMUTATIONS
    met = np.nonzero(is_equal | is_same & (estimates >= PARTIAL))[0]
    own, numbers = int(text["shingles"]), _numbers(text["numbers"].tolist())
    columns = is_equal[met], estimates[met], found["shingles"][met], found["numbers"][met]
    result: list[Match] = []
    for position, is_whole, estimate, shingles, theirs in zip(
        met.tolist(), *(column.tolist() for column in columns), strict=True
    ):
        row = rows[position]
        if is_whole:
            result.append(Match(row, DuplicateKind.EXACT, 1.0, is_sure=True))
        elif match := _match(row, estimate, (own, shingles), (numbers, _numbers(theirs))):
            result.append(match)
    return result


def _signature(text: Text) -> NDArray[np.uint16]:
    signature: NDArray[np.uint16] = text["values"][..., :BANDS].view("<u2")
    return signature


def _match(row: int, estimate: float, shingles: tuple[int, int], numbers: tuple[set[int], set[int]]) -> Match | None:
    shorter = min(shingles)
    if shorter < FEW:
        return None
    if _differ(*numbers) and (estimate < SURE or shorter < LONG):
        return None
    if estimate >= NEAR:
        is_sure = estimate >= SURE and numbers[0] == numbers[1] and shorter >= MANY
        return Match(row, DuplicateKind.NEAR, round(estimate, 4), is_sure)
    contained = estimate / (1 + estimate) * sum(shingles) / shorter
    if contained < CONTAINED:
        return None
    return Match(row, DuplicateKind.PARTIAL, round(estimate, 4), is_sure=False)


def _numbers(hashes: list[int]) -> set[int]:
    return set(hashes) - {0}


def _differ(mine: set[int], theirs: set[int]) -> bool:
    """Whether the fewer numbers are not among the others.

    Of many numbers only the least hashes are known: both sets are cut where the knowledge of one ends.
    """
    if not mine or not theirs:
        return False
    known = min(max(numbers) if len(numbers) == SKETCHED else 0xFFFFFFFF for numbers in (mine, theirs))
    mine, theirs = ({number for number in numbers if number <= known} for numbers in (mine, theirs))
    return len(mine & theirs) < NUMBERS * min(len(mine), len(theirs))
