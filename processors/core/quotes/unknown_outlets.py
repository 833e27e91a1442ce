"""Outlets that the registry does not know, found by their place in a list of known ones."""

import re
from dataclasses import replace

from processors.core.quotes.alike_lines import add_alike
from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.line_reading import LineReading, Unit
from processors.core.quotes.attribution.shapes import Attribution, Shape, has_words
from processors.core.quotes.label_names import (
    is_like_a_person,
    is_like_outlet,
    is_review_label,
    is_topic,
    known_label,
    may_open_name,
)
from processors.core.quotes.lexicon.cues import Cue, CueUse
from processors.core.quotes.lexicon.outlets import ARTICLES, Mention
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lexicon.unknown_id import unknown_outlet
from processors.core.quotes.lines.tokens import Tokens
from schemas.text import APOSTROPHES

_LABEL = re.compile(
    r"[#@]?[«\"“„]?(?P<name>[^\n:,()\[\]«»\"“”„—–|]{2,48}?)"
    r"(?![^»\"”“\s*_(:：‒–—―−-])"  # most letters of a name fail on it, which spares them the rest
    r"[»\"”“]?[\s*_]{0,3}(?:\((?P<place>[^()\n]{2,60})\))?[\s*_]{0,3}"
    r"(?:(?P<colon>[:：](?![a-zäåö]{1,4}\s))|(?P<dash>(?<=[\s)])[‒–—―−-](?=\s))|(?P<alone>$))"
)
_LABEL_MAX = 56
"""Longest name of a label, with its marks."""
_LABEL_END = re.compile(r"[(:：‒–—―−-]")
_MAX_WORDS = 5
_MIN_SUBJECTS = 2
"""Outlets that open units, among which an unknown name that opens one is looked at."""
_MAX_HEAD = 4
"""Words before the name that opens a unit: articles, prepositions, what the outlet is called."""
_QUOTED = re.compile(r"(?P<name>[^\n,.;:!?…«»„“”\"]{2,40})[»“”\"](?!\s?[,:;–—-])")
"""A name in quotation marks, behind the first of them; a comma, a colon or a dash follows the words of a person."""
_AFTER_QUOTED = re.compile(r"\s?[»“”\"]\s[^\W\d_]")
"""What follows a name in quotation marks that is the subject of its sentence."""
_QUOTED_WORDS = 4
_MARK_AND_BLANK = 2
_OPENING_MARKS = frozenset('«"“„')
_IN_NAMES = frozenset(
    ["de", "di", "del", "della", "du", "des", "da", "do", "of", "van", "het", "voor", "för", "für", "din"]
)
"""Small words inside of names."""
_ARTICLES_IN_NAMES = frozenset(["la", "las", "los", "le", "les", "l", "der", "den", "het", "the"])
"""Articles behind these: "El Faro de la Bahía"."""
_CLOSE_NAMES = frozenset(["listy", "noviny", "novine", "novice", "nyheter", "блиц", "новости", "новини", "вести"])
"""Plurals that close names as words for a newspaper do."""
_CAPITALS = re.compile(r"(?<![^\W_])[A-ZÀ-ÞĀ-ŽА-ЯЁІЇЄΑ-Ω]{3,}(?:[ -][A-ZÀ-ÞĀ-ŽА-ЯЁІЇЄΑ-Ω]{3,}){0,3}(?![^\W_])")
"""A name in capitals."""
_SHORTEST_IN_CAPITALS = 6
"""Letters below which capitals are rather an acronym's."""
_BEHIND_QUOTATION = re.compile(
    r"[»”“\"]\s?,\s(?P<verb>[^\W\d_A-ZÀ-ÞА-Я][^\W\d_]{3,20})\s(?:[^\W\d_]{2,3}\s)?[«„“\"]?(?=[^\W\d_])"
)
"""What precedes a name that closes a quotation: ""...", thunders the Name"."""
_UNCASED_WORDS = 4
"""Words of the longest name that is looked for in a script without capitals."""
_JOINED = "ובהלמשفوبلك"
"""Letters that Hebrew and Arabic join to the word for a newspaper."""


