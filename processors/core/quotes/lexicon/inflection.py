"""Spellings of an outlet's name: declined Cyrillic forms and Latin forms without accents."""

from schemas.text import unaccented

_CASES = 5
_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # nominative ending -> genitive, dative, accusative, instrumental, prepositional (Russian, then Ukrainian)
    ("ская", ("ской", "ской", "скую", "ской", "ской")),
    ("ная", ("ной", "ной", "ную", "ной", "ной")),
    ("ая", ("ой", "ой", "ую", "ой", "ой")),
    ("ська", ("ської", "ській", "ську", "ською", "ській")),
    ("ое", ("ого", "ому", "ое", "ым", "ом")),
    ("ые", ("ых", "ым", "ые", "ыми", "ых")),
    ("ие", ("их", "им", "ие", "ими", "их")),
    ("ский", ("ского", "скому", "ский", "ским", "ском")),
    ("ый", ("ого", "ому", "ый", "ым", "ом")),
    ("ия", ("ии", "ии", "ию", "ией", "ии")),
    ("ості", ("остей", "остям", "ості", "остями", "остях")),
    ("ости", ("остей", "остям", "ости", "остями", "остях")),
    ("ка", ("ки", "ке", "ку", "кой", "ці")),
    ("га", ("ги", "ге", "гу", "гой", "зі")),
    ("ха", ("хи", "хе", "ху", "хой", "сі")),
    ("ца", ("цы", "це", "цу", "цей", "це")),
    ("а", ("ы", "е", "у", "ой", "і")),
    ("ля", ("ли", "ле", "лю", "лей", "ле")),
    ("ня", ("ни", "не", "ню", "ней", "не")),
    ("сь", ("си", "си", "сь", "сью", "си")),
    ("нь", ("ня", "ню", "нь", "нем", "не")),
)
_SHORT = 4
_LATIN_HARD = "bcdfgklmnprstwz"
_LATIN_ENDINGS = ("a", "u", "em", "owi")
_HARD = "бвдзклмнпрстф"


def inflected(name: str) -> set[str]:
    """A name and its other forms.

    Cyrillic words are declined together, case by case; an unknown ending stays as it is, which is also how loan names
    behave. Latin names come with and without their accents, and with the endings that Polish and Czech give them.
    """
    forms = {name, unaccented(name)}
    if len(name) > _SHORT and name[-1] in _LATIN_HARD:
        forms.update(name + ending for ending in _LATIN_ENDINGS)
    if any("\u0400" <= char <= "\u04ff" for char in name):
        words = name.split(" ")
        for case in range(_CASES):
            forms.add(" ".join(_decline(word, case) for word in words))
        forms.add(" ".join([*words[:-1], _decline(words[-1], 4)]))
    return forms


def _decline(word: str, case: int) -> str:
    lowered = word.lower()
    if not "\u0400" <= word[-1:] <= "\u04ff" or word.isupper() or len(word) < 4:
        return word
    if lowered == "известия":
        return word[:-2] + ("ий", "иям", "ия", "иями", "иях")[case]
    for ending, forms in _ENDINGS:
        if lowered.endswith(ending):
            return word[: -len(ending)] + forms[case]
    if lowered[-1] in _HARD:
        return word + ("а", "у", "", "ом", "е")[case]
    return word
