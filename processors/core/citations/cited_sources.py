"""The sources that an outlet itself cites, as the sentence names them."""

import re
from collections.abc import Iterator
from typing import Final

from processors.core.citations.lexicon import CitationLexicon, Role
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.surroundings import CueFound, Surroundings
from processors.core.citations.token_window import tokens
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lines.lines import Offsets

MAX_SOURCE: Final = 120
_STOP = re.compile(r"[,;:!?…—–()\n«»\"“”]|\s-\s|(?<![A-ZА-Я])\.(?!\w)|\s(?:أن|that|что|que|dass)\s")
_PERSIAN_STOP = re.compile(r"[.;:!؟\n«»]|\s(?:أن|إن|ان|بأن|أنه|أنها|قوله|قولها|قولهم)\s")
_SAID = ("говорится", "сказано", "сообщается", "указано", "следует из")
_SAID_IN = re.compile(rf"(?:{'|'.join(_SAID)})(?: в)?\s(?P<source>[^,.;—–\n]{{3,100}}?)\s?[,—–-]")
_BY = (
    *("according to", "citing", "selon", "по данным", "по словам", "по информации", "laut", "enligt", "según"),
    *("secondo", "volgens", "op gezag van", "zdaniem", "według", "за словами", "за даними"),
)
"""Looked for before the patterns with them are tried, which takes a tenth of the time."""
_ACCORDING = re.compile(rf"(?:{'|'.join(_BY)})\s(?P<source>[^,;:—–\n]{{2,80}}?)\s?[,—–-]\s*$")
_ANYWHERE = re.compile(
    rf"(?<!\w)(?:{'|'.join(_BY)})\s(?!which|to |чем)(?P<source>[^,;:—–\n]{{2,80}}?)(?=[\],—–;]|\.(?:\s|$)|$)"
)
_SHOWS = re.compile(r",\s(?P<source>[^,.;:\n]{3,60}?)\s(?:shows?|said|says|показывает|показал),\s*$")
_SPEAKER = re.compile(r":\s(?P<source>[^\W\d][^,.;:\n]{2,40}?)\s[-–—]\s*$")
_SUBJECT = re.compile(r"[,—–-]\s(?P<source>[^,.;:—–\n]{3,40}?)\sв\s*$")
_QUOTES = frozenset(
    [
        "citerar",
        "citerade",
        "zitiert",
        "zitierte",
        "cytuje",
        "cite",
        "cita",
        "citait",
        "quotes",
        "quoted",
        "приводит",
        "цитирует",
        "цитує",
    ]
)
_WORDS_OF = ("слова ", "слів ", "aus ", "las palabras de ", "words of ", "le parole di ", "les propos de ")


def cited_in(
    lexicon: CitationLexicon, plain: PlainText, around: Surroundings, cue: CueFound | None, span: Offsets
) -> list[Offsets]:
    """Places in the plain text of what the outlet cites."""
    behind = _behind(lexicon, plain, around, span)
    if behind is not None:
        return [behind]
    found = _quoted_person(plain, around, cue, span) or _in_front(plain, around, cue, span)
    found = found or _elsewhere(plain, around, cue)
    return [] if found is None else [found]


def _behind(lexicon: CitationLexicon, plain: PlainText, around: Surroundings, span: Offsets) -> Offsets | None:
    """What follows "citing" after the name."""
    after = around.after
    words = after.texts
    for index, is_word in enumerate(after.are_words):
        if not is_word:
            continue
        phrase = lexicon.starting(words, index)
        if phrase is None or not phrase.roles & Role.CITING:
            continue
        if phrase.roles & Role.BEFORE and lexicon.is_passive(words[index : index + phrase.length]):
            return None
        if after.starts[index] - around.tail > MAX_SOURCE:
            return None
        last = index + phrase.length - 1
        names_source = phrase.length > 1 and words[last] in lexicon.press.sources  # "citing sources"
        verb = around.verb_behind_source
        limit = span[1] if verb is None else verb.start
        return _source(lexicon, plain, after.end(last - names_source), limit)
    return None


