"""What two models say together of a few words: one probability for each language that the script leaves open."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from processors.core.language import scripts
from processors.core.language.judges import Judge, Shares, total

SAMPLE = 160
"""Code points that a judge is given: more changes nothing on any set, and the second judge takes 0.7 us for each."""

FLOOR = 0.003
"""A model's least share: its silence is an argument, not a veto. Results are the same from 0.001 to 0.01."""

# Weights of the two models' logarithms, for long texts and what a text of SHORT letters adds. Fitted by maximum
# likelihood on 20,000 pieces in 66 languages of texts that are in no test set (docs/language.md), then rounded.
SHORT = 20
_FAST, _FAST_SHORT = 1.4, -1.05
_SECOND, _SECOND_SHORT = 1.15, 0.5

LONG_ENOUGH = 24
"""From so many letters on, lid.176 tells a language that is not in use; on fewer it errs too often for that."""
_IN_USE = 0.1

_FEW_LETTERS = 3
_NEED_LETTERS = frozenset({scripts.LATIN, scripts.CYRILLIC, "Arab"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Probabilities of languages; none when there is a reason against every language."""

    probabilities: Shares
    script: str | None
    letters: int
    reason: str | None = None
    is_one_word: bool = False


class Jury:
    """Two models, heard together."""

    def __init__(self, fast: Judge, second: Judge, languages: Collection[str]) -> None:
        self._fast = fast
        self._second = second
        self._languages = frozenset(languages)
        self._candidates: dict[str, frozenset[str]] = {}

    def hear(self, words: str) -> Evidence:
        """The evidence in lower-case words with one blank between them."""
        words = words[:SAMPLE]
        if not words:
            return Evidence({}, None, 0, "no words")
        script = scripts.dominant(scripts.weights(words))
        if script is None:
            return Evidence({}, None, 0, "unknown script")
        if script != scripts.LATIN:
            words = scripts.without_latin(words) or words
        letters = len(words) - words.count(" ")
        reason = self._doubt(script, letters)
        if reason is not None:
            return Evidence({}, script, letters, reason)
        fast = self._fast.shares(words)
        if letters >= LONG_ENOUGH and total(fast) < _IN_USE:
            return Evidence({}, script, letters, "language not in use")
        shares = self._weighed(fast, self._second.shares(words), script, letters)
        return Evidence(shares, script, letters, is_one_word=" " not in words)

    def candidates(self, script: str) -> frozenset[str]:
        """Languages in use that are written in a script."""
        if script not in self._candidates:
            self._candidates[script] = scripts.written_in(script, self._languages)
        return self._candidates[script]

    def _doubt(self, script: str, letters: int) -> str | None:
        if letters < _FEW_LETTERS and script in _NEED_LETTERS:
            return "too short"
        return None if self.candidates(script) else "language not in use"

    def _weighed(self, fast: Shares, second: Shares, script: str, letters: int) -> Shares:
        shortness = min(1.0, SHORT / letters)
        of_fast = _FAST + _FAST_SHORT * shortness
        of_second = _SECOND + _SECOND_SHORT * shortness
        candidates = self.candidates(script)
        nothing = (of_fast + of_second) * math.log(FLOOR)
        scores = {
            code: of_fast * math.log(fast.get(code, 0.0) + FLOOR) + of_second * math.log(second.get(code, 0.0) + FLOOR)
            for code in sorted(candidates & (fast.keys() | second.keys()))
        }
        top = max(scores.values(), default=nothing)
        weights = {code: math.exp(score - top) for code, score in scores.items()}
        # Sorted above, since the last digit of a sum depends on its order and a set's order on the process.
        whole = sum(weights.values()) + (len(candidates) - len(weights)) * math.exp(nothing - top)
        return {code: weight / whole for code, weight in weights.items()}
