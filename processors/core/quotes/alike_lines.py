"""Lines of one form below a line about the press: where some name known outlets, the others name unknown ones."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.by_label import DASHES, LABEL_SIGNS, PLACE_BESIDE, WIDE, WIDE_SIGNS
from processors.core.quotes.attribution.line_reading import LineReading, Unit
from processors.core.quotes.attribution.names_below import CREDIT_SIGNS
from processors.core.quotes.attribution.shapes import Attribution, Shape, has_words
from processors.core.quotes.label_names import (
    is_like_a_person,
    is_like_outlet,
    is_review_label,
    is_topic,
    known_label,
    label_bounds,
)
from processors.core.quotes.lexicon.outlets import ARTICLES, Mention
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lexicon.unknown_id import unknown_outlet
from processors.core.quotes.lines.tokens import Tokens

_OPENING: Final = '«"“„「『《【\\['
_CLOSING: Final = '»"”“」』》】\\]'
_PLACE: Final = r"(?:\s?[(（][^()（）\n]{2,40}[)）])?"
_LABEL: Final = re.compile(
    rf"[*_]{{0,3}}(?P<mark>[{_OPENING}])?(?P<name>[^\s:：#@{_OPENING}{_CLOSING}][^\n,:：|=()（）/{LABEL_SIGNS}{_OPENING}{_CLOSING}{WIDE_SIGNS}]{{1,48}}?)"
    rf"(?=[{_CLOSING}\s(（:：|=.《*_{WIDE_SIGNS}])"  # most letters of a name fail on it, which spares them the rest
    rf"[{_CLOSING}]?[*_]{{0,3}}{_PLACE}"
    rf"(?:\s?(?P<sign>[:：](?![a-zäåö]{{1,4}}\s))|\s(?P<dash>[{DASHES}]|[|=/{LABEL_SIGNS}]\ufe0f?|//|>>)\s|(?P<tight>[|=]|\u3000|(?<={WIDE})\s?[{WIDE_SIGNS}]{{1,2}})(?=\s?\S)"
    rf"|(?<=[»”“*_])(?P<stop>\.)\s|(?P<bold>\.)[*_]{{1,3}}\s|(?<=[A-ZÀ-ÞА-Я])(?P<capitals>\.)\s|(?P<bracket>(?<=[】\]]))\s?(?=[^\s(])|(?P<title>)(?=《))"
)
_SIGN: Final = re.compile(rf"[《:：|=/{LABEL_SIGNS}{WIDE_SIGNS}\u3000.】\]{DASHES}]")
"""What parts a label from its text: most lines have none near their start."""
_TITLE: Final = "《"
"""What opens the title right behind a label: only of a known outlet, for verbs have titles, too."""
_LABEL_MAX: Final = 100
_CREDIT: Final = re.compile(
    rf"\s(?:(?P<bracket>[(（])|(?P<sign>[|—–―-])\s)(?P<mark>[{_OPENING}])?"
    rf"(?P<name>[^,|()（）—–―\n{_OPENING}{_CLOSING}]{{2,48}})[{_CLOSING}]?(?(bracket)[)）])\.?$"
)
_MAX_INTRODUCTIONS: Final = 2
_MIN_LINES: Final = 3
_MIN_KNOWN: Final = 2
_MAX_WORDS: Final = 6
_FEW_WORDS: Final = 3
_ALONE_MAX: Final = 40
_PLACE_BEHIND: Final = re.compile(r"\s?[(（][^()（）\n]{2,40}[)）]$")
_PLACE_MAX: Final = 43
_SHOWN_BY_FORM: Final = frozenset([Shape.LABEL, Shape.ALONE, Shape.CREDIT])
_COLONS: Final = ":："
_BOLD: Final = "*_"
_STOPS: Final = frozenset('.,;!?…。！？)”"»')
_QUOTATION_OPENS: Final = frozenset('«"“„「『《')
_QUOTATION_CLOSES: Final = frozenset('»"”“」』》')


class _LineForm(NamedTuple):
    """What lines of one form share."""

    shape: str
    sign: str
    is_quoted: bool
    """The name is in quotation marks or brackets."""
    is_marked: bool
    """The line has a bullet."""
    is_capitals: bool = False
    """A name alone on its line is in capitals."""
    is_announcing: bool = False
    """Such a line ends in a colon."""
    is_placed: bool = False
    """Such a line ends in the outlet's place."""

    @property
    def least(self) -> int:
        """Lines that make the form one of a list: fewer where each announces what is below it."""
        return _MIN_KNOWN if self.is_announcing else _MIN_LINES