def add_unknown(attributor: Attributor, tokens: Tokens, readings: list[LineReading]) -> None:
    """Attribute lines to outlets that the registry lacks, where known ones or a word about the press are nearby."""
    is_press = any(reading.is_press or reading.lead is not None for reading in readings)
    refused = add_alike(attributor, tokens, readings, is_press=is_press)
    known = [unit.attribution for reading in readings for unit in reading.units]
    labels = [attribution for attribution in known if attribution.shape in (Shape.LABEL, Shape.ALONE)]
    subjects = sum(attribution.shape in (Shape.SUBJECT, Shape.CUED) for attribution in known)
    if not labels and not is_press and not subjects:
        return
    are_dashed = any(tokens.text[label.body - 2 : label.body].strip()[-1:] not in ("", ":") for label in labels)
    in_capitals = [one for one in known if one.is_known and _is_in_capitals(tokens, one.mentions[0])]
    are_capitals = len(in_capitals) >= _MIN_SUBJECTS
    are_quoted = is_press and sum(_opens_quoted(tokens, reading) for reading in readings) >= _MIN_SUBJECTS
    for reading in readings:
        if reading.units or reading.is_footer or reading.line.start in refused:
            continue
        unit = None
        if labels or is_press or subjects >= _MIN_SUBJECTS:
            unit = _unknown_label(attributor, tokens, reading, are_dashed=are_dashed, is_press=is_press)
        if (
            unit is not None
            and len(labels) > 1
            and is_like_a_person(attributor, tokens, reading.line, unit.attribution.mentions[0])
        ):
            unit = None
        if unit is None and is_press and are_capitals:
            unit = _capitals_unit(attributor, tokens, reading)
        if unit is None and (is_press or subjects >= _MIN_SUBJECTS):
            unit = _named_unit(attributor, tokens, reading, is_press=is_press, subjects=subjects)
        if unit is None and are_quoted:
            unit = _quoted_unit(attributor, tokens, reading)
        if unit is None and (is_press or subjects):
            unit = _described_unit(attributor, tokens, reading, is_press=is_press)
            subjects += unit is not None
        if unit is None and is_press:
            unit = _closing_unit(attributor, tokens, reading)
        _set_unit(reading, unit)
    if is_press and not any(attribution.shape == Shape.SUBJECT for attribution in known):
        _add_beside_shown(attributor, tokens, readings, refused)


def _set_unit(reading: LineReading, unit: Unit | None) -> None:
    if unit is not None:
        reading.units = [unit]
        reading.is_press = False


def _add_beside_shown(attributor: Attributor, tokens: Tokens, readings: list[LineReading], refused: set[int]) -> None:
    """Attribute lines that open with a name and a cue, where others do so whose names show outlets."""
    shown = [unit for reading in readings for unit in reading.units if unit.attribution.shape == Shape.SUBJECT]
    if len(shown) < _MIN_SUBJECTS or not all(unit.attribution.is_shown for unit in shown):
        return
    for reading in readings:
        if not (reading.units or reading.is_footer or reading.is_press or reading.line.start in refused):
            _set_unit(reading, _named_unit(attributor, tokens, reading, is_press=True, subjects=len(shown)))


def _opens_quoted(tokens: Tokens, reading: LineReading) -> bool:
    """Whether a line opens with a known outlet in quotation marks and goes on with a word."""
    if not reading.mentions:
        return False
    mention, line = reading.mentions[0], reading.line
    is_first = 0 < mention.start - line.start <= _MARK_AND_BLANK and tokens.text[line.start] in _OPENING_MARKS
    return is_first and _AFTER_QUOTED.match(tokens.text, mention.end, line.end) is not None


