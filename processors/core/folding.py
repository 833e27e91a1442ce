"""A post's words without the decoration that channels add: what sameness is judged by."""

import re
from collections.abc import Sequence

from processors.core.characters import IS_WORD
from processors.core.words import kinds, words_alone
from schemas.normalization import nfkc

# One set of characters first: a pattern that starts with a choice is tried at every character.
_ADDRESS = re.compile(r"[hwt@](?:(?:(?<=h)ttps?://|(?<=w)ww\.|(?<=t)\.me/)\S+|(?<=@)\w+)")
_KINDS = kinds(IS_WORD)
_BLESSING, _SHORT_BLESSING = "\ufdfa", "ص"
"""The one character that compatibility makes 18 of, and its usual abbreviation."""
_MAX_BLESSINGS = 1_000


def fold(text: str) -> str:
    """The words of a clean text, as :func:`fold_all`."""
    (folded,) = fold_all([text])
    return folded


def fold_all(texts: Sequence[str]) -> list[str]:
    """Of each line of clean texts the words in lower case with one blank between them; links and @names are gone,
    numbers and tags stay: posts made from one template (rates, air-raid counts) differ in nothing else.
    """
    lowered = (nfkc(_bounded(text)).lower() for text in texts)
    return words_alone(map(_without_addresses, lowered), _KINDS)


def _bounded(text: str) -> str:
    """The text, without what would make it many times as long."""
    return text.replace(_BLESSING, _SHORT_BLESSING) if text.count(_BLESSING) > _MAX_BLESSINGS else text


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub(" ", text) if "@" in text or "/" in text or "www." in text else text