class _Named(NamedTuple):
    """A line with its name by form."""

    reading: LineReading
    start: int
    end: int
    body: int

    @property
    def known(self) -> Mention | None:
        """The outlet of the registry that has just this name, which may end in a stop ("ΕΦ.ΣΥΝ.")."""
        ends = (self.end, self.end - 1)
        return next((one for one in self.reading.mentions if one.start == self.start and one.end in ends), None)

    @property
    def is_open(self) -> bool:
        """Whether the line is no outlet's yet, or one's whose name is only a part of the label."""
        return not self.reading.units or _is_of_part(self.reading, self.start, self.end)

    @property
    def is_known(self) -> bool:
        """Whether the line is a known outlet's, whose name is no common word."""
        if not self.is_open:
            return any(unit.attribution.is_known and not unit.attribution.is_ambiguous for unit in self.reading.units)
        return self.known is not None and not self.known.is_ambiguous


def add_alike(attributor: Attributor, tokens: Tokens, readings: list[LineReading], *, is_press: bool) -> set[int]:
    """Attribute lines to outlets by their form, which at least three lines share; ``is_press`` where a line speaks of
    the press. Where the lines start whose form speaks against outlets is given back.
    """
    if len(readings) < _MIN_LINES:
        return set()
    groups: dict[_LineForm, list[_Named]] = defaultdict(list)
    for form, named in _named_lines(tokens, readings, are_open=True):
        groups[form].append(named)
    if not groups:  # as in most posts: there is nothing to attribute
        return set()
    for form, named in _named_lines(tokens, readings, are_open=False):
        if form in groups:
            groups[form].append(named)
    refused: set[int] = set()
    for form, lines in sorted(groups.items(), key=_fewest_last):
        if len(lines) < form.least:
            continue
        lines.sort(key=lambda line: line.start)
        if _open_alike(attributor, tokens, lines):
            refused.update(line.reading.line.start for line in lines if line.is_open)
        elif _are_outlets(attributor, tokens, lines, form, is_press=is_press):
            _attribute(attributor, tokens, form, lines, is_press=is_press)
    return refused


def _named_lines(tokens: Tokens, readings: list[LineReading], *, are_open: bool) -> Iterator[tuple[_LineForm, _Named]]:
    for place, reading in enumerate(readings):
        if reading.is_footer or (not reading.units) is not are_open:
            continue
        following = readings[place + 1] if place + 1 < len(readings) else None
        if reading.is_press and place < _MAX_INTRODUCTIONS and reading.line.marker is None:
            continue  # an introduction
        found = [one for one in (_by_label(tokens, reading), _by_credit(tokens, reading)) if one is not None]
        if not found or _is_below(tokens, reading):
            found += filter(None, (_alone(tokens, reading, following),))
        yield from found


def _fewest_last(group: tuple[_LineForm, list[_Named]]) -> int:
    return -len(group[1])


def _by_label(tokens: Tokens, reading: LineReading) -> tuple[_LineForm, _Named] | None:
    line = reading.line
    if _SIGN.search(tokens.text, line.start, line.start + _LABEL_MAX) is None:
        return None
    match = _LABEL.match(tokens.text, line.start, line.end)
    if match is None or not (_is_free(reading, Shape.LABEL) or _is_of_part(reading, *match.span("name"))):
        return None
    signs = match.group("sign", "dash", "tight", "stop", "bold", "capitals")
    sign = _TITLE if match["title"] is not None else next(filter(None, signs), "]")
    first, after = tokens.at(match.end()), reading.words[1]
    if not has_words(tokens, first, after):
        return None
    form = _LineForm(Shape.LABEL, ":" if sign in _COLONS else sign, match["mark"] is not None, line.marker is not None)
    return form, _Named(reading, *match.span("name"), match.end())


