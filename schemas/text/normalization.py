"""Unicode normalization in linear time: the one place that calls it.

``unicodedata`` takes time that is quadratic in the length of a run of combining marks, and holds the interpreter's
lock meanwhile, so that 100,000 marks stop every thread for minutes. Marks beyond the first 30 of a run are therefore
cut off before anything is normalized. No orthography comes near: the bound is that of the Stream-Safe Text Format
(UAX 15, section 13), and Hebrew with vowels and accents or Tibetan have up to six in a row.
"""

import unicodedata
from collections.abc import Iterator
from itertools import chain

MAX_MARKS = 30
"""Most combining marks in a row; what follows them in their run is cut off."""
_DECOMPOSING = "\u0f73\u0f75\u0f81\uff9e\uff9f"
"""Characters that are no combining marks, and decompose into some."""
_PLANES = (range(0x20000), range(0xE0000, 0xE1000))
_MARKS = frozenset(_DECOMPOSING).union(filter(unicodedata.combining, map(chr, chain(*_PLANES))))
_VOWELS_AND_FINALS = range(0x1161, 0x11C3)
"""Parts of Korean syllables that are composed with what is before them."""
_DECOMPOSED = tuple(filter(unicodedata.decomposition, map(chr, _PLANES[0])))
COMPOSING = _MARKS.union(
    map(chr, _VOWELS_AND_FINALS),
    (mark for character in _DECOMPOSED for mark in unicodedata.normalize("NFD", character)[1:]),
    (character for character in _DECOMPOSED if not unicodedata.is_normalized("NFC", character)),
)
"""Characters that normalization may change, move or compose with others, up to U+1FFFF: a text without is in NFC."""
_LONG = 5_000
_MAX_EXPANDED = 64


def nfc(text: str) -> str:
    """The text in NFC, without marks beyond the bound."""
    return unicodedata.normalize("NFC", without_excess_marks(text))


def nfkc(text: str) -> str:
    """The text in NFKC, without marks beyond the bound."""
    text = without_excess_marks(text)
    return unicodedata.normalize("NFKC", text if len(text) < _LONG or text.isascii() else _expanded(text))


def without_excess_marks(text: str) -> str:
    """The text without marks beyond the bound."""
    if not _may_have_excess(text):
        return text
    pieces: list[str] = []
    done = 0
    for start, end in excess_marks(text):
        pieces.append(text[done:start])
        done = end
    return "".join(pieces) + text[done:] if pieces else text


def excess_marks(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the pieces that are cut off."""
    end = 0
    for number, sample in enumerate(text[:: MAX_MARKS + 1]):
        at = number * (MAX_MARKS + 1)
        if at < end or sample not in _MARKS:
            continue
        start, end = at, at + 1
        while start and text[start - 1] in _MARKS:
            start -= 1
        end = next((place for place in range(end, len(text)) if text[place] not in _MARKS), len(text))
        if end - start > MAX_MARKS:
            yield start + MAX_MARKS, end


def _may_have_excess(text: str) -> bool:
    """A run that is too long holds one of these characters at least: few texts need a closer look."""
    if len(text) <= MAX_MARKS or text.isascii():
        return False
    return not _MARKS.isdisjoint(text[:: MAX_MARKS + 1])


def _expanded(text: str) -> str:
    """An equivalent of a long text in which characters equal to several others are written out: ``unicodedata`` makes
    room for each of them again, which costs up to two microseconds each.
    """
    several = (character for character in set(text) if unicodedata.decomposition(character))
    forms = ((character, unicodedata.normalize("NFKC", character)) for character in several)
    longer = sorted((character, form) for character, form in forms if len(form) > 1)
    for character, form in longer[:_MAX_EXPANDED]:
        text = text.replace(character, form)
    return text
