"""Names in scripts without capitals: joined to a preposition or particle, or in a text that parts no words."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Final

from processors.core.quotes.lexicon.name_tree import Alias, folded_word
from processors.core.quotes.lexicon.scripts import FIRST_HANGUL, UNPARTED, UNPARTED_RUN, is_spaced

_LATIN_RUN: Final = re.compile(r"[A-Z0-9][A-Za-z0-9]*")
_PREPOSITIONS: Final = "و ب ل ك ف لل وال بال ول وب ה ו ב ל מ ש כ וה שה"
_PROCLITICS: Final = tuple(_PREPOSITIONS.split())
"""Arabic and Hebrew words of one letter, which are written together with the next; in spelling."""
_PARTICLES_WORDS: Final = (
    "은 는 이 가 을 를 에 의 와 과 도 로 으로 에서 에게 "
    "께 만 측 발 지 통신 신문 방송 에도 에는 에서는 와의 과의 이다 라고 이라고 등"
)
_PARTICLES: Final = frozenset(_PARTICLES_WORDS.split())
"""What Korean appends to a name."""
_KOREAN_NOUNS: Final = "통신|신문|방송|뉴스|매체|기자"
_KOREAN_TAIL: Final = re.compile(f"(?:{_KOREAN_NOUNS})?(?:{'|'.join(sorted(_PARTICLES, key=len, reverse=True))})?")
"""What it appends to a Latin name: a noun for an outlet, a particle."""
_TO_THE: Final = "لل"
"""The preposition li- and the article."""
_MIN_NAME: Final = 2
_LONGEST_ENDING: Final = 2
"""Signs that a case adds to a name in the languages of India."""


def attached_words(word: str, heads: Container[str]) -> Iterator[tuple[int, str]]:
    """The first words of names inside of a word, with their offsets in it: behind a preposition, before a particle,
    or of Latin letters among Chinese or before Korean ones.
    """
    folded = folded_word(word)
    if folded in heads:
        yield 0, folded
    elif UNPARTED.search(word):
        yield from ((match.start(), match[0]) for match in _LATIN_RUN.finditer(word) if match[0] in heads)
    elif word[0] >= FIRST_HANGUL:
        for length in range(len(word) - 1, _MIN_NAME - 1, -1):
            if word[:length] in heads and word[length:] in _PARTICLES:
                yield 0, word[:length]
                return
    elif word[-1] >= FIRST_HANGUL and (latin := _LATIN_RUN.match(word)):
        if latin[0] in heads and _KOREAN_TAIL.fullmatch(word, latin.end()):
            yield 0, latin[0]
    elif word[0] < "\u0700":
        for proclitic in _PROCLITICS:
            if folded.startswith(proclitic) and folded[len(proclitic) :] in heads:
                yield len(proclitic), folded[len(proclitic) :]
                return
            if proclitic == _TO_THE and folded.startswith(proclitic) and "ال" + folded[2:] in heads:
                yield 0, "ال" + folded[2:]
                return


def runs_of_unparted(text: str, names: Mapping[str, list[tuple[str, Alias]]]) -> list[tuple[int, int, Alias]]:
    """The names that a text in scripts without parted words holds, longest first at each place, without overlap."""
    found: list[tuple[int, int, Alias]] = []
    for run in UNPARTED_RUN.finditer(text):
        at, end = run.span()
        while at < end:
            for name, alias in names.get(text[at], ()):
                if text.startswith(name, at) and _is_word(text, at, at + len(name)):
                    found.append((at, at + len(name), alias))
                    at += len(name) - 1
                    break
            at += 1
    return found


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether a script that has blanks has them around a name, but for the ending of a case."""
    if not is_spaced(text[start]):
        return True
    if UNPARTED_RUN.match(text, start - 1 if start else end, start):
        return False
    rest = UNPARTED_RUN.match(text, end)
    return rest is None or rest.end() - end <= _LONGEST_ENDING
