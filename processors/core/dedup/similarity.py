"""Whether two texts are near-duplicates, by their sketches alone; symmetric, so that their order does not matter."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.minhash import BANDS, PERMUTATIONS
from processors.core.dedup.post_table import EXACT
from schemas import DuplicateKind

NEAR = 0.45
"""Least estimated Jaccard similarity: half, less one standard error of 128 values (0.044)."""
SURE = 0.9
"""Least similarity of two posts of one channel."""
PARTIAL = 0.3
CONTAINED = 0.75
"""Least share of the shorter text's shingles in the longer one, and least similarity for an estimate of it."""
TEMPLATE = 0.65
"""From here on texts that each hold a number of their own are two posts made from one template (rates, air-raid
counts), which differ in little else. Below it a fifth of the words differs, too: an edited copy, numbers and all."""
LONG = 35
"""Least shingles of such a copy: in a shorter text the words around one number are a fifth."""
NUMBERS = 0.5
"""Least share of the fewer numbers that it must have kept."""
REORDERED = 0.5
"""From here on the same numbers in another order (2 dead, 3 hurt) make another post; less alike, it was rewritten."""
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


_EACH_BYTE = np.uint64(0x0101010101010101)
_HIGHEST_BYTE = np.uint64(56)
_ALL = 0xFFFFFFFF
"""All hashes of numbers are up to this."""
_EQUAL = Match(DuplicateKind.EXACT, 1.0, is_sure=True)


class TextRows(NamedTuple):
    """Some rows of a table of texts, which has the fields of ``post_table.TEXT``. What is not looked
    at is not copied: many more are looked at than match.
    """

    table: NDArray[np.void]
    numbers: NDArray[np.intp]

    def column(self, name: str) -> NDArray[Any]:
        """A column of the rows."""
        found: NDArray[Any] = self.table[name][self.numbers]
        return found

    def those(self, positions: NDArray[np.intp]) -> "TextRows":
        """Some of them."""
        return TextRows(self.table, self.numbers[positions])


def matches(texts: TextRows, others: TextRows) -> Iterator[tuple[int, Match]]:
    """Positions of the texts that match the other at the same position.

    The two share a value, in any language: which others are met is chance.
    """
    values, other_values = texts.column("values"), others.column("values")
    is_same = texts.column("language") == others.column("language")
    is_equal = is_same & (values[:, EXACT] == other_values[:, EXACT])
    estimates = _count(_signature(values) == _signature(other_values)) / PERMUTATIONS
    met = np.nonzero(is_equal | is_same & (estimates >= PARTIAL))[0]
    if not len(met):
        return
    texts, others = texts.those(met), others.those(met)
    columns = [some.column(name) for name in ("shingles", "numbers") for some in (texts, others)]
    for number, is_whole, estimate, own, shingles, mine, theirs in zip(
        met.tolist(), is_equal[met].tolist(), estimates[met].tolist(), *(one.tolist() for one in columns), strict=True
    ):
        if is_whole:
            yield number, _EQUAL
        elif match := _match(estimate, (own, shingles), mine, theirs):
            yield number, match


def _signature(values: NDArray[np.uint64]) -> NDArray[np.uint16]:
    return values[:, :BANDS].view("<u2")


def _count(are_equal: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """How many of the ``PERMUTATIONS`` values of each row are equal: eight of them are added at once, and their sums
    at last by a multiplication, whose highest byte holds them all.
    """
    sums: NDArray[np.uint64] = np.einsum("ij->i", are_equal.view(np.uint64))
    return sums * _EACH_BYTE >> _HIGHEST_BYTE


def _match(estimate: float, shingles: tuple[int, int], mine: list[int], theirs: list[int]) -> Match | None:
    """``mine`` and ``theirs`` are ``numbers`` of TEXT."""
    shorter = min(shingles)
    if shorter < FEW:
        return None
    if mine != theirs and _is_next_of_template(estimate, shorter, mine, theirs):
        return None
    if estimate >= NEAR:
        is_sure = estimate >= SURE and mine == theirs and shorter >= MANY
        return Match(DuplicateKind.NEAR, round(estimate, 4), is_sure)
    contained = estimate / (1 + estimate) * sum(shingles) / shorter
    if contained < CONTAINED:
        return None
    return Match(DuplicateKind.PARTIAL, round(estimate, 4), is_sure=False)


def _is_next_of_template(estimate: float, shorter: int, mine: list[int], theirs: list[int]) -> bool:
    """Whether the numbers show that two similar texts are different posts.

    Of many numbers only the least hashes are known: both sets are cut where the knowledge of one ends. As many numbers
    of which the whole has another hash are others, or the same in another order.
    """
    (*least, count, order), (*others, other_count, other_order) = mine, theirs
    if not count or not other_count:
        return False
    is_sample = count > len(least)
    known = min(least[-1] if is_sample else _ALL, others[-1] if other_count > len(others) else _ALL)
    own, their = ({hashed for hashed in some if 0 < hashed <= known} for some in (least, others))
    fewer, shared = min(len(own), len(their)), len(own & their)
    if shared == fewer:
        return count == other_count and order != other_order and (is_sample or estimate >= REORDERED)
    return estimate >= TEMPLATE or shorter < LONG or shared < NUMBERS * fewer
