"""Scripts: which one a text is in, and which languages are written in it."""

import re
from collections.abc import Iterable
from functools import lru_cache

from processors.core.text.characters import CYRILLIC, HAN, KANA, SCRIPTS

LATIN = "Latn"

_LANGUAGES = {
    CYRILLIC: "alt az ba be bg bxr ce cv kaa kk koi krc kv ky lez mhr mk mn mrj myv os ru rue sah sr tg tt tyv uk uz "
    "xal",
    "Arab": "ar azb ckb fa ks lrc mzn pnb ps sd skr ug ur uzs",
    HAN: "ja zh",
    KANA: "ja",
    "Hang": "ko",
    "Hebr": "he yi",
    "Grek": "el grc",
    "Armn": "hy",
    "Geor": "ka xmf",
    "Deva": "bho doi dty gom hi hne mag mai mr ne new sa",
    "Beng": "as bn bpy",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th",
    "Laoo": "lo",
    "Tibt": "bo dz",
    "Mymr": "mnw my",
    "Ethi": "am ti",
    "Khmr": "km",
    "Thaa": "dv",
}
"""Languages that the models know, by script; a language that is nowhere here is written in Latin letters."""

_ALSO_LATIN = frozenset({"az", "kaa", "sr", "tt", "ug", "uz"})
_NOT_LATIN = frozenset(" ".join(_LANGUAGES.values()).split()) - _ALSO_LATIN
# A syllable or a word to the letter, where Latin and Cyrillic need two or three letters.
_DENSE = frozenset({HAN, KANA, "Hang"})
_DENSITY = 2

LATIN_LETTERS = "a-zA-Z\u00aa\u00ba\u00c0-\u024f\u0250-\u02af\u1e00-\u1eff\ua720-\ua7ff\ufb00-\ufb06"
_LATIN = re.compile(f"[{LATIN_LETTERS}]")
_CYRILLIC = re.compile(f"[{SCRIPTS[CYRILLIC]}]")
_NOT_LATIN_LETTER = re.compile(f"[{''.join(SCRIPTS.values())}]")
_ONLY = {LATIN: re.compile(f"[ {LATIN_LETTERS}]*")} | {
    name: re.compile(f"[ {letters}]*") for name, letters in SCRIPTS.items()
}

INCLUSION_SHARE = 0.25
"""From this share on, letters of another script make the text that script's: names, brands and quotations in Latin
letters occur in texts of every script, and seldom the other way round."""
_KANA_SHARE = 0.1
"""Japanese prose is half kana; Chinese texts hold a stray one at most."""


def weights(words: str) -> dict[str, int]:
    """Letters of each script in a text of words and blanks; a dense script's count double."""
    letters = len(words) - words.count(" ")
    if words.isascii():
        return {LATIN: letters} if letters else {}
    first = _NOT_LATIN_LETTER.search(words)
    only = LATIN if first is None else _script_of(first[0])
    if letters and _ONLY[only].fullmatch(words):  # as most texts
        return {only: letters * _DENSITY if only in _DENSE else letters}
    found: dict[str, int] = {}
    for name, pattern in ((LATIN, _LATIN), (CYRILLIC, _CYRILLIC)):
        if count := len(pattern.findall(words)):
            found[name] = count
            letters -= count
        if not letters:
            return found
    for match in _NOT_LATIN_LETTER.finditer(words):
        name = _script_of(match[0])
        if name != CYRILLIC:
            found[name] = found.get(name, 0) + (_DENSITY if name in _DENSE else 1)
    return found


@lru_cache(1024)
def _script_of(letter: str) -> str:
    """The script of a letter that is not Latin."""
    return next(name for name, only in _ONLY.items() if name != LATIN and only.fullmatch(letter))


def dominant(found: dict[str, int]) -> str | None:
    """The script that a text is in, by :func:`weights`; ``None`` for no letters or unknown ones."""
    if len(found) < 2:
        return next(iter(found), None)
    total = sum(found.values())
    others = {name: count for name, count in found.items() if name != LATIN}
    east_asian = others.get(HAN, 0) + others.get(KANA, 0)
    if east_asian and others.get(KANA, 0) >= _KANA_SHARE * east_asian:
        others[KANA] = east_asian
        others.pop(HAN, None)
    if others:
        best = max(others, key=others.__getitem__)
        if sum(others.values()) >= INCLUSION_SHARE * total:
            return best
    return LATIN


def written_in(script: str, languages: Iterable[str]) -> frozenset[str]:
    """Those of the languages that are written in a script."""
    if script == LATIN:
        return frozenset(code for code in languages if code not in _NOT_LATIN)
    return frozenset(_LANGUAGES[script].split()) & frozenset(languages)


def without_latin(words: str) -> str:
    """The words of a text in another script, without those in Latin letters: names and brands do not indicate it."""
    return " ".join(word for word in words.split(" ") if not _LATIN.match(word))


def has_latin_and_more(text: str) -> bool:
    """Whether a text holds Latin letters and others."""
    return _LATIN.search(text) is not None and _NOT_LATIN_LETTER.search(text) is not None
