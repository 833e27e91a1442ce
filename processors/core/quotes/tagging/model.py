"""Linear models with named evidence: one over the pieces of a post in a row, one over a whole run."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from processors.core.linear_model import logistic
from processors.core.quotes.tagging.viterbi import OUTSIDE, best_tags


class TaggedPieces(NamedTuple):
    """A tag for each piece, and how much more its own evidence speaks for the tag than for being outside."""

    tags: list[int]
    margins: list[float]


class PieceModel:
    """Scores of tags by evidence and of one tag after another; immutable once built."""

    def __init__(
        self, evidence: Mapping[str, Sequence[float]], transitions: Sequence[Sequence[float]], outside_bias: float
    ) -> None:
        """``evidence`` has three weights for each name, ``transitions[before][tag]`` one for each pair, in the order of
        TAGS. ``outside_bias`` is added to every piece that is outside: below 0 it finds more items, of which the
        decision on their run drops the wrong ones.
        """
        self._rows = {name: row for row, name in enumerate(evidence, 1)}
        self._weights = np.array([[outside_bias, 0.0, 0.0], *map(list, evidence.values())], dtype=np.float64)
        self._transitions = [list(map(float, row)) for row in transitions]

    def scores(self, evidence: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each piece the sum of the weights of its evidence, by tag."""
        rows: list[int] = []
        bounds: list[int] = []
        get = self._rows.get
        for names in evidence:
            bounds.append(len(rows))
            rows.append(0)
            rows += filter(None, map(get, names))  # rows of evidence count from 1
        sums: list[list[float]] = np.add.reduceat(self._weights.take(rows, axis=0), bounds, axis=0).tolist()
        return sums

    def tag(self, evidence: Sequence[Sequence[str]]) -> TaggedPieces:
        """The best row of tags, where no piece continues what did not begin, and the margin of each."""
        if not evidence:
            return TaggedPieces([], [])
        scores = self.scores(evidence)
        tags = best_tags(scores, self._transitions)
        return TaggedPieces(tags, [score[tag] - score[OUTSIDE] for score, tag in zip(scores, tags, strict=True)])

    def weight(self, name: str, tag: int) -> float:
        """What a name of evidence speaks for a tag, above the other tags' mean."""
        row = self._rows.get(name)
        if row is None:
            return 0.0
        weights: list[float] = self._weights[row].tolist()
        return weights[tag] - (sum(weights) - weights[tag]) / 2


class RunModel:
    """A logistic regression over the evidence of a run; immutable once built."""

    def __init__(self, weights: Mapping[str, float], bias: float) -> None:
        self._weights = dict(weights)
        self._bias = bias

    def probability(self, evidence: Mapping[str, float]) -> float:
        """Of a run being a list, by the model; 0 to 1."""
        weights = self._weights
        total = self._bias
        for name, value in evidence.items():
            total += weights.get(name, 0.0) * value
        return logistic(total)

    def contributions(self, evidence: Mapping[str, float]) -> list[tuple[str, float]]:
        """What each name of evidence adds, the largest first."""
        added = [(name, self._weights.get(name, 0.0) * value) for name, value in evidence.items()]
        return sorted([pair for pair in added if pair[1]], key=lambda pair: -abs(pair[1]))


class ListModels(NamedTuple):
    """The two models by which lists are found."""

    pieces: PieceModel
    runs: RunModel
