"""Outlets that the registry does not know, found by their place in a list of known ones."""

import re

from processors.core.quotes.alike_lines import add_alike
from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.line_reading import LineReading, Unit
from processors.core.quotes.attribution.shapes import Attribution, Shape, has_words
from processors.core.quotes.label_names import is_like_a_person, is_topic, known_label, may_open_name
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.outlets import ARTICLES, Mention
from processors.core.quotes.lexicon.unknown_id import unknown_outlet
from processors.core.quotes.lines.tokens import Tokens
from schemas.text import APOSTROPHES

_LABEL = re.compile(
    r"[#@]?[«\"“„]?(?P<name>[^\n:,()\[\]«»\"“”„—–|]{2,48}?)"
    r"(?![^»\"”“\s*_(:：–—―-])"  # most letters of a name fail on it, which spares them the rest
    r"[»\"”“]?[\s*_]{0,3}(?:\((?P<place>[^()\n]{2,60})\))?[\s*_]{0,3}"
    r"(?:(?P<colon>[:：])|(?P<dash>(?<=[\s)])[-–—―](?=\s))|(?P<alone>$))"
)
_LABEL_MAX = 56
"""Longest name of a label, with its marks."""
_LABEL_END = re.compile(r"[(:：–—―-]")
_MAX_WORDS = 5
_MIN_SUBJECTS = 2
"""Known outlets that open units, among which an unknown name that opens one is looked at."""
_OPENING_MARKS = frozenset('«"“„')


def add_unknown(attributor: Attributor, tokens: Tokens, readings: list[LineReading]) -> None:
    """Attribute lines to outlets that the registry lacks, where known ones or a word about the press are nearby."""
    is_press = any(reading.is_press or reading.lead is not None for reading in readings)
    refused = add_alike(attributor, tokens, readings, is_press=is_press)
    known = [unit.attribution for reading in readings for unit in reading.units]
    labels = [attribution for attribution in known if attribution.shape in (Shape.LABEL, Shape.ALONE)]
    subjects = sum(attribution.shape in (Shape.SUBJECT, Shape.CUED) for attribution in known)
    if not labels and not is_press and subjects < _MIN_SUBJECTS:
        return
    are_dashed = any(tokens.text[label.body - 2 : label.body].strip()[-1:] not in ("", ":") for label in labels)
    for reading in readings:
        if reading.units or reading.is_footer or reading.line.start in refused:
            continue
        unit = _unknown_label(attributor, tokens, reading, are_dashed=are_dashed, is_press=is_press)
        if (
            unit is not None
            and len(labels) > 1
            and is_like_a_person(attributor, tokens, reading.line, unit.attribution.mentions[0])
        ):
            unit = None
        if unit is None and (is_press or subjects >= _MIN_SUBJECTS):
            unit = _named_unit(attributor, tokens, reading, are_subjects=subjects > 0)
        if unit is None and is_press:
            unit = _described_unit(attributor, tokens, reading)
        if unit is not None:
            reading.units = [unit]
            reading.is_press = False


def _unknown_label(
    attributor: Attributor, tokens: Tokens, reading: LineReading, *, are_dashed: bool, is_press: bool
) -> Unit | None:
    """A unit whose label has the form of an outlet's; a dash shows one only where labels of known outlets have it."""
    line = reading.line
    if line.end - line.start > _LABEL_MAX and not _LABEL_END.search(tokens.text, line.start, line.start + _LABEL_MAX):
        return None
    match = _LABEL.match(tokens.text, line.start, line.end)
    if match is None:
        return None
    start, end = _trimmed(tokens.text, *match.span("name"))
    first, after = tokens.at(start), tokens.at(end)
    known = known_label(attributor, tokens, start, end, is_press=is_press)
    if known is None and not _is_name(attributor, tokens, first, after):
        return None
    body, stop = tokens.at(match.end()), reading.words[1]
    if body < stop and (match["alone"] is not None or not has_words(tokens, body, stop)):
        return None
    shape = Shape.LABEL if body < stop else Shape.ALONE
    is_form = shape == Shape.LABEL and (match["colon"] is not None or are_dashed) and not reading.is_press
    is_outlet = known is not None or _looks_like_outlet(attributor, tokens, match, first, after, shape)
    if not (match["place"] or is_form or is_outlet):
        return None
    mention = known or _mention(tokens, first, after)
    return Unit(line.start, line.end, Attribution(shape, (mention,), None, match.end()))


