"""A post's words without the decoration that channels add, in one spelling: what sameness is judged by."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors.core.characters import IS_WORD
from processors.core.words import code_points, kinds, words_alone
from schemas.text import FOLDED, PICTURED, PICTURED_RUN, Script, in_one_script, respelled, spelled

# One set of characters first: a pattern that starts with a choice is tried at every character.
_ADDRESS = re.compile(r"[hwt@](?:(?:(?<=h)ttps?://|(?<=w)ww\.|(?<=t)\.me/)\S+|(?<=@)\w+)", re.IGNORECASE)
_KINDS = kinds(IS_WORD)

_SIZE = 0x40000
_DROPPED, _SEVERAL = 0x110000, 0x110001
"""Instead of a code point: none, and what only the text shows."""


def _letters() -> NDArray[np.uint32]:
    found = np.arange(_SIZE, dtype=np.uint32)
    for code, letters in FOLDED.items():
        if code < _SIZE:
            found[code] = _SEVERAL if len(letters) > 1 else ord(letters) if letters else _DROPPED
    found[list(PICTURED)] = _SEVERAL
    # The last stands for all above, of which none is of a word; selectors of shapes are among them.
    found[-1] = _DROPPED
    return found


def _scripts() -> NDArray[np.uint8]:
    found = np.zeros(0x2001, np.uint8)
    for bit, script in enumerate(Script):
        found[code_points("".join(re.findall(f"[{script.value}]", "".join(map(chr, range(0x2000))))))] = 1 << bit
    return found


_LETTERS = _letters()
"""FOLDED as an array: a tenth of the time that ``str.translate`` takes."""
_SCRIPTS = _scripts()


def fold(text: str) -> str:
    """The words of a clean text, as :func:`fold_all`."""
    (folded,) = fold_all([text])
    return folded


def fold_all(texts: Sequence[str]) -> list[str]:
    """Of each line of clean texts the words, folded as by ``schemas.text.fold``, with one blank between them; links and
    @names are gone, numbers and tags stay: posts made from one template (rates, counts) differ in nothing else.
    """
    prepared = [respelled(text) for text in _in_one_script(list(map(_without_addresses, texts)))]
    return words_alone(prepared, _KINDS, _folded)


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub(" ", text) if "@" in text or "/" in text or "w." in text or "W." in text else text


def _in_one_script(texts: list[str]) -> list[str]:
    """The texts with words of mixed alphabets mended; all are looked at together."""
    scripts = _SCRIPTS.take(code_points("\n".join(texts)), mode="clip")
    either = scripts[:-1] | scripts[1:]
    mixed = (either & (either - 1)).nonzero()[0]
    if len(mixed):
        ends = np.cumsum([len(text) + 1 for text in texts])
        for number in set(np.searchsorted(ends, mixed, "right").tolist()):
            texts[number] = in_one_script(texts[number])
    return texts


def _folded(text: str, codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """What the characters of a text are compared as."""
    found = _LETTERS.take(codes, mode="clip")
    several = (found == _SEVERAL).nonzero()[0]
    if len(several):
        found = _LETTERS.take(code_points(_spelled_out(text, several.tolist())), mode="clip")
    kept: NDArray[np.uint32] = found[found != _DROPPED]
    return kept


def _spelled_out(text: str, places: Sequence[int]) -> str:
    """The text with several characters for each of some, and with letters for pictured ones."""
    pieces: list[str] = []
    done = 0
    for place in places:
        if place < done:
            continue
        run = PICTURED_RUN.match(text, place)
        pieces += text[done:place], spelled(run[0]) if run else FOLDED.get(ord(text[place]), text[place])
        done = run.end() if run else place + 1
    return "".join(pieces) + text[done:]
