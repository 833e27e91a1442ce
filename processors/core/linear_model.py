"""A linear model on facts that hold or do not. Its file: ``processors.core.weights_file``."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

_LARGEST = 40.0
"""Of a score: beyond it the probability is 0 or 1 as far as a float shows it, and ``exp`` may overflow."""


def logistic(score: float) -> float:
    """The probability that a linear model gives by its score, 0 to 1."""
    return 1.0 / (1.0 + math.exp(-max(-_LARGEST, min(_LARGEST, score))))


class Weights(NamedTuple):
    """A logistic model on facts that hold or do not."""

    bias: float
    of: Mapping[str, float]
    origin: tuple[tuple[str, str], ...] = ()
    """What the head of the file states: how and from which inputs it was made."""

    def probability(self, facts: Iterable[str]) -> float:
        """The probability of what the model decides, from the facts that hold; unknown ones weigh nothing."""
        score = self.bias
        for fact in facts:
            score += self.of.get(fact, 0.0)
        return logistic(score)

    def with_origin(self, key: str, value: str) -> Self:
        """The same weights with one more line at the head of their file."""
        return self._replace(origin=(*self.origin, (key, value)))
