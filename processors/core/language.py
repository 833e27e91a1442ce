"""Language of a text, by fastText's lid.176 restricted to the languages in use."""

from collections.abc import Collection
from typing import Protocol

from schemas import Language

LANGUAGES = frozenset(
    (
        *("ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he"),
        *("hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "ko", "ky", "lt", "lv", "mk", "mn", "ms", "nl"),
        *("no", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl"),
        *("tr", "uk", "ur", "uz", "vi", "zh"),
    )
)
"""Languages that posts are expected in. The model knows 176; the rest are mostly what noise is taken for."""

MIN_CONFIDENCE = 0.2
"""Below this the answer is und. Of 0 to 0.5 it gave the best mean recall over clean, short, noisy and junk texts."""

MAX_SAMPLE = 240
"""Code points read. The model takes 0.2 us for each, and no test set gained from more than 180."""

MIN_SHARE = 0.01
"""Less likely languages are not looked at."""

_LABEL = "__label__"
# Written so alike that the model splits one text's probability among them.
_SERBO_CROATIAN = frozenset({"bs", "hr", "sr"})


class Model(Protocol):
    """fastText's model, as far as it is used."""

    def predict(self, text: str, k: int = 1, threshold: float = 0.0) -> tuple[Collection[str], Collection[float]]:
        """Labels and their probabilities; all of them with ``k=-1``."""


class LanguageDetector:
    """Detects one language for a whole text."""

    def __init__(self, model: Model, languages: Collection[str] = LANGUAGES) -> None:
        self._model = model
        self._codes = {_LABEL + code: code for code in languages}

    def detect(self, folded: str) -> Language:
        """The language of a folded text (see ``folding``)."""
        sample = _sample(folded)
        if not any(map(str.isalpha, sample)):
            return Language(code="und", reason="no letters")
        code, confidence = self._best(sample)
        if confidence < MIN_CONFIDENCE:
            return Language(code="und", confidence=confidence, reason="low confidence")
        return Language(code=code, confidence=confidence)

    def _best(self, sample: str) -> tuple[str, float]:
        """The likeliest language in use, and its probability."""
        labels, probabilities = self._model.predict(sample, k=-1, threshold=MIN_SHARE)
        in_use = {
            self._codes[label]: probability
            for label, probability in zip(labels, probabilities, strict=True)
            if label in self._codes
        }
        if not in_use:
            return "und", 0.0
        siblings = in_use.keys() & _SERBO_CROATIAN
        if len(siblings) > 1:
            in_use[max(siblings, key=in_use.__getitem__)] = sum(in_use[code] for code in siblings)
        best = max(in_use, key=in_use.__getitem__)
        return best, round(min(1.0, in_use[best]), 4)


def _sample(folded: str) -> str:
    if len(folded) <= MAX_SAMPLE:
        return folded
    piece = MAX_SAMPLE // 3
    middle = (len(folded) - piece) // 2
    return f"{folded[:piece]} {folded[middle : middle + piece]} {folded[-piece:]}"