def _named_unit(attributor: Attributor, tokens: Tokens, reading: LineReading, *, are_subjects: bool) -> Unit | None:
    """A unit that opens with a name and a cue right after it: one of the form of an outlet's, or any in quotation marks
    or among known outlets that open their units so.
    """
    line = reading.line
    first, stop = reading.words
    after = _name_end(tokens, first, stop)
    if after == first or after >= stop:
        return None
    cue = attributor.cues.at(tokens, after, stop)
    if cue is None or not cue.use & CueUse.VERB or not _is_name(attributor, tokens, first, after):
        return None
    name = tokens.text[slice(*tokens.span(first, after))]
    is_foreign = name[0] < "\u0400" and "\u0400" <= tokens.words[after][0] <= "\u04ff"
    is_quoted = tokens.text[tokens.starts[first] - 1 : tokens.starts[first]] in _OPENING_MARKS and first > 0
    is_like_outlet = any(word.endswith(attributor.press.name_endings) for word in tokens.words[first:after])
    if not (is_foreign or is_like_outlet or is_quoted or are_subjects):
        return None
    return Unit(line.start, line.end, Attribution(Shape.SUBJECT, (_mention(tokens, first, after),), cue, line.start))


def _described_unit(attributor: Attributor, tokens: Tokens, reading: LineReading) -> Unit | None:
    """A unit like "the Czech newspaper Novinky writes": a noun for an outlet, a name, a cue."""
    line = reading.line
    first, stop = reading.words
    kinds = attributor.press.kinds
    if kinds.isdisjoint(tokens.words[first:stop]):
        return None
    for index in range(first, stop - 1):
        if tokens.words[index] not in kinds or tokens.between(index, index + 1).strip(' «"“„*'):
            continue
        after = _name_end(tokens, index + 1, stop)
        if after == index + 1:
            continue
        mention = _mention(tokens, index + 1, after)
        found = attributor.cued(tokens, line.start, line.end, [mention])
        if found:
            return Unit(line.start, line.end, found[0])
    return None


def _name_end(tokens: Tokens, first: int, stop: int) -> int:
    after = first
    while after < min(stop, first + _MAX_WORDS) and tokens.is_capitalised(after) and not tokens.words[after].isdigit():
        if after > first and tokens.between(after - 1, after).translate(APOSTROPHES) not in (" ", "-", "'"):
            break
        after += 1
    return after


def _is_name(attributor: Attributor, tokens: Tokens, first: int, after: int) -> bool:
    words = tokens.words[first:after]
    if not words or len(words) > _MAX_WORDS or words[0].isdigit() or not may_open_name(tokens, first):
        return False
    if any(word in attributor.press.not_names or word in attributor.press.organisations for word in words):
        return False
    if len(words) > 1 and words[0] in attributor.press.titles and words[0] not in ARTICLES:
        return False
    if len(words) == 1 and (words[0] in attributor.press.sources or words[0] in attributor.press.references):
        return False
    if words[0] in attributor.press.questions or is_topic(attributor, tokens, *tokens.span(first, after)):
        return False
    if any(word in attributor.press.press and word not in attributor.press.kinds for word in words):
        return False
    return all(
        tokens.is_capitalised(i) or words[i - first] in attributor.press.particles for i in range(first + 1, after)
    )


def _looks_like_outlet(
    attributor: Attributor, tokens: Tokens, match: re.Match[str], first: int, after: int, shape: str
) -> bool:
    """Whether the name itself looks like an outlet's: by its words, a domain, or Latin letters."""
    name = match["name"]
    if "." in name.strip(".") and " " not in name:
        return True
    if any(word.endswith(attributor.press.name_endings) for word in tokens.words[first:after]):
        return True
    body = tokens.text[match.end() : match.end() + 80]
    is_foreign = name.isascii() and any("\u0400" <= char <= "\u04ff" for char in body)
    return is_foreign and shape == Shape.LABEL


def _mention(tokens: Tokens, first: int, after: int) -> Mention:
    start, end = tokens.span(first, after)
    name = " ".join(tokens.text[start:end].split())
    return Mention(start, end, first, after, unknown_outlet(name), is_ambiguous=False)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1] in " *_\t\u00a0":
        end -= 1
    return start, end