def _source(lexicon: CitationLexicon, plain: PlainText, start: int, limit: int) -> Offsets | None:
    stop = min(limit, start + MAX_SOURCE)
    is_persian = plain.lower[max(0, start - 1)] >= FIRST_UNCASED
    match = (_PERSIAN_STOP if is_persian else _STOP).search(plain.text, start + 1, stop)
    end = stop if match is None else match.start()
    if is_persian:
        end = _before_verb(lexicon, plain, start, end)
    return _trimmed(plain.text, start, end)


def _before_verb(lexicon: CitationLexicon, plain: PlainText, start: int, end: int) -> int:
    found = tokens(lexicon, plain, start, end)
    for index in range(1, len(found)):
        phrase = lexicon.starting(found.texts, index) if found.are_words[index] else None
        if phrase is not None and phrase.roles & Role.FINAL:
            return found.starts[index]
    return end


def _quoted_person(plain: PlainText, around: Surroundings, cue: CueFound | None, span: Offsets) -> Offsets | None:
    """Whom the outlet quotes: "zitiert die Zeitung einen Beamten"."""
    if cue is None or cue is not around.cue_before or plain.lower[cue.start : cue.end] not in _QUOTES:
        return None
    start = around.tail
    for opening in _WORDS_OF:
        if plain.lower.startswith(opening, start + 1):
            start += len(opening)
            break
    match = _STOP.search(plain.text, start + 1, min(span[1], start + MAX_SOURCE))
    return _trimmed(plain.text, start, min(span[1], start + MAX_SOURCE) if match is None else match.start())


def _elsewhere(plain: PlainText, around: Surroundings, cue: CueFound | None) -> Offsets | None:
    """Another attribution in the sentence: "..., according to the port, Reuters reports"."""
    if cue is not None and not cue.roles & Role.VERB:
        return None
    first, last = around.sentence
    start, end = max(first, around.head - 2 * MAX_SOURCE), min(last, around.tail + 2 * MAX_SOURCE)
    near = plain.lower[start:end]
    if not any(phrase in near for phrase in _BY):
        return None
    for match in _ANYWHERE.finditer(plain.lower, start, end):
        if match.end() <= around.head or match.start() >= around.tail:
            return _trimmed(plain.text, *match.span("source"))
    return None


def _in_front(plain: PlainText, around: Surroundings, cue: CueFound | None, span: Offsets) -> Offsets | None:
    """Whose words stand before the attribution: "говорится в ... — X", "according to Y - X"."""
    text = plain.text
    head = around.head if cue is None or cue.start > around.head else cue.start
    start = max(span[0], head - 2 * MAX_SOURCE)
    before = plain.lower[start:head]
    for pattern in _patterns(cue, before):
        places = [match.span("source") for match in pattern.finditer(before)]
        if places:
            first, last = places[-1]  # the one that is nearest to the outlet
            return _trimmed(text, start + first, start + last)
    if cue is not None and cue.roles & Role.BEFORE and plain.lower[cue.start : cue.end].startswith(_OBTAINED):
        comma = max(before.rfind(mark) for mark in ",;:(—–")
        return _trimmed(text, start + comma + 1, head) if comma >= 0 else None
    return None


_OBTAINED: Final = ("obtained", "obtenu", "seen", "reviewed", "consult")


def _patterns(cue: CueFound | None, before: str) -> Iterator[re.Pattern[str]]:
    """What is looked for in the text before an attribution, in lower case: nothing that cannot be there."""
    ending = before.rstrip()
    if cue is not None:
        if cue.roles & Role.VERB:
            if ending.endswith(","):
                yield _SHOWS
        elif ending.endswith(" в"):
            yield _SUBJECT
        return
    if any(phrase in before for phrase in _SAID):
        yield _SAID_IN
    if any(phrase in before for phrase in _BY):
        yield _ACCORDING
    if ending.endswith(("-", "–", "—")) and ": " in before:
        yield _SPEAKER


def _trimmed(text: str, start: int, end: int) -> Offsets | None:
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",:;—–-*_"):
        end -= 1
    return (start, end) if end > start else None
