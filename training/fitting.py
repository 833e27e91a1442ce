"""Fitting the two models: a linear-chain CRF over pieces, and a logistic regression over runs."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from processors.core.quotes.tagging.model import PieceModel, RunModel
from processors.core.quotes.tagging.viterbi import TAGS

SPARSITY = 0.4
"""L1 of the CRF: the larger, the fewer weights are kept."""
SMOOTHNESS = 0.2
"""L2 of the CRF."""
OUTSIDE_BIAS = -1.0
"""Finds more items than the labels have; the decision on their runs drops the wrong ones."""
EAGER_BIAS = -2.5
"""Finds more wrong runs still, for the run model to learn from."""
_RUN_STRENGTH = 0.3
"""Inverse of the L2 of the logistic regression."""
_CAUTION = 2.0
"""What a wrong run weighs against a right one: among real posts lists are rare."""
_DIGITS = 2
_CERTAIN = 3.0
_MAX_ITERATIONS = 300

Row = tuple[list[list[str]], list[int]]
"""The evidence of a post's pieces, and their tags."""


@dataclass(frozen=True)
class PieceWeights:
    """What a CRF learned; the same as the weights file has."""

    evidence: dict[str, list[float]]
    transitions: list[list[float]]

    def model(self, outside_bias: float | None = None) -> PieceModel:
        """For tagging."""
        return PieceModel(self.evidence, self.transitions, OUTSIDE_BIAS if outside_bias is None else outside_bias)


@dataclass(frozen=True)
class RunWeights:
    """What a logistic regression learned."""

    evidence: dict[str, float]
    bias: float

    def model(self) -> RunModel:
        """For judging."""
        return RunModel(self.evidence, self.bias)


def fit_pieces(rows: Sequence[Row]) -> PieceWeights:
    """Weights of evidence and transitions; rounded, and without those that round to nothing."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(
        {"c1": SPARSITY, "c2": SMOOTHNESS, "max_iterations": _MAX_ITERATIONS, "feature.possible_transitions": True}
    )
    for evidence, tags in rows:
        trainer.append([list(names) for names in evidence], [TAGS[tag] for tag in tags])
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "model")
        trainer.train(model)
        tagger = pycrfsuite.Tagger()
        tagger.open(model)
        info = tagger.info()
    found: dict[str, list[float]] = {}
    for (name, tag), weight in sorted(info.state_features.items()):
        found.setdefault(name, [0.0] * len(TAGS))[TAGS.index(tag)] = round(weight, _DIGITS)
    transitions = [[round(info.transitions.get((one, two), 0.0), _DIGITS) for two in TAGS] for one in TAGS]
    return PieceWeights({name: weights for name, weights in found.items() if any(weights)}, transitions)


def fit_runs(evidence: Sequence[dict[str, float]], are_lists: Sequence[bool]) -> RunWeights:
    """Weights of a run's evidence, rounded."""
    if len(set(are_lists)) < 2:  # nothing to distinguish
        return RunWeights({}, _CERTAIN if any(are_lists) else -_CERTAIN)
    from sklearn.feature_extraction import DictVectorizer  # takes two seconds, and wrong data are named before
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer(sparse=False, sort=True)
    regression = LogisticRegression(C=_RUN_STRENGTH, max_iter=5000, class_weight={False: _CAUTION, True: 1.0})
    regression.fit(vectorizer.fit_transform(evidence), list(are_lists))
    weights = zip(vectorizer.feature_names_, regression.coef_[0], strict=True)
    return RunWeights(
        {name: round(float(weight), _DIGITS) for name, weight in weights},
        round(float(regression.intercept_[0]), _DIGITS),
    )