def _quoted_unit(attributor: Attributor, tokens: Tokens, reading: LineReading) -> Unit | None:
    """A unit that opens with a name in quotation marks, as those of the known outlets do, whatever its verb is."""
    line, first = reading.line, reading.words[0]
    if reading.mentions or tokens.text[line.start] not in _OPENING_MARKS:
        return None
    after = _quoted_end(tokens, first, reading.words[1])
    if not first < after <= first + _QUOTED_WORDS or not _is_name(attributor, tokens, first, after, is_quoted=True):
        return None
    if not _AFTER_QUOTED.match(tokens.text, tokens.ends[after - 1], line.end):
        return None
    attribution = Attribution(Shape.NAMED, (_mention(tokens, first, after),), None, line.start, is_shown=True)
    return Unit(line.start, line.end, attribution)


def _is_in_capitals(tokens: Tokens, mention: Mention) -> bool:
    name = tokens.text[tokens.starts[mention.after - 1] : mention.end]  # without an article
    return len(name) >= _SHORTEST_IN_CAPITALS and name.isupper()


def _closing_unit(attributor: Attributor, tokens: Tokens, reading: LineReading) -> Unit | None:
    """A unit like ""...", thunders Name": a word between a quotation and a name that has the form of an outlet's."""
    line, stop = reading.line, reading.words[1]
    match = _BEHIND_QUOTATION.search(tokens.text, line.start, line.end)
    if match is None or reading.mentions:
        return None
    first = tokens.at(match.end())
    is_quoted = tokens.text[match.end() - 1] in _OPENING_MARKS
    after = _quoted_end(tokens, first, stop) if is_quoted else _name_end(attributor, tokens, first, stop)
    if after == first or not _is_name(attributor, tokens, first, after, is_quoted=is_quoted):
        return None
    if not (is_quoted or is_like_outlet(attributor, tokens, *tokens.span(first, after))):
        return None
    mention = _mention(tokens, first, after)
    place = tokens.at(match.start("verb"))
    cue = attributor.cues.at(tokens, place, first) or Cue(place, place + 1, CueUse.GUESS)
    return Unit(line.start, line.end, Attribution(Shape.CUED, (mention,), cue, line.start, is_shown=True))


def _capitals_unit(attributor: Attributor, tokens: Tokens, reading: LineReading) -> Unit | None:
    """A unit that names something in capitals, as the known outlets of the post are written."""
    line = reading.line
    if reading.mentions or tokens.text[line.start : line.end].isupper():
        return None
    for match in _CAPITALS.finditer(tokens.text, line.start, line.end):
        first, after = tokens.at(match.start()), tokens.at(match.end())
        if len(match[0]) < _SHORTEST_IN_CAPITALS or not _is_name(attributor, tokens, first, after):
            continue
        mention = _mention(tokens, first, after)
        found = attributor.cued(tokens, line.start, line.end, [mention])
        own = found[0] if found else Attribution(Shape.NAMED, (mention,), None, line.start)
        return Unit(line.start, line.end, replace(own, is_shown=True))
    return None


def _unknown_label(
    attributor: Attributor, tokens: Tokens, reading: LineReading, *, are_dashed: bool, is_press: bool
) -> Unit | None:
    """A unit whose label has the form of an outlet's; a dash shows one only where labels of known outlets have it."""
    line = reading.line
    if line.end - line.start > _LABEL_MAX and not _LABEL_END.search(tokens.text, line.start, line.start + _LABEL_MAX):
        return None
    match = _LABEL.match(tokens.text, line.start, line.end)
    if match is None or _is_dateline(attributor, match):
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


def _is_dateline(attributor: Attributor, match: re.Match[str]) -> bool:
    """Whether a news agency is in the brackets and a dash behind them, as where it reports: "Berlin (dpa) - ..."."""
    if match["dash"] is None or match["place"] is None:
        return False
    outlet = attributor.registry.resolve(match["place"])
    return outlet is not None and attributor.registry.is_agency(outlet.id)


