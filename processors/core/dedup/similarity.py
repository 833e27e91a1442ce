"""Whether two texts say the same, by their sketches alone; symmetric, so that it does not matter which came first."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.sketch import BANDS, PERMUTATIONS
from processors.core.dedup.sketch import NUMBERS as SKETCHED
from processors.core.dedup.tables import EXACT, FIRST_LEAD, Text
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

    Rows that share no value with the text are passed over, however alike: which of them are met is chance.
    """
    found = texts[rows]
    is_same = found["language"] == text["language"]
    values, own = found["values"], text["values"]
    is_equal = is_same & (values[:, EXACT] == own[EXACT])
    is_met = is_same & _share_a_value(values, own)
    estimates = (_signature(found) == _signature(text)).sum(1) / PERMUTATIONS
    result: list[Match] = []
    for position in np.nonzero(is_equal | is_met & (estimates >= PARTIAL))[0].tolist():
        row = rows[position]
        match = (
            Match(row, DuplicateKind.EXACT, 1.0, is_sure=True)
            if is_equal[position]
            else _match(row, found[position], text, float(estimates[position]))
        )
        if match is not None:
            result.append(match)
    return result


def _signature(text: Text) -> NDArray[np.uint16]:
    signature: NDArray[np.uint16] = text["values"][..., :BANDS].view("<u2")
    return signature


def _share_a_value(values: NDArray[np.uint64], own: NDArray[np.uint64]) -> NDArray[np.bool_]:
    leads = values[:, FIRST_LEAD:, None] == own[FIRST_LEAD:]
    is_met: NDArray[np.bool_] = (values[:, :BANDS] == own[:BANDS]).any(1) | leads.any((1, 2))
    return is_met


def _match(row: int, text: Text, other_text: Text, estimate: float) -> Match | None:
    one, other = int(text["shingles"]), int(other_text["shingles"])
    if min(one, other) < FEW:
        return None
    mine, theirs = _numbers(other_text), _numbers(text)
    if _differ(mine, theirs) and (estimate < SURE or min(one, other) < LONG):
        return None
    if estimate >= NEAR:
        is_sure = estimate >= SURE and mine == theirs and min(one, other) >= MANY
        return Match(row, DuplicateKind.NEAR, round(estimate, 4), is_sure)
    contained = estimate / (1 + estimate) * (one + other) / min(one, other)
    if contained < CONTAINED:
        return None
    return Match(row, DuplicateKind.PARTIAL, round(estimate, 4), is_sure=False)


def _numbers(text: Text) -> set[int]:
    return set(text["numbers"].tolist()) - {0}


def _differ(mine: set[int], theirs: set[int]) -> bool:
    """Whether the fewer numbers are not among the others.

    Of many numbers only the least hashes are known: both sets are cut where the knowledge of one ends.
    """
    known = min(max(numbers) if len(numbers) == SKETCHED else 0xFFFFFFFF for numbers in (mine, theirs))
    mine, theirs = ({number for number in numbers if number <= known} for numbers in (mine, theirs))
    return len(mine & theirs) < NUMBERS * min(len(mine), len(theirs))