def _by_credit(tokens: Tokens, reading: LineReading) -> tuple[_LineForm, _Named] | None:
    line = reading.line
    match = _CREDIT.search(tokens.text, max(line.start, line.end - _ALONE_MAX - _MAX_WORDS), line.end)
    if match is None or not _is_free(reading, Shape.CREDIT):
        return None
    if not has_words(tokens, reading.words[0], tokens.at(match.start())):
        return None
    form = _LineForm(
        Shape.CREDIT, match["bracket"] or match["sign"], match["mark"] is not None, line.marker is not None
    )
    return form, _Named(reading, *match.span("name"), line.start)


def _alone(tokens: Tokens, reading: LineReading, following: LineReading | None) -> tuple[_LineForm, _Named] | None:
    """A short line of its own right above a text, or with a dash right below one ("— Outlet (place)")."""
    line, text = reading.line, tokens.text
    is_below = _is_below(tokens, reading)
    if line.end - line.start > _ALONE_MAX + (_PLACE_MAX if is_below else 3):
        return None
    is_announcing = text[line.end - 1] in _COLONS
    if not is_below and (following is None or following.units or following.is_footer):
        return None
    if not (is_below or is_announcing) and following is not None and following.line.blank_before:
        return None
    start, end = line.start, line.end - 1 if is_announcing else line.end
    if is_below:
        place = _PLACE_BEHIND.search(text, start, end)
        end = end if place is None else place.start()
    while end > start and text[start] in _BOLD:
        start += 1
    while end > start and text[end - 1] in _BOLD:
        end -= 1
    beside = None if is_below or start == end else PLACE_BESIDE.search(text, start, end)
    end = end if beside is None else beside.start()
    if start == end:
        return None
    is_quoted = text[start] in _QUOTATION_OPENS and text[end - 1] in _QUOTATION_CLOSES
    if is_quoted:
        start, end = start + 1, end - 1
    if not 1 < end - start <= _ALONE_MAX or text[end - 1] in _STOPS or not _is_free(reading, Shape.ALONE):
        return None
    is_capitals = text[start:end].isupper()
    form = _LineForm(
        Shape.ALONE,
        "below" if is_below else str(line.blank_before > 0),
        is_quoted,
        line.marker is not None,
        is_capitals,
        is_announcing,
        beside is not None,
    )
    return form, _Named(reading, start, end, line.end)


def _is_below(tokens: Tokens, reading: LineReading) -> bool:
    """Whether a line has the dash of a credit and is right below another."""
    line = reading.line
    return line.marker is not None and not line.blank_before and tokens.text[line.marker[0]] in CREDIT_SIGNS


def _is_free(reading: LineReading, shape: str) -> bool:
    """Whether a line has no unit yet, or one of the same shape."""
    return not reading.units or (len(reading.units) == 1 and reading.units[0].attribution.shape is shape)


def _is_of_part(reading: LineReading, start: int, end: int) -> bool:
    """Whether a line's one outlet, which no label shows, is named by a part of ``text[start:end]`` alone."""
    if len(reading.units) != 1 or reading.units[0].attribution.shape in _SHOWN_BY_FORM:
        return False
    mention = reading.units[0].attribution.mentions[0]
    return start <= mention.start and mention.end <= end and mention.end - mention.start < end - start


