"""The evidence of two models and a word list on a few words: one probability for each language that the script
leaves open, and one for all languages that are not in use.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from processors.core.language import scripts
from processors.core.language.codes import LANGUAGES, UNDECIDED
from processors.core.language.function_words import MARKED, marker_counts
from processors.core.language.models import LanguageClassifier, Shares
from processors.core.text.characters import CYRILLIC

SAMPLE = 160
"""Code points that a judge is given: more changes nothing on any set, and the second judge takes 0.7 us for each."""

KEPT = 256
"""Texts whose evidence is kept: parts of a mixed post may be looked up three times, and footers come again."""

FLOOR = 0.003
"""A model's least share: its silence is an argument, not a veto. Results are the same from 0.001 to 0.01."""

# Weights of the two models' logarithms, for long texts and what a text of SHORT letters adds. Fitted by maximum
# likelihood on 20,000 pieces in 66 languages of texts that are in no test set (docs/language.md), then rounded.
SHORT = 20
_FAST, _FAST_SHORT = 1.4, -1.05
_SECOND, _SECOND_SHORT = 1.15, 0.5

# The logarithm of the share that a model is taken to give to a language that it does not know, and the odds against a
# language that is not in use and against one that no model knows, as logarithms. Chosen near the
# maximum of likelihood on sentences in 115 languages and pieces in 350, where short texts in use lose nothing.
_FAST_UNKNOWN, _SECOND_UNKNOWN = -1.0, -1.8
_NOT_IN_USE, _NOT_IN_USE_SHORT = 1.0, 2.5
_UNKNOWN, _UNKNOWN_SHORT = 3.0, 2.0
# A marker is twenty times as likely in its language as in any in use, and far more than that for most.
_MARKER, _MOST_MARKERS = 3.0, 4

_FEW_LETTERS = 3
_NEED_LETTERS = frozenset({scripts.LATIN, CYRILLIC, "Arab"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Probabilities of the languages in use, and under ``und`` that of all others together; none when there is a
    reason against every language.
    """

    probabilities: Shares
    script: str | None
    letters: int
    reason: str | None = None
    is_one_word: bool = False
    outsider: str | None = None
    """The language that leads among those that are not in use; ``None`` when no model knows it."""


class _Weights(NamedTuple):
    """What the models' logarithms count for in a text, and the odds against what is not in use."""

    fast: float
    second: float
    not_in_use: float
    unknown: float


class LanguageEnsemble:
    """Two models, combined."""

    def __init__(self, fast: LanguageClassifier, second: LanguageClassifier, languages: Collection[str]) -> None:
        self._fast = fast
        self._second = second
        self._languages = frozenset(languages)
        self._others = (fast.known | second.known | MARKED) - self._languages
        self._candidates: dict[str, frozenset[str]] = {}
        self._outsiders: dict[str, frozenset[str]] = {}
        self._combined = lru_cache(KEPT)(self._combine)

    def combine(self, words: str) -> Evidence:
        """The evidence in lower-case words with one blank between them."""
        return self._combined(words[:SAMPLE])

    def _combine(self, words: str) -> Evidence:
        if not words:
            return Evidence({}, None, 0, "no words")
        script = scripts.dominant(scripts.weights(words))
        if script is None:
            return Evidence({}, None, 0, "unknown script")
        markers = marker_counts(words)
        if script != scripts.LATIN:
            words = scripts.without_latin(words) or words
        letters = len(words) - words.count(" ")
        if letters < _FEW_LETTERS and script in _NEED_LETTERS:
            return Evidence({}, script, letters, "too short")
        scores, unknown = self._scores(words, markers, script, letters)
        return self._evidence(scores, unknown, script, letters, is_one_word=" " not in words)

    def candidates(self, script: str) -> frozenset[str]:
        """Languages in use that are written in a script."""
        if script not in self._candidates:
            self._candidates[script] = scripts.written_in(script, self._languages)
            self._outsiders[script] = scripts.written_in(script, self._others)
        return self._candidates[script]

    def _scores(self, words: str, markers: Counter[str], script: str, letters: int) -> tuple[Shares, float]:
        """Logarithms: of each language that a model or a marker speaks for, and of a language that nobody knows."""
        fast, second = self._fast.shares(words), self._second.shares(words)
        candidates = self.candidates(script)
        weights = _weights(letters)
        foreign = _MARKER * min(markers[UNDECIDED], _MOST_MARKERS)
        scores = {
            code: weights.fast * _log(fast, code, self._fast, _FAST_UNKNOWN)
            + weights.second * _log(second, code, self._second, _SECOND_UNKNOWN)
            + _MARKER * min(markers[code], _MOST_MARKERS)
            + (0.0 if code in LANGUAGES else foreign)
            - (0.0 if code in candidates else weights.not_in_use)
            # Sorted, since the last digit of a sum depends on its order and a set's order on the process.
            for code in sorted((candidates | self._outsiders[script]) & (fast.keys() | second.keys() | markers.keys()))
        }
        unknown = weights.fast * _FAST_UNKNOWN + weights.second * _SECOND_UNKNOWN + foreign - weights.unknown
        return scores, unknown

    def _evidence(self, scores: Shares, unknown: float, script: str, letters: int, *, is_one_word: bool) -> Evidence:
        candidates = self.candidates(script)
        weights = _weights(letters)
        nothing = (weights.fast + weights.second) * math.log(FLOOR)
        top = max(unknown, nothing, *scores.values())
        shares = {code: math.exp(score - top) for code, score in scores.items()}
        inside = {code: share for code, share in shares.items() if code in candidates}
        others = {code: share for code, share in shares.items() if code not in candidates}
        of_unknown = math.exp(unknown - top)
        of_others = sum(others.values()) + of_unknown
        whole = sum(inside.values()) + of_others + (len(candidates) - len(inside)) * math.exp(nothing - top)
        code, share = max(others.items(), key=itemgetter(1), default=(None, 0.0))
        return Evidence(
            {code: share / whole for code, share in inside.items()} | {UNDECIDED: of_others / whole},
            script,
            letters,
            is_one_word=is_one_word,
            outsider=code if share > of_unknown else None,
        )


def _log(shares: Mapping[str, float], code: str, classifier: LanguageClassifier, unknown: float) -> float:
    return math.log(shares.get(code, 0.0) + FLOOR) if code in classifier.known else unknown


def _weights(letters: int) -> _Weights:
    shortness = min(1.0, SHORT / letters)
    return _Weights(
        _FAST + _FAST_SHORT * shortness,
        _SECOND + _SECOND_SHORT * shortness,
        _NOT_IN_USE + _NOT_IN_USE_SHORT * shortness,
        _UNKNOWN + _UNKNOWN_SHORT * shortness,
    )