def _named_unit(
    attributor: Attributor, tokens: Tokens, reading: LineReading, *, is_press: bool, subjects: int
) -> Unit | None:
    """A unit that opens with a name and a cue behind it: one of the form of an outlet's, or any in quotation marks,
    among known outlets that open their units so, or of a country among several of these ("La norvegese Fyrlykta",
    where ``subjects`` counts them). Articles, prepositions and what the outlet is called may precede the
    name, its place may follow one in quotation marks.
    """
    line, stop = reading.line, reading.words[1]
    first = _behind_openers(attributor, tokens, *reading.words)
    if first >= stop:
        return None
    is_quoted = first > 0 and tokens.text[tokens.starts[first] - 1] in _OPENING_MARKS
    bare = first
    if not is_quoted:
        first = _start_of_name(attributor, tokens, reading.words[0], first)
        if not tokens.is_capitalised(first):  # "Krkonošský deník přináší": all of the name was taken for openers
            first = reading.words[0]
    after = _quoted_end(tokens, first, stop) if is_quoted else _name_end(attributor, tokens, first, stop)
    if after == first or after >= stop or not _is_name(attributor, tokens, first, after, is_quoted=is_quoted):
        return None
    if is_quoted and any(not mention.is_ambiguous for mention in reading.mentions):
        return None  # a headline: the outlet that is known has it
    cue = attributor.cue_after(tokens, after, stop) if is_quoted else attributor.cues.at(tokens, after, stop)
    if cue is None and is_quoted and is_press:
        cue = attributor.guessed_verb(tokens, after, stop)
    is_verb = cue is not None and cue.use & (CueUse.VERB | CueUse.GUESS) != 0
    if not is_verb:
        return _shown_by_name(attributor, tokens, reading, (first, after), is_press=is_press)
    name = tokens.text[slice(*tokens.span(first, after))]
    is_foreign = name[0] < "\u0400" and "\u0400" <= tokens.words[after][0] <= "\u04ff"
    is_like = is_like_outlet(attributor, tokens, *tokens.span(first, after))
    is_opening = first == reading.words[0]
    is_of_country = (
        subjects >= _MIN_SUBJECTS
        and is_press
        and not (is_like or is_quoted)
        and any(map(attributor.press.describes, tokens.words[reading.words[0] : bare]))
    )
    if is_of_country:
        first = max(first, bare)
    if not (is_foreign or is_like or is_quoted or is_of_country or (subjects and is_opening)):
        return None
    mentions = (_mention(tokens, first, after),)
    is_shown = is_like or is_of_country or (is_quoted and is_press)
    return Unit(line.start, line.end, Attribution(Shape.SUBJECT, mentions, cue, line.start, is_shown))


def _shown_by_name(
    attributor: Attributor, tokens: Tokens, reading: LineReading, name: tuple[int, int], *, is_press: bool
) -> Unit | None:
    """A unit that opens with a name of several words which is an outlet's by one of them and goes on in small letters:
    its verb may be in no lexicon ("And the Skerry Lantern has ...").
    """
    first, after = name
    if not is_press or reading.mentions or reading.is_press or after - first < 2 or after >= reading.words[1]:
        return None
    if tokens.is_capitalised(after) or tokens.between(after - 1, after) != " ":
        return None
    if not is_like_outlet(attributor, tokens, *tokens.span(first, after)):
        return None
    start, end = reading.line.start, reading.line.end
    mention = _mention(tokens, first, after)
    found = attributor.cued(tokens, start, end, [mention])  # a verb may close the sentence
    own = found[0] if found else Attribution(Shape.NAMED, (mention,), None, start)
    return Unit(start, end, replace(own, is_shown=True))


