"""A post's words without the decoration that channels add: what language and sameness are judged by."""

import re
import unicodedata

from processors.core.characters import MARKS

# One set of characters first: a pattern that starts with a choice is tried at every character.
_ADDRESS = re.compile(r"[hwt@](?:(?:(?<=h)ttps?://|(?<=w)ww\.|(?<=t)\.me/)\S+|(?<=@)\w+)")
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*+")
_PLAIN_WORD = re.compile(rf"\w[\w{MARKS}]*+")
"""The same where no underscore stands, in half the time: one set of characters needs no choice at each."""


def fold(text: str) -> str:
    """Words in lower case with one blank between them; links and @names are gone, numbers and tags stay: posts made
    from one template (rates, air-raid counts) differ in nothing else.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    if "@" in folded or "/" in folded or "www." in folded:
        folded = _ADDRESS.sub(" ", folded)
    return " ".join(_words(folded))


def count_words(text: str) -> int:
    """About how many words ``fold`` would leave: as many for each text that folds alike."""
    if "@" in text or "/" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    return len(_words(text))


def _words(text: str) -> list[str]:
    return (_WORD if "_" in text else _PLAIN_WORD).findall(text)
