"""Logistic regression on facts that hold or do not; scikit-learn is needed here alone."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from processors.core.linear_model import Weights

MIN_EXAMPLES = 2
"""A fact that holds for fewer examples gets no weight."""
MIN_WEIGHT = 0.05


class Example(NamedTuple):
    """The facts of one case, and what is true of it."""

    facts: tuple[str, ...]
    is_true: bool


def trained(examples: Sequence[Example], strength: float) -> Weights:
    """The weights; ``strength`` is the inverse of the regularisation. Equal examples in equal order give equal weights.

    ValueError when all examples are of one class.
    """
    from sklearn.linear_model import LogisticRegression  # takes two seconds, and wrong data are named before

    counts = Counter(fact for example in examples for fact in example.facts)
    names = sorted(fact for fact, count in counts.items() if count >= MIN_EXAMPLES)
    columns = {name: column for column, name in enumerate(names)}
    matrix = np.zeros((len(examples), len(names)))
    for row, example in enumerate(examples):
        for fact in example.facts:
            if fact in columns:
                matrix[row, columns[fact]] = 1.0
    truth = np.array([example.is_true for example in examples])
    model = LogisticRegression(C=strength, max_iter=10_000, tol=1e-8).fit(matrix, truth)
    weights = {name: round(float(weight), 2) for name, weight in zip(names, model.coef_[0], strict=True)}
    return Weights(
        round(float(model.intercept_[0]), 2),
        {name: weight for name, weight in weights.items() if abs(weight) >= MIN_WEIGHT},
    )