def _behind_openers(attributor: Attributor, tokens: Tokens, first: int, stop: int) -> int:
    """The first word that has a content of its own or is in quotation marks; the first of all where no cue could be so
    near to the start.
    """
    for place in range(first, min(stop, first + _MAX_HEAD + 1)):
        if tokens.starts[place] and tokens.text[tokens.starts[place] - 1] in _OPENING_MARKS:
            return place
        if place > first and tokens.between(place - 1, place) not in (" ", ", "):
            break
        if not attributor.press.qualifies(tokens.words[place]):
            return place
    return first


def _start_of_name(attributor: Attributor, tokens: Tokens, floor: int, first: int) -> int:
    """The first word of a name with the articles and adjectives in capitals that belong to it: "The Skerry Lantern",
    "Rheinische Landeszeitung".
    """
    press = attributor.press
    while first > floor and tokens.is_capitalised(first - 1) and tokens.between(first - 1, first) == " ":
        word = tokens.words[first - 1]
        if word in press.kinds or not (word in ARTICLES or press.describes(word)):
            break
        first -= 1
    return first


def _quoted_end(tokens: Tokens, first: int, stop: int) -> int:
    """The word behind a name in quotation marks that starts at word ``first``; ``first`` where it is none."""
    match = _QUOTED.match(tokens.text, tokens.starts[first])
    after = first if match is None else tokens.at(match.end("name"))
    may_open = tokens.is_capitalised(first) or tokens.text[tokens.starts[first]] >= FIRST_UNCASED
    return after if may_open and after - first <= _MAX_WORDS and after <= stop else first


def _described_unit(attributor: Attributor, tokens: Tokens, reading: LineReading, *, is_press: bool) -> Unit | None:
    """A unit like "the Czech newspaper Novinky writes": a noun for an outlet, a name, a cue; its country, too, where
    nothing speaks of the press.
    """
    first, stop = reading.words
    for index in range(first, stop - 1):
        if not _is_kind(attributor, tokens.words[index]):
            continue
        before = tokens.words[index - 1] if index > first else ""
        if not is_press and (before in attributor.press.kinds or not attributor.press.describes(before)):
            continue
        if any(mention.after == index and not mention.is_ambiguous for mention in reading.mentions):
            continue  # "Yeni Şafak gazetesi "..."": what follows is a headline
        start = index + 1
        while start < stop - 1 and tokens.words[start] in attributor.press.openers and not tokens.is_capitalised(start):
            start += 1
        if tokens.between(start - 1, start).strip(' «"“„*'):
            continue
        is_part = not attributor.press.describes(before) and _is_part_of_name(tokens, index, start, before)
        for after in _name_ends(attributor, tokens, start, stop):
            start = index if is_part else start
            found = attributor.cued(tokens, reading.line.start, reading.line.end, [_mention(tokens, start, after)])
            if found:
                return Unit(reading.line.start, reading.line.end, replace(found[0], is_shown=True))
    return None


def _is_part_of_name(tokens: Tokens, index: int, start: int, before: str) -> bool:
    """Whether a word for an outlet is the first of its name: "Gazeta Pomorska", "Diario de la Barca", and no noun with
    its article, as in "Das Magazin Name".
    """
    if before in ARTICLES or not tokens.is_capitalised(index) or not tokens.is_capitalised(start):
        return False
    small = tokens.words[index + 1 : start]
    if small and (small[0] not in _IN_NAMES or not _ARTICLES_IN_NAMES.issuperset(small[1:])):
        return False
    return tokens.between(start - 1, start) == " " and tokens.text[tokens.starts[index]] < "\u0370"


def _is_kind(attributor: Attributor, word: str) -> bool:
    """Whether a word is what an outlet is called, in Hebrew and Arabic also with the letters that are joined to it."""
    kinds = attributor.press.kinds
    if word in kinds or word[0] not in _JOINED:
        return word in kinds
    return word[1:] in kinds or (word[1:2] in _JOINED and word[2:] in kinds)


