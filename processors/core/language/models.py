"""Models that judge the language of a few words, each by its own lights."""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from processors.core.language.codes import standard

_LABEL = "__label__"

Shares = dict[str, float]
"""Probability of each language that a model knows, in use or not; those of almost none are left out."""

_NO_LANGUAGE = "zxx"
"""py3langid's label for text that is no language; names and codes are dealt with before."""


class LanguageClassifier(Protocol):
    """Judges lower-case words with one blank between them. Equal words give equal shares."""

    @property
    def known(self) -> frozenset[str]:
        """All languages that it can name."""

    def shares(self, words: str) -> Shares:
        """The probability of each language; those of almost none are left out."""


class FastTextModel(Protocol):
    """fastText's model, as far as it is used: that under its Python wrapper, which costs as much as a few words."""

    def predict(self, line: str, k: int, threshold: float, on_unicode_error: str) -> Iterable[tuple[float, str]]:
        """Probabilities with their labels for a line, best first; the line has its end, and all labels come with
        ``k=-1``.
        """


class RankingModel(Protocol):
    """py3langid's identifier, as far as it is used."""

    @property
    def labels(self) -> list[str]:
        """The languages that it knows."""

    def rank(self, text: str) -> Iterable[tuple[str, float]]:
        """All languages with their probabilities, best first."""


class FastTextClassifier:
    """lid.176: 0.16 us a code point, good from a sentence on."""

    def __init__(self, model: FastTextModel) -> None:
        self._model = model
        # Below 0: with 0, labels whose probability vanishes are left out.
        labels = [label for _, label in self._predict("a", -1, -1.0)]
        self._codes = {label: standard(label.removeprefix(_LABEL)) for label in labels}
        self.known = frozenset(self._codes.values())

    def shares(self, words: str) -> Shares:
        """All shares down to a thousandth."""
        return self._shares(words, -1, 0.001)

    def leading(self, words: str) -> Shares:
        """The shares of the likeliest four."""
        return self._shares(words, 4, 0.02)

    def _predict(self, words: str, k: int, threshold: float) -> Iterable[tuple[float, str]]:
        return self._model.predict(f"{words}\n", k, threshold, "strict")

    def _shares(self, words: str, k: int, threshold: float) -> Shares:
        found: Shares = {}
        for probability, label in self._predict(words, k, threshold):
            code = self._codes[label]
            # The model's probabilities exceed 1 by what float32 loses.
            found[code] = min(1.0, found.get(code, 0.0) + probability)
        return found


class NaiveBayesClassifier:
    """py3langid: right more often on two or three words, and it knows languages of Africa that lid.176 does not."""

    def __init__(self, model: RankingModel) -> None:
        self._model = model
        self.known = frozenset(map(standard, model.labels)) - {_NO_LANGUAGE}

    def shares(self, words: str) -> Shares:
        """All shares down to a thousandth."""
        # Blanks around the words: it was trained on running text, where a word's edge is a letter like others.
        return _summed(self._model.rank(f" {words} "))


class RankingClassifier:
    """Any other model, as a function from words to ranked languages."""

    def __init__(self, rank: Callable[[str], Iterable[tuple[str, float]]], known: Collection[str]) -> None:
        self._rank = rank
        self.known = frozenset(map(standard, known))

    def shares(self, words: str) -> Shares:
        """All shares down to a thousandth."""
        return _summed(self._rank(words))


def _summed(ranked: Iterable[tuple[str, float]]) -> Shares:
    found: Shares = {}
    for label, probability in ranked:
        if probability < 0.001:
            break
        if label != _NO_LANGUAGE:
            code = standard(label)
            found[code] = found.get(code, 0.0) + probability
    return found
