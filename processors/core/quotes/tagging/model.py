"""Linear models with named evidence: one over the pieces of a post in a row, one over a whole run."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

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
        self._weights = {name: _three(weights) for name, weights in evidence.items()}
        self._outside_bias = float(outside_bias)
        self._transitions = [list(map(float, row)) for row in transitions]

    def scores(self, evidence: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each piece the sum of the weights of its evidence, by tag."""
        # Added up one by one: a post has some hundred, for which arrays take longer.
        sums: list[list[float]] = []
        for names in evidence:
            outside, begins, continues = self._outside_bias, 0.0, 0.0
            for to_outside, to_begins, to_continues in filter(None, map(self._weights.get, names)):
                outside += to_outside
                begins += to_begins
                continues += to_continues
            sums.append([outside, begins, continues])
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
        weights = self._weights.get(name)
        if weights is None:
            return 0.0
        return weights[tag] - (sum(weights) - weights[tag]) / 2


def _three(weights: Sequence[float]) -> tuple[float, float, float]:
    outside, begins, continues = weights
    return float(outside), float(begins), float(continues)


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
            if value:  # most are 0
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
