"""Forms of an outlet's name: declined in Cyrillic, Georgian, Armenian and some Latin languages, Latin ones without
accents, Arabic ones with joined words.
"""

import re
from collections.abc import Sequence
from itertools import product

from schemas.text import unaccented

_CASES = 5
_BY_ENDING: dict[str, tuple[str, ...]] = {
    # nominative ending -> genitive, dative, accusative, instrumental, prepositional (Russian, then Ukrainian)
    "ская": ("ской", "ской", "скую", "ской", "ской"),
    "ная": ("ной", "ной", "ную", "ной", "ной"),
    "ая": ("ой", "ой", "ую", "ой", "ой"),
    "ська": ("ської", "ській", "ську", "ською", "ській"),
    "ський": ("ського", "ському", "ський", "ським", "ському"),
    "ське": ("ського", "ському", "ське", "ським", "ському"),
    "льне": ("льного", "льному", "льне", "льним", "льному"),
    "ое": ("ого", "ому", "ое", "ым", "ом"),
    "ые": ("ых", "ым", "ые", "ыми", "ых"),
    "ие": ("их", "им", "ие", "ими", "их"),
    "ский": ("ского", "скому", "ский", "ским", "ском"),
    "ый": ("ого", "ому", "ый", "ым", "ом"),
    "ия": ("ии", "ии", "ию", "ией", "ии"),
    "ості": ("остей", "остям", "ості", "остями", "остях"),
    "ории": ("орий", "ориям", "ории", "ориями", "ориях"),
    "ости": ("остей", "остям", "ости", "остями", "остях"),
    "ка": ("ки", "ке", "ку", "кой", "ці"),
    "га": ("ги", "ге", "гу", "гой", "зі"),
    "ха": ("хи", "хе", "ху", "хой", "сі"),
    "ца": ("цы", "це", "цу", "цей", "це"),
    "а": ("ы", "е", "у", "ой", "і"),
    "ля": ("ли", "ле", "лю", "лей", "ле"),
    "ня": ("ни", "не", "ню", "ней", "не"),
    "сь": ("си", "си", "сь", "сью", "си"),
    "нь": ("ня", "ню", "нь", "нем", "не"),
}
_LONGEST_ENDING = max(map(len, _BY_ENDING))
_SHORT = 4
_LATIN_HARD = "bcdfgklmnprstwz"
_LATIN_ENDINGS = ("a", "u", "em", "owi")
_WITH_GENITIVE_S = frozenset(["DE", "AT", "CH", "SE", "NO", "DK", "FI"])
_SHORTEST_WITH_S = 6
_SLAVIC = frozenset(["PL", "CZ", "SK", "SI", "HR", "RS", "BA", "ME"])
"""Countries whose outlets' names of four letters take these endings, too: "z Onetem"."""
_HARD = "бвдзклмнпрстф"
GERMAN = frozenset(["DE", "AT", "CH", "LI", "LU"])
"""Countries whose outlets' names are declined as in German."""
_ADJECTIVE = re.compile(r"(?P<stem>\w*sch|[Nn]eu|Neuest|Frei|Jung|Klein|Allgemein|Erst)(?:e|er|es)")
"""An adjective in a German outlet's name, which is declined: "der Süddeutschen Zeitung"."""
_WITH_GENITIVE = ("funk", "blatt", "anzeiger", "kurier", "merkur", "magazin", "fernsehen", "echo")
"""Last words of German names that take an s: "des Hamburger Abendblatts"."""
_FINNISH_ENDINGS = {
    "lehti": ("lehden", "lehdelle", "lehdessä"),
    "anomat": ("anomien", "anomille", "anomissa"),
    "utiset": ("utisten", "utisille", "utisissa"),
}
_FINNISH_BACK = frozenset("aou")
_FINNISH_VOWELS = "aeiouyäö"
_HUNGARIAN_FRONT = "eéiíöőüű"
_HUNGARIAN_VOWELS = "aáoóuú" + _HUNGARIAN_FRONT
_HUNGARIAN_LENGTHENED = {"a": "á", "e": "é", "o": "ó", "ö": "ő"}
_BALTIC: dict[str, dict[str, tuple[str, ...]]] = {
    # nominative ending -> genitive, dative, accusative, locative
    "LT": {
        "ios": ("ių", "ioms", "ias", "iose"),
        "as": ("o", "ui", "ą", "e"),
        "is": ("io", "iui", "į", "yje"),
        "a": ("os", "ai", "ą", "oje"),
        "ė": ("ės", "ei", "ę", "ėje"),
    },
    "LV": {
        "a": ("as", "ai", "u", "ā"),
        "e": ("es", "ei", "i", "ē"),
        "ss": ("sa", "sam", "su", "sā"),
        "ts": ("ta", "tam", "tu", "tā"),
    },
    "EE": {"": ("ile", "le", "is", "s")},
}
_GEORGIAN_ENDINGS = ("ის", "ს", "მა", "ში")
"""Genitive, dative, ergative and "in", in place of the vowel of the nominative where it has one that falls out."""
_LAST_ARMENIAN = "\u058f"
_ARMENIAN_ENDINGS = ("ի", "ին", "ը", "ն", "ից", "ում")
_MAX_JOINTS = 3


