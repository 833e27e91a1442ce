"""Letters of Latin, Cyrillic and Greek that look alike, and words that mix them: by a trick or by a wrong keyboard."""

import re
from collections import Counter
from collections.abc import Sequence
from enum import Enum


class Script(Enum):
    """Alphabets that share shapes; the value is the inside of a regex class."""

    LATIN = "a-zA-Z\u00c0-\u02af\u1e00-\u1eff"
    CYRILLIC = "\u0400-\u052f"
    GREEK = "\u0370-\u03ff\u1f00-\u1fff"


_CAPITALS = "ABEHIKMOPTXY", "АВЕНІКМОРТХУ", "ΑΒΕΗΙΚΜΟΡΤΧΥ"
"""Capitals of one shape in all three scripts."""

_TO_CYRILLIC = str.maketrans(
    "aceopxyijsfqwïëCJSFQWÏË" + "αειοτρυχκπΓΠΦ" + _CAPITALS[0] + _CAPITALS[2],
    "асеорхуіјѕғԛԝїёСЈЅҒԚԜЇЁ" + "аеіотрухкпГПФ" + 2 * _CAPITALS[1],
)
_TO_GREEK = str.maketrans(
    "aeopvuixktynáéíóúNZ" + "аеорхікту" + "ГПФ" + _CAPITALS[0] + _CAPITALS[1],
    "αεορνυιχκτγηάέίόύΝΖ" + "αεορχικτυ" + "ΓΠΦ" + 2 * _CAPITALS[2],
)
_TO_LATIN = str.maketrans(
    "асеорхуіјѕһғԛԝӏьїёСЈЅҒԚԜЇЁ" + "αεορνυιχκτγηωΝΖ" + _CAPITALS[1] + _CAPITALS[2],
    "aceopxyijshfqwlbïëCJSFQWÏË" + "aeopvuixktynwNZ" + 2 * _CAPITALS[0],
)
# Small letters whose capitals are of one shape: after the others, for "The" with a Cyrillic capital is English.
_TO_CYRILLIC_TOO = _TO_CYRILLIC | str.maketrans("bhkmt", "внкмт")
_TO_LATIN_TOO = _TO_LATIN | str.maketrans("внкмт", "bhkmt")


def _foreign(script: Script) -> re.Pattern[str]:
    return re.compile(f"[{''.join(other.value for other in Script if other is not script)}]")


_FOREIGN = {script: _foreign(script) for script in Script}
_WITH_FOREIGN = {
    script: re.compile(rf"(?<![^\W_])[^\W_]*?{foreign.pattern}[^\W_]*") for script, foreign in _FOREIGN.items()
}
"""A word with a letter of another script."""
_TABLES = (
    {Script.LATIN: _TO_LATIN, Script.CYRILLIC: _TO_CYRILLIC, Script.GREEK: _TO_GREEK},
    {Script.LATIN: _TO_LATIN_TOO, Script.CYRILLIC: _TO_CYRILLIC_TOO},
)
_LETTER = {script: re.compile(f"[{script.value}]") for script in Script}
_WORD = re.compile(r"([^\W_]+)")
_NOT_LATIN = re.compile(f"[{Script.CYRILLIC.value}{Script.GREEK.value}]")


def _neighbours(script: Script) -> re.Pattern[str]:
    """A letter of the script beside one of another; a pattern that starts with a choice is tried at every character."""
    foreign = _FOREIGN[script].pattern
    return re.compile(f"[{script.value}](?:(?<={foreign}.)|(?={foreign}))")


_BESIDE_LATIN, _BESIDE_GREEK = _neighbours(Script.LATIN), _neighbours(Script.GREEK)

_SHARED = {chr(code) for tables in _TABLES for table in tables.values() for code in table}
_SHARED_ALONE = re.compile(f"[{''.join(_SHARED)}]+")
_ALL = {script: frozenset(_LETTER[script].findall("".join(map(chr, range(0x2000))))) for script in Script}
_OWN = {script: letters - _SHARED for script, letters in _ALL.items()}
OWN = {script: "".join(sorted(letters)) for script, letters in _OWN.items()}
"""Letters that no other alphabet has by their look."""

SHARED_LATIN = "".join(sorted(letter for letter in _SHARED if re.match(f"[{Script.LATIN.value}]", letter)))
"""Latin letters of which words in another alphabet may be written."""


def in_one_script(text: str, order: Sequence[Script] = (), *, may_be_greek: bool = True) -> str:
    """The text with every word that mixes alphabets in one of them, if it can be written in it; of equal length.

    A word of look-alikes alone goes to the first script of the order, without one to that of most of the text.
    """
    if text.isascii() or _NOT_LATIN.search(text) is None:
        return text
    if _BESIDE_LATIN.search(text) is None and not (may_be_greek and _BESIDE_GREEK.search(text)):
        return text
    return _by_word(text, order or _by_share(text))


def in_main_script(text: str, order: Sequence[Script] = ()) -> str:
    """The text as by :func:`in_one_script`, and every word of look-alikes alone in the script of most of the text
    (``СВО`` and the word ``с`` in Latin letters): for comparing, since a foreign name may be such a word. ``order`` has
    the scripts by how many letters of their own, then of all that may be theirs, are in the text, if that is known.
    """
    if text.isascii() or _NOT_LATIN.search(text) is None:
        return text
    order = order or _by_share(text)
    return _WITH_FOREIGN[order[0]].sub(lambda word: _in_main(word[0], order), text)


def _by_word(text: str, order: Sequence[Script]) -> str:
    pieces = _WORD.split(text)
    words = {word: _unmixed(word, order) for word in set(pieces[1::2])}
    pieces[1::2] = map(words.__getitem__, pieces[1::2])
    return "".join(pieces)


def _by_share(text: str) -> list[Script]:
    """The scripts by their letters in a text; what looks like letters of another counts only where all do."""
    counts = Counter(text)

    def share(script: Script) -> tuple[int, ...]:
        # Not of the keys: a keys view would go through all of the alphabet.
        return tuple(
            sum(map(counts.__getitem__, letters.intersection(counts))) for letters in (_OWN[script], _ALL[script])
        )

    return sorted(Script, key=share, reverse=True)


def _in_main(word: str, order: Sequence[Script]) -> str:
    if _SHARED_ALONE.fullmatch(word):
        written = word.translate(_TABLES[0][order[0]])
        if _FOREIGN[order[0]].search(written) is None:
            return written
    return _unmixed(word, order)


def _unmixed(word: str, order: Sequence[Script]) -> str:
    if _BESIDE_LATIN.search(word) is None and _BESIDE_GREEK.search(word) is None:
        return word
    letters = "".join(set(word))
    for tables in _TABLES:
        for script in order:
            table = tables.get(script, {})
            if _FOREIGN[script].search(letters.translate(table)) is None:
                return word.translate(table)
    return word
