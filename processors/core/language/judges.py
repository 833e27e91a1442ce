"""Models that judge the language of a few words, each by its own lights."""

from collections.abc import Callable, Collection, Iterable, Mapping
from operator import itemgetter
from typing import Protocol

from processors.core.language.codes import standard

_LABEL = "__label__"

Shares = dict[str, float]
"""Probability of each language in use; the sum falls short of 1 by what the model gives to languages not in use."""


class Judge(Protocol):
    """Judges lower-case words with one blank between them. Equal words give equal shares."""

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

    def set_languages(self, langs: Collection[str] | None = None) -> None:
        """Restrict the answers."""

    def rank(self, text: str) -> Iterable[tuple[str, float]]:
        """All languages with their probabilities, best first."""


class FastTextJudge:
    """lid.176: 0.16 us a code point, good from a sentence on, and it knows when a language is not in use."""

    def __init__(self, model: FastTextModel, languages: Collection[str]) -> None:
        self._model = model
        # Below 0: with 0, labels whose probability vanishes are left out.
        known = {label: standard(label.removeprefix(_LABEL)) for _, label in self._predict("a", -1, -1.0)}
        self.known = frozenset(known.values())
        """All languages of the model, in use or not."""
        self._codes = {label: code if code in languages else None for label, code in known.items()}

    def shares(self, words: str) -> Shares:
        """All shares down to a thousandth."""
        return self._shares(words, -1, 0.001)

    def best(self, words: str) -> tuple[str | None, float]:
        """The likeliest language and its share; ``None`` when it is one that is not in use."""
        return max(self._shares(words, 4, 0.02).items(), key=itemgetter(1), default=(None, 0.0))

    def _predict(self, words: str, k: int, threshold: float) -> Iterable[tuple[float, str]]:
        return self._model.predict(f"{words}\n", k, threshold, "strict")

    def _shares(self, words: str, k: int, threshold: float) -> Shares:
        found: Shares = {}
        for probability, label in self._predict(words, k, threshold):
            code = self._codes[label]
            if code is not None:
                # The model's probabilities exceed 1 by what float32 loses.
                found[code] = min(1.0, found.get(code, 0.0) + probability)
        return found


class BayesJudge:
    """py3langid: right more often on two or three words. The model is restricted in place, so it is its owner's."""

    def __init__(self, model: RankingModel, languages: Collection[str]) -> None:
        model.set_languages([label for label in model.labels if standard(label) in languages])
        self._model = model

    def shares(self, words: str) -> Shares:
        """All shares down to a thousandth."""
        # Blanks around the words: it was trained on running text, where a word's edge is a letter like others.
        return _summed(self._model.rank(f" {words} "))


class RankedJudge:
    """Any other model, as a function from words to ranked languages."""

    def __init__(self, rank: Callable[[str], Iterable[tuple[str, float]]]) -> None:
        self._rank = rank

    def shares(self, words: str) -> Shares:
        """All shares down to a thousandth."""
        return _summed(self._rank(words))


def _summed(ranked: Iterable[tuple[str, float]]) -> Shares:
    found: Shares = {}
    for label, probability in ranked:
        if probability < 0.001:
            break
        code = standard(label)
        found[code] = found.get(code, 0.0) + probability
    return found


def total(shares: Mapping[str, float]) -> float:
    """What a model gives to the languages in use together."""
    return sum(shares.values())
