"""An order of hits by how much they are about the query: BM25 over the hits themselves.

The scores of FTS5 and of PostgreSQL differ, and cost up to a second for a common word. This one is the same for both,
and is computed for the newest hits alone.
"""

import math
from collections.abc import Sequence

from schemas.query.occurrences import places, sought
from schemas.query.tree import Node

MAX_RANKED = 1_000
"""Hits that are put into this order: the newest ones."""
_SATURATION = 1.2
_LENGTH_WEIGHT = 0.75
"""k1 and b, in the usual setting (Robertson and Zaragoza, 2009)."""


def ranked(tree: Node, hits: Sequence[Sequence[str]]) -> list[int]:
    """Numbers of the hits, the most relevant first, from the tokens of each; equal ones stay in their order."""
    words = list(dict.fromkeys(sought(tree)))
    counts = [[sum(1 for _ in places(each, hit)) for each in words] for hit in hits]
    mean = sum(map(len, hits)) / max(1, len(hits)) or 1.0
    weights = [_weight(sum(1 for row in counts if row[at]), len(hits)) for at in range(len(words))]
    scores = [
        sum(weight * _saturated(count, len(hit) / mean) for weight, count in zip(weights, row, strict=True))
        for hit, row in zip(hits, counts, strict=True)
    ]
    return sorted(range(len(hits)), key=lambda number: -scores[number])


def _weight(holders: int, hits: int) -> float:
    return math.log(1 + (hits - holders + 0.5) / (holders + 0.5))


def _saturated(count: int, length: float) -> float:
    return count * (_SATURATION + 1) / (count + _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * length))
