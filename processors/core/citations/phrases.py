"""From the tables of words to phrases in words, with what each may be beside a name."""

from collections.abc import Iterable

from processors.core.citations.file_models import AroundWords, CitationWords, FormWords, WordsFile
from processors.core.citations.lexicon import SHORTEST_TRIGGER, Role
from processors.core.quotes.lexicon.cue_phrases import first_words, helpers_of, phrases_of, words_of_phrases
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.file_models import CueTable
from processors.core.quotes.lexicon.phrase_table import by_first_word, by_last_word
from processors.core.quotes.lexicon.scripts import UNPARTED_RUN
from processors.core.quotes.lines.tokens import spell

_PASSIVE = ("ется", "ются", "лся", "лась", "лось", "лись")
_SAYING = frozenset(
    ["говорится", "ссылается", "ссылаются", "поделился", "поделилась", "поделились", "призналась", "признался"]
)

_OF_PHRASES = frozenset(["pointers", "evenings", "quoting_cues", "naming_cues", "passives"])
"""Lists whose phrases stay whole."""


def citation_words(cues: Iterable[CueTable], words: WordsFile) -> CitationWords:
    """What the tables hold, for use as it is."""
    roles = sorted(_roles(cues, words).items(), key=_longest_first)
    by_phrase = {" ".join(phrase): use for phrase, use in roles}
    single = {phrase: use for phrase, use in by_phrase.items() if " " not in phrase}
    attributing = Role.VERB | Role.BEFORE
    reporting = [
        phrase[-1]
        for table in words.cues.values()
        for phrase in _phrases([phrase for phrase, use in phrases_of(table) if use & attributing])
    ]
    outer = Role.INTERVIEW | Role.BEFORE | Role.AFTER
    ends = {word for phrase, use in roles if use & outer for word in (phrase[0], phrase[-1])}
    ends |= {max(phrase, key=len) for phrase, use in roles if use & Role.INTERVIEW and _has_short_ends(phrase)}
    around = {name: _plain(listed) for name, listed in words.around}
    around |= {
        name: [" ".join(phrase) for phrase in _phrases(listed)] for name, listed in words.around if name in _OF_PHRASES
    }
    return CitationWords(
        by_first=by_first_word(by_phrase.items()),
        by_last=by_last_word(by_phrase.items()),
        final_verbs=first_words(by_phrase, CueUse.FINAL),
        joining=sorted(word for word, use in single.items() if use & CueUse.TO),
        interview=sorted(word for word, use in single.items() if use == Role.INTERVIEW),
        unparted=sorted(filter(UNPARTED_RUN.fullmatch, single)),
        reporting=sorted(set(reporting)),
        ends=sorted(ends),
        around=AroundWords(**around),
        forms=FormWords(**{name: _spelled(listed) for name, listed in words.forms}),
    )


def _add(roles: dict[str, int], phrases: Iterable[tuple[str, int]]) -> None:
    for phrase, use in phrases:
        roles[phrase] = roles.get(phrase, 0) | use


def _roles(cues: Iterable[CueTable], words: WordsFile) -> dict[tuple[str, ...], int]:
    """Each phrase, as words, with the bits of what it may be."""
    shared: dict[str, int] = {}
    for table in cues:
        _add(shared, phrases_of(table))
        _add(shared, ((phrase, use & ~CueUse.POINTER) for phrase, use in helpers_of(table)))
    own: dict[str, int] = {}
    for table in words.cues.values():
        _add(own, phrases_of(table))
        _add(own, ((phrase, use & ~CueUse.POINTER) for phrase, use in helpers_of(table)))
    _add(own, ((word, Role.AFTER) for word in words.around.postpositions))
    _add(own, ((word, Role.PIECE) for word in words.around.pieces))
    _add(own, ((phrase, Role.BEFORE) for phrase in words.around.passives))
    refused = set(_phrases(words.not_cues))
    roles: dict[tuple[str, ...], int] = {}
    for phrase, use in zip(_phrases(shared), shared.values(), strict=True):
        if phrase not in refused:
            roles[phrase] = roles.get(phrase, 0) | use
    for phrase, use in zip(_phrases(own), own.values(), strict=True):
        roles[phrase] = roles.get(phrase, 0) | use
    return {phrase: use for phrase, use in roles.items() if use and phrase and not _is_passive(phrase)}


def _has_short_ends(words: tuple[str, ...]) -> bool:
    """Whether a phrase of an interview has a word to find it by between its short ends alone: "en diálogo con"."""
    return max(len(words[0]), len(words[-1])) < SHORTEST_TRIGGER < max(map(len, words))


def _is_passive(words: tuple[str, ...]) -> bool:
    """Whether it is a Russian verb whose subject says nothing: "отмечается"."""
    return len(words) == 1 and words[0].endswith(_PASSIVE) and words[0] not in _SAYING


def _phrases(texts: Iterable[str]) -> list[tuple[str, ...]]:
    return list(map(tuple, words_of_phrases(texts)))


def _plain(words: Iterable[str]) -> list[str]:
    """Every word of them, each once."""
    return sorted({word for phrase in words_of_phrases(words) for word in phrase})


def _spelled(forms: list[str]) -> list[str]:
    """The forms as the spelling of a text has them, blanks and capitals kept."""
    return spell("\n".join(forms)).text.split("\n")


def _longest_first(item: tuple[tuple[str, ...], int]) -> tuple[int, tuple[str, ...]]:
    return -len(item[0]), item[0]
