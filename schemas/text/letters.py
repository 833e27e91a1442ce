"""Letters that replace each other in one language: by its rules, by habit, or by the keyboard at hand."""

import re
import unicodedata
from collections.abc import Iterable

_APOSTROPHES = (
    "\u2019\u2018\u201b\u0060\u00b4\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb"
    "\u055a\u05f3\u07f4\u07f5\ua78b\ua78c\uff07"
)
APOSTROPHES: dict[int, str] = dict.fromkeys(map(ord, _APOSTROPHES), "'")
"""Whatever is typed for an apostrophe (пʼять, oʻzbek, l’eau), some of them letters by Unicode."""

QUOTATION_MARKS: dict[int, str] = {
    ord(other): group[0]
    for group in ('"＂', "“❝〝", "”❞〞", "„❠⹂", "‘❛‛", "’❜", "'＇", "‹❮", "›❯")
    for other in group[1:]
}
"""Ornaments and wide forms of quotation marks as the usual ones, each of one code point."""

DIGITS: dict[int, str] = {
    code: str(unicodedata.decimal(chr(code)))
    for block in (range(0x660, 0x1A9A), range(0xA620, 0xAC00), range(0x104A0, 0x11F60), range(0x16A60, 0x1E960))
    for code in block
    if unicodedata.decimal(chr(code), None) is not None
}
"""Decimal digits of all scripts but ASCII; styled ones are in STYLED."""


def _each(letters: Iterable[str]) -> dict[int, str]:
    """From "canonical others" to one entry for each other."""
    return {ord(other): group[0] for group in letters for other in group[1:]}


_ROMANIAN = _each(("şș", "ţț", "ŞȘ", "ŢȚ"))
"""Cedilla and comma below: old encodings had no comma."""
_CYRILLIC = _each(("её", "ЕЁ"))
_TURKIC = _each(("iı", "Iİ", "ə\u01dd", "Ə\u018e"))
"""I without its dot is i in capitals of any other language, and so it is here. Schwa is typed as a turned e."""
_ARABIC = _each(
    (
        "اٱٲٳ",  # of alefs; those with a madda or hamza decompose
        "يىی",  # Arabic, without dots, Persian
        "كکڪ",
        "گګ",
        "هةہھەۃ",
    )
)
_GREEK = _each(("σς",))
_DEVANAGARI = _each(("ंँ",))

SPELLED_ALIKE: dict[int, str] = APOSTROPHES | _ROMANIAN | _CYRILLIC | _TURKIC | _ARABIC | _GREEK | _DEVANAGARI
"""Each letter as the one that it is compared as, in its case: one code point for one."""

SPELLED_OUT: dict[int, str] = {
    0xE6: "ae",
    0x153: "oe",
    0x621: "",  # hamza on the line: left out at the end of a Persian word
    0x674: "",
    0x5F0: "וו",
    0x5F1: "וי",
    0x5F2: "יי",
    0x9CE: "ত্",
    # Malayalam letters without a vowel; older texts write letter and virama.
    0xD7A: "ണ്",
    0xD7B: "ന്",
    0xD7C: "ര്",
    0xD7D: "ല്",
    0xD7E: "ള്",
    0xD7F: "ക്",
    0x200D: "",  # joins or parts the shapes of letters, not words
}
"""Small letters that are compared as none, or as two."""

_YEH = "[يىی]"
_HEH = "[هة]"
_ARABIC_LETTER = "[\u0620-\u06ff]"
_VOWELS = "[\u064b-\u065f\u0640]*"
# A seat of hamza beside another weak letter: مسؤول is مسئول and مسوول, شؤون is شئون, هيئة is هيأة.
_SEATS = (
    (re.compile(rf"\u0626(?={_VOWELS}و)"), "و"),
    (re.compile(rf"\u0621(?={_VOWELS}و)"), "و"),
    (re.compile(rf"\u0621(?={_VOWELS}{_YEH})"), "ي"),
    (re.compile(rf"\u0626(?<={_YEH}.)(?={_VOWELS}[ته\u0629])"), "ا"),
)
_ENDINGS = (
    rf"(?:ها(?:{_YEH}{{1,2}}|{_YEH}?(?:م|ت|ش|مان|تان|شان))?|تر(?:{_YEH}ن)?|ا(?:م|ت|ش|{_YEH}|{_YEH}م|{_YEH}د|ند))"
    r"(?![\w\u064b-\u065f])"
)
# Persian prefixes and endings are written on their own, joined, or behind a half-space: می رود, میرود, می‌رود.
_PERSIAN_GAP = re.compile(
    rf"[ \u200c](?:(?<={_HEH}.){_YEH}(?!\w)|(?:(?<=\bم{_YEH}.)|(?<=\bنم{_YEH}.))(?={_ARABIC_LETTER})"
    rf"|(?<={_ARABIC_LETTER}.)(?={_ENDINGS})"
    rf"|(?:(?<=\bآن.)|(?<=\bا{_YEH}ن.)|(?<=\bچنان.)|(?<=\bهم.))(?=[کك]ه(?!\w)|چ(?:ه|ن{_YEH}ن)(?!\w)))"
)
_HALF_SPACE = re.compile(rf"\u200c(?<={_ARABIC_LETTER}.)(?={_ARABIC_LETTER})")
# The dot under these marks a Persian sound and is mostly left out.
_NUKTA = re.compile("\u093c(?<=[कखगजफ].)")
# A nasal before a letter of its own row may be a dot above: हिन्दी, हिंदी.
_NASAL = re.compile(
    "[ङञणनम]\u094d(?:(?<=ङ.)(?=[क-घ])|(?<=ञ.)(?=[च-झ])|(?<=ण.)(?=[ट-ढ])|(?<=न.)(?=[त-ध])|(?<=म.)(?=[प-भ]))"
)


def respelled(text: str) -> str:
    """The text with one spelling where several characters together have more than one; ends of lines stay."""
    if "\u0627" in text or "\u06cc" in text or "\u064a" in text:
        text = _respelled_arabic(text)
    if "\u200c" in text:
        text = text.replace("\u200c", "")
    if "\u093c" in text:
        text = _NUKTA.sub("", text)
    if "\u094d" in text:
        text = _NASAL.sub("ं", text)
    return text


def _respelled_arabic(text: str) -> str:
    if "\u0626" in text or "\u0621" in text:
        for seat, letter in _SEATS:
            text = seat.sub(letter, text)
    return _HALF_SPACE.sub(" ", _PERSIAN_GAP.sub("", text))