def inflected(name: str, country: str | None = None) -> list[str]:
    """A name of an outlet of a country, and its other forms, each once.

    Cyrillic words are declined together, case by case; an unknown ending stays as it is, which is also how loan names
    behave. Latin names come with and without their accents, those of German outlets also with declined adjectives,
    those of Hungarian and Finnish ones with the endings for "to" and "in"; those of Baltic ones, Georgian and Armenian
    names have their cases. In Arabic script a blank inside of a name may be left out, or be a half-space.
    """
    if name[-1] <= "\u024f" and (declined := _declined_of(name, country)):
        return list(dict.fromkeys(form for one in (name, *declined) for form in inflected(one)))
    if name.isascii():
        return [name]
    highest = max(name.replace("’", "'"))
    if highest < "\u0400":
        return list(dict.fromkeys((name, unaccented(name))))
    if highest < "\u0530":
        return _declined(name)
    if "\u0530" <= name[-1] <= _LAST_ARMENIAN or "\u10d0" <= name[-1] <= "\u10ff":
        return [name, *_caucasian(name)]
    forms = [name, unaccented(name)] if highest < "\u0590" or "\u1e00" <= highest < "\u2000" else [name]
    parts = name.replace("\u200c", " ").split(" ")
    if 1 < len(parts) <= _MAX_JOINTS + 1 and all("\u0600" <= part[0] < "\u0700" for part in parts):
        forms += (
            parts[0] + "".join(joint + part for joint, part in zip(joints, parts[1:], strict=True))
            for joints in product(("", " "), repeat=len(parts) - 1)
        )
    return list(dict.fromkeys(forms))


def genitive_endings(word: str, country: str | None) -> tuple[str, ...]:
    """What a text may append to a Latin name of one word, given in lower case: endings of Polish and Czech, and the s
    of a German or Scandinavian outlet.
    """
    shortest = _SHORT if country in _SLAVIC else _SHORT + 1
    if len(word) < shortest or word[0] > "\u024f" or not word.isalpha():
        return ()
    endings: tuple[str, ...] = _LATIN_ENDINGS if word[-1] in _LATIN_HARD else ()
    if country in _WITH_GENITIVE_S and len(word) >= _SHORTEST_WITH_S and word[-1] not in "sxz":
        endings = (*endings, "s")
    return endings


def stems(word: str) -> list[str]:
    """What may be left of the last word of a Latin name when such an ending is taken off."""
    if not word.endswith(_LATIN_ENDINGS):  # as most: a tenth of the time of trying each
        return []
    return [
        word[: -len(ending)]
        for ending in _LATIN_ENDINGS
        if word.endswith(ending) and len(word) - len(ending) > _SHORT and word[-len(ending) - 1] in _LATIN_HARD
    ]


def _declined_of(name: str, country: str | None) -> list[str]:
    """The other cases of a Latin name by the rules of its country's language."""
    if country in GERMAN:
        return _declined_german(name)
    if country == "HU":
        return _hungarian(name)
    if country == "FI":
        return _finnish(name)
    return _baltic(name, country) if country in _BALTIC else []