def _are_outlets(
    attributor: Attributor, tokens: Tokens, lines: list[_Named], form: _LineForm, *, is_press: bool
) -> bool:
    """Whether the form is that of a list of outlets: by two known ones among them; below a line about the press also by
    one, by short names in quotation marks, or by words of outlets in half of them.
    """
    known = sum(line.is_known for line in lines)
    if known >= _MIN_KNOWN:
        return True
    if not is_press or (form.shape == Shape.ALONE and not (form.is_capitals or form.is_announcing)):
        return False
    if any(is_topic(attributor, tokens, line.start, line.end) for line in lines if line.is_open):
        return False
    if known:
        return True
    if form.is_quoted and not form.is_announcing:
        return 2 * sum(_has_few_words(tokens, line) for line in lines) >= len(lines)
    alike = [
        is_like_outlet(attributor, tokens, line.start, line.end)
        or known_label(attributor, tokens, line.start, line.end, is_press=True) is not None
        or (form.shape == Shape.CREDIT and (line.known is not None or _is_article_and_name(tokens, line)))
        for line in lines
    ]
    return 2 * sum(alike) >= len(lines)


def _has_few_words(tokens: Tokens, line: _Named) -> bool:
    """Whether what is in quotation marks is a name rather than what somebody said."""
    return tokens.at(line.end) - tokens.at(line.start) <= _FEW_WORDS


def _is_article_and_name(tokens: Tokens, line: _Named) -> bool:
    first, after = tokens.at(line.start), tokens.at(line.end)
    return after - first > 1 and tokens.words[first] in ARTICLES and tokens.is_capitalised(first)


def _open_alike(attributor: Attributor, tokens: Tokens, lines: list[_Named]) -> bool:
    """Whether all names open with one word, as numbered parts do ("Model A"), and it is no word for an outlet."""
    words = {tokens.words[tokens.at(line.start)] for line in lines if not line.is_known}
    if len(words) > 1 or any(line.is_known for line in lines):
        return False
    return words.isdisjoint(ARTICLES) and words.isdisjoint(attributor.press.kinds)


def _attribute(attributor: Attributor, tokens: Tokens, form: _LineForm, lines: list[_Named], *, is_press: bool) -> None:
    known = [place for place, line in enumerate(lines) if line.is_known]
    among_known = len(known) >= _MIN_KNOWN
    is_shown = form.shape != Shape.LABEL and (among_known or is_press)
    for line in lines if is_press or (among_known and form.is_placed) else lines[known[0] :]:
        reading = line.reading
        if not line.is_open:
            continue
        mention = line.known or known_label(attributor, tokens, line.start, line.end, is_press=is_press)
        if mention is None and form.sign != _TITLE and _is_name(attributor, tokens, line):
            mention = _unknown(attributor, tokens, line)
        if mention is None or (among_known and is_like_a_person(attributor, tokens, reading.line, mention)):
            continue
        reading.units = [
            Unit(reading.line.start, reading.line.end, Attribution(form.shape, (mention,), None, line.body, is_shown))
        ]
        reading.is_press = False


def _unknown(attributor: Attributor, tokens: Tokens, line: _Named) -> Mention:
    start, end = label_bounds(attributor, tokens, line.start, line.end)
    outlet = unknown_outlet(tokens.text[start:end].strip())
    return Mention(start, end, tokens.at(start), tokens.at(end), outlet, is_ambiguous=False)


def _is_name(attributor: Attributor, tokens: Tokens, line: _Named) -> bool:
    first, after = tokens.at(line.start), tokens.at(line.end)
    words = tokens.words[first:after]
    press = attributor.press
    if not words or len(words) > _MAX_WORDS or words[0].isdigit():
        return False
    if is_topic(attributor, tokens, line.start, line.end) or is_review_label(attributor, words):
        return False
    if any(word in press.organisations or word in press.sources for word in words) or words[0] in press.questions:
        return False
    is_title = words[0] in press.titles and words[0] not in ARTICLES
    if press.not_names.issuperset(words) or (is_title and len(words) > 1):
        return False
    if not tokens.is_capitalised(first) and tokens.text[line.start] < FIRST_UNCASED:
        return False
    # "Spokesman of the port": a name closes with a capital, or has no words such as "of".
    return (
        tokens.is_capitalised(after - 1)
        or tokens.text[line.start] >= FIRST_UNCASED
        or press.particles.isdisjoint(words)
    )