def _name_ends(attributor: Attributor, tokens: Tokens, first: int, stop: int) -> list[int]:
    """Where a name that starts at word ``first`` may end: in a script without capitals before a cue."""
    if tokens.text[tokens.starts[first] - 1] in _OPENING_MARKS:
        quoted = _quoted_end(tokens, first, stop)
        if quoted > first:
            return [quoted]
    if tokens.text[tokens.starts[first]] < FIRST_UNCASED:
        after = _name_end(attributor, tokens, first, stop)
        return [after] if after > first else []
    longest = min(stop, first + _UNCASED_WORDS + 1)
    cues = (after for after in range(first + 1, longest) if attributor.cues.at(tokens, after, stop) is not None)
    return [after for after in cues if all(tokens.between(place, place + 1) == " " for place in range(first, after))]


def _name_end(attributor: Attributor, tokens: Tokens, first: int, stop: int) -> int:
    """The word behind a name that starts at word ``first``: capitalised words, small ones between them ("Gazeta de
    Sud") and what the outlet is called behind them ("Brněnský deník").
    """
    press, after = attributor.press, first
    while after < min(stop, first + _MAX_WORDS) and not tokens.words[after].isdigit():
        gap = tokens.between(after - 1, after).translate(APOSTROPHES) if after > first else " "
        if gap not in (" ", "-", "'"):
            break
        if not tokens.is_capitalised(after):
            if after == first or gap != " ":
                break
            word = tokens.words[after]
            if word in _IN_NAMES and after + 1 < stop:
                following = after + 2 if tokens.words[after + 1] in _ARTICLES_IN_NAMES else after + 1
                if following < stop and tokens.is_capitalised(following):
                    after = following
                    continue
            return after + 1 if _closes_name(press, word) else after
        after += 1
    return after


def _closes_name(press: PressLexicon, word: str) -> bool:
    """Whether a small word may close a name: what one outlet is called, not the press."""
    return word in _CLOSE_NAMES or (word in press.kinds and word not in press.press)


def _is_name(attributor: Attributor, tokens: Tokens, first: int, after: int, *, is_quoted: bool = False) -> bool:
    """Whether words may be the name of an outlet; all have capitals, but those ``is_quoted``."""
    words = tokens.words[first:after]
    if not words or len(words) > _MAX_WORDS or words[0].isdigit():
        return False
    is_uncased = tokens.text[tokens.starts[first]] >= FIRST_UNCASED
    if not (may_open_name(tokens, first) or (is_quoted and is_uncased)):
        return False
    if any(word in attributor.press.not_names or word in attributor.press.organisations for word in words):
        return False
    if len(words) > 1 and words[0] in attributor.press.titles and words[0] not in ARTICLES:
        return False
    if len(words) == 1 and not is_quoted and words[0] in attributor.press.pronouns:
        return False
    if len(words) == 1 and (words[0] in attributor.press.sources or words[0] in attributor.press.references):
        return False
    if words[0] in attributor.press.questions or is_topic(attributor, tokens, *tokens.span(first, after)):
        return False
    if is_review_label(attributor, words):
        return False
    press = attributor.press
    if all(word in ARTICLES or word in press.kinds for word in words) or press.earlier_at(words, 0, len(words)):
        return False  # "The paper", "Earlier the channel"
    is_closed = len(words) > 1 and _closes_name(press, words[-1])
    if any(word in press.press and word not in press.kinds for word in (words[:-1] if is_closed else words)):
        return False
    return is_quoted or all(
        tokens.is_capitalised(i) or words[i - first] in press.particles or words[i - first] in _IN_NAMES
        for i in range(first + 1, after - is_closed)
    )


def _looks_like_outlet(
    attributor: Attributor, tokens: Tokens, match: re.Match[str], first: int, after: int, shape: str
) -> bool:
    """Whether the name itself looks like an outlet's: by its words, a domain, or Latin letters."""
    name = match["name"]
    if "." in name.strip(".") and " " not in name:
        return True
    if any(attributor.press.ends_like_name(word) for word in tokens.words[first:after]):
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
