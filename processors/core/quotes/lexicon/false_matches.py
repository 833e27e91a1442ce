"""What around a name shows that it is another's: part of a longer name, of an address, of an idiom."""

import re
from collections.abc import Callable
from typing import Final

from schemas import Outlet

_HYPHENS: Final = "-\u2010\u2011"
_CODE_AFTER: Final = re.compile(r"[-\u2010\u2011](?!TV|FM|ТВ)[A-ZА-Я0-9]{1,5}(?![^\W_])")
_ACRONYM: Final = 4
_DOMAIN_END: Final = re.compile(r"(?:\.[a-z]{2,4}){1,2}(?![^\W_])")
_BEFORE: Final = re.compile(r"(?:^|[\s«\"“„(])([A-Z][^\W_]+)[ \u00a0]$")
"""A capitalised Latin word right before a name."""
_LONGEST_BEFORE: Final = 24
_GENERIC_WORDS: Final = (
    "Express Times Post Telegraph Mirror Star Sun Mail Herald Tribune Dagbladet Independent Observer Standard "
    "Gazette Journal Chronicle Inquirer Guardian Nation Punch Vanguard Dispatch Record Citizen Dagblad Folkeblad "
    "Posten"
)
_GENERIC: Final = frozenset(_GENERIC_WORDS.split())
"""Names that are as often the last word of another outlet's name."""
_OTHER_HALF: Final = re.compile(rf"[{_HYPHENS}](?:{_GENERIC_WORDS.replace(' ', '|')})(?![^\W_])")
"""The second word of another outlet's name: "Sun-Times"."""
_ENDINGS: Final = "ish,ian,ean,can,ese,ench,utch,li,ische,ischen,aper,aily,ency"
_NATIONALITY: Final = tuple(_ENDINGS.split(","))
"""Of adjectives that may precede an outlet's name, and of words for newspaper, daily and agency."""
_QUALIFIERS_WORDS: Final = (
    "The Die Der Das Le La El Il And But Also While As In At By From For On To Via Per According Says Said "
    "Reports Reported Today Yesterday Monday Tuesday Wednesday Thursday Friday Saturday When That This Now Then "
    "Laut Magazin Zeitung Tageszeitung Zeitschrift Blatt Boulevardblatt Avisen Tidningen Newspaper Tabloid "
    "Magazine Le Selon Journal Secondo Il London"
)
_QUALIFIERS: Final = frozenset(_QUALIFIERS_WORDS.split())
_DETERMINERS: Final = (
    "zur|zum|im|in|seit|vor|nach|auf|aus|von|mit|bei|der|die|das|den|dem|des|eine\\w{0,2}|keine\\w{0,2}|diese\\w?|jene\\w?"
    "|jede\\w?|alle\\w?|meine\\w?|seine\\w?|ihre\\w?|unsere\\w?"
)
_IDIOM: Final = re.compile(
    rf"(?<![^\W_])(?:(?i:{_DETERMINERS})[ \u00a0](?!\w*sche)[a-zäöü]+(?:e[nmrs]?)"
    r"|(?:[zZ]ur|letzter|einiger|langer|kurzer|[aA]ller|jeder|dieser|welcher|derzeitiger|geraumer|höchste))[ \u00a0]$"
)
"""A determiner or preposition and an adjective: the word after them is no outlet ("zur gleichen Zeit")."""
_GREETING: Final = re.compile(
    r"(?<![^\W_])(?:gut(?:e[nrs]?)|schöne[nrs]?|good|buen[oa]s?|bo[ma]|bo[ns]|dobr[yýéeoaá]|dobar|добр(?:ый|ое|ого|ий|ої|и|о|а)"
    r"|goed[e]?n?|god[at]?|jó|bună|καλή|καλό|gün)[ \u00a0]$",
    re.IGNORECASE,
)
"""What a word for a part of the day follows in a greeting ("Guten Morgen")."""
_GREETING_CONTEXT: Final = 10
_GERMAN: Final = frozenset(["DE", "AT", "CH", "LI"])
_IDIOM_CONTEXT: Final = 40


def is_part_of_longer(
    text: str, start: int, end: int, previous_end: int, of_host: Callable[[str], Outlet | None]
) -> bool:
    """Whether a name at ``text[start:end]`` is a part of a longer word or name ("Off-Guardian", "AP-HP", "CNN_brk",
    "Time.news", "Sun-Times", "Trinidad Express"). ``previous_end`` is where the known name before it ends.
    """
    before, after = text[start - 1 : start], text[end : end + 2]
    if before == "/" and text.startswith("://", start - 3 if start > 2 else 0):
        return True
    if before and before in _HYPHENS + "_" and start > 1 and text[start - 2].isalnum() and previous_end != start - 1:
        return True
    if len(after) > 1 and after[0] in "/_.-\u2010\u2011" and after[1].isalnum():
        if after[0] == "/":
            return after[1].isdigit() and text[end - 1].isdigit()  # "Москва 24/7"
        if after[0] == "_":
            return True
        if after[0] == ".":
            return _is_other_address(text, start, end, of_host)
        if _OTHER_HALF.match(text, end):
            return True
        if end - start <= _ACRONYM and text[start:end].isupper() and _CODE_AFTER.match(text, end):
            return True
    return text[start:end] in _GENERIC and _has_name_before(text, start)


def is_idiom(text: str, start: int, country: str | None) -> bool:
    """Whether a common word that is also an outlet's name is a part of the day in a greeting; whether one that is also
    the name of a German outlet follows what nouns follow, which are written with capitals there.
    """
    if _GREETING.search(text, max(0, start - _GREETING_CONTEXT), start) is not None:
        return True
    if country not in _GERMAN:
        return False
    return _IDIOM.search(text, max(0, start - _IDIOM_CONTEXT), start) is not None


def _is_other_address(text: str, start: int, end: int, of_host: Callable[[str], Outlet | None]) -> bool:
    """Whether the name is the first part of a domain of nobody that the registry knows."""
    match = _DOMAIN_END.match(text, end)
    return match is not None and text[start:end].isascii() and of_host(f"{text[start:end]}{match[0]}") is None


def _has_name_before(text: str, start: int) -> bool:
    match = _BEFORE.search(text, max(0, start - _LONGEST_BEFORE), start)
    return match is not None and match[1] not in _QUALIFIERS and not match[1].endswith(_NATIONALITY)
