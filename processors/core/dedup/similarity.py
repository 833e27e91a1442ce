"""Whether two texts say the same, by their sketches alone; symmetric, so that it does not matter which came first."""

from collections.abc import Iterator
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
    """What makes two texts the same."""

    kind: DuplicateKind
    similarity: float
    is_sure: bool
    """Whether it counts within one channel, too."""


_EQUAL = Match(DuplicateKind.EXACT, 1.0, is_sure=True)


def matches(texts: NDArray[np.void], others: NDArray[np.void]) -> Iterator[tuple[int, Match]]:
    """Numbers of the texts that match the other of the same number; all have the fields of
    ``processors.core.dedup.tables.TEXT``.

    The two share a value, in any language: which others are met is chance.
    """
    is_same = texts["language"] == others["language"]
    is_equal = is_same & (texts["values"][:, EXACT] == others["values"][:, EXACT])
    estimates = (_signature(texts) == _signature(others)).sum(1) / PERMUTATIONS
    met = np.nonzero(is_equal | is_same & (estimates >= PARTIAL))[0]
    columns = is_equal, estimates, texts["shingles"], others["shingles"], texts["numbers"], others["numbers"]
    for number, is_whole, estimate, own, shingles, mine, theirs in zip(
        met.tolist(), *(column[met].tolist() for column in columns), strict=True
    ):
        if is_whole:
            yield number, _EQUAL
        elif match := _match(estimate, (own, shingles), (_numbers(mine), _numbers(theirs))):
            yield number, match


def _signature(text: Text) -> NDArray[np.uint16]:
    signature: NDArray[np.uint16] = text["values"][..., :BANDS].view("<u2")
    return signature


def _match(estimate: float, shingles: tuple[int, int], numbers: tuple[set[int], set[int]]) -> Match | None:
    shorter = min(shingles)
    if shorter < FEW:
        return None
    if _differ(*numbers) and (estimate < SURE or shorter < LONG):
        return None
    if estimate >= NEAR:
        is_sure = estimate >= SURE and numbers[0] == numbers[1] and shorter >= MANY
        return Match(DuplicateKind.NEAR, round(estimate, 4), is_sure)
    contained = estimate / (1 + estimate) * sum(shingles) / shorter
    if contained < CONTAINED:
        return None
    return Match(DuplicateKind.PARTIAL, round(estimate, 4), is_sure=False)


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