def _declined_german(name: str) -> list[str]:
    """The other cases of a German name: its adjectives declined, the genitive of one of several words."""
    words = name.split(" ")
    declined = [f"{match['stem']}en" if (match := _ADJECTIVE.fullmatch(word)) else word for word in words]
    forms = [" ".join(declined)]
    if len(words) > 1 and name.lower().endswith(_WITH_GENITIVE):
        forms.append(f"{forms[0]}s")
    return [form for form in forms if form != name]


def _hungarian(name: str) -> list[str]:
    """A Hungarian name with the endings that mean to, in and at it: "a Telexnek", "a Népszavának"."""
    last = name.rpartition(" ")[2]
    if len(last) < _SHORT or not last.isalpha() or last.isupper():
        return []
    stem = name[:-1] + _HUNGARIAN_LENGTHENED.get(name[-1], name[-1])
    vowel = next((char for char in reversed(last.lower()) if char in _HUNGARIAN_VOWELS), "a")
    endings = ("nek", "ben", "nél") if vowel in _HUNGARIAN_FRONT else ("nak", "ban", "nál")
    return [stem + ending for ending in endings]


def _finnish(name: str) -> list[str]:
    """A Finnish name in the genitive and with the endings that mean to and in it: "Ylelle", "Iltalehdessä"."""
    last = name.rpartition(" ")[2].lower()
    for ending, cases in _FINNISH_ENDINGS.items():
        if last.endswith(ending):
            return [name[: -len(ending)] + case for case in cases]
    if not last.isalpha() or name.isupper() or last[-1] not in _FINNISH_VOWELS:
        return []
    return [name + case for case in ("n", "lle", "ssä" if _FINNISH_BACK.isdisjoint(last) else "ssa")]


def _baltic(name: str, country: str) -> list[str]:
    """The other cases of the last word of an Estonian, Latvian or Lithuanian name: "Kauno dienai", "ERRile"."""
    last = name.rpartition(" ")[2]
    if len(last) < _SHORT - 1 or not last.isalpha() or (last.isupper() and country != "EE"):
        return []
    for ending, cases in _BALTIC[country].items():
        if name.endswith(ending):
            return [name.removesuffix(ending) + case for case in cases]
    return []


def _caucasian(name: str) -> list[str]:
    """The other cases of the last word of a Georgian or Armenian name: "ტაბულას", "Արմենպրեսին"."""
    if len(name) < _SHORT or not name[-1].isalpha():
        return []
    if name[-1] <= _LAST_ARMENIAN:
        return [name + ending for ending in _ARMENIAN_ENDINGS]
    if name[-1] == "ი":
        return [name[:-1] + ending for ending in _GEORGIAN_ENDINGS]
    stem = name[:-1] if name[-1] in "აე" else name
    return [f"{stem}ის", *(name + ending for ending in ("ს", "მ", "ში"))]


def _declined(name: str) -> list[str]:
    """A Cyrillic name and its cases; its last word also as Ukrainian has it after "в"."""
    words = [_cases(word) for word in name.split(" ")]
    forms = [name, unaccented(name)] if "\u0301" in name else [name]
    if len(words) == 1:
        forms += words[0]
    else:
        forms += map(" ".join, zip(*words, strict=True))
        forms.append(" ".join([*name.split(" ")[:-1], words[-1][-1]]))
    return list(dict.fromkeys(forms))


def _cases(word: str) -> Sequence[str]:
    """The five cases of a word other than the one it is in; itself where it is not declined."""
    if not "\u0400" <= word[-1:] <= "\u04ff" or len(word) < _SHORT or word.isupper():
        return (word,) * _CASES
    lowered = word.lower()
    if lowered == "известия":
        return [word[:-2] + ending for ending in ("ий", "иям", "ия", "иями", "иях")]
    for length in range(_LONGEST_ENDING, 0, -1):
        endings = _BY_ENDING.get(lowered[-length:])
        if endings is not None:
            stem = word[:-length]
            return [stem + ending for ending in endings]
    if lowered[-1] in _HARD:
        return [word + ending for ending in ("а", "у", "", "ом", "е")]
    return (word,) * _CASES
