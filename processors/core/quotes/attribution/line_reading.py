"""Reading a post line by line: what each line is, and the attributed units in it."""

import re
from dataclasses import dataclass, field, replace

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.by_label import credit, ends_clause, label
from processors.core.quotes.attribution.flattened_lists import cut_flattened
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.outlets import ARTICLES, Mention, within
from processors.core.quotes.lines.lines import Line, Offsets, lines
from processors.core.quotes.lines.quotation_marks import quoted
from processors.core.quotes.lines.sentences import sentences
from processors.core.quotes.lines.tokens import Tokens

_NO_WORDS = re.compile(r"(?:https?://\S++|www\.\S++|[@#][\w.]++|t\.me/\S++|[\s|,;:·•&/()\[\]*_-])++")
_POINTER_TO_CHANNEL = re.compile(
    r"[^\n:：]{2,40}[:：]\s{0,2}(?:@\w{4,40}|https?://\S{1,200}|(?:www\.|t\.me/)\S{1,200})\s{0,2}(?:[|•·,/][^:：]{0,40})?$"
)
"""A line such as "Subscribe: @channel | Chat": nothing but a link behind its first words."""
_NAME_OF_CHANNEL = re.compile(r"@\w{4,}")
_CLAUSE_MAX = 200
_FOOTER_MAX = 140
_TITLE_MAX = 130
_STOPS = frozenset(".,;:!…。：")
"""What a title does not end in."""
_CAMERAS = frozenset("📷📸🎥📹🖼")
_CREDIT_MAX = 5
"""Words of the credit of a picture."""
_MAX_NAMES_IN_LEAD = 2
"""A line with as many outlets is about them and introduces no list."""
_MAX_LINES = 400
"""Ten times the lines of the longest lists; what follows is not read."""
_CLAUSE = re.compile(r"[,;—–]\s|[，、；]")
_TOPIC = re.compile(r"[》」』]?(?:는|은|は|则|則)")
"""Behind a name: it opens a clause of its own, whose verb comes last or is in no lexicon."""
_SMALL = "[a-zà-ÿа-яёіїєґα-ω]"
_CONJUNCTION = re.compile(rf"(?:[,;—–]\s(?:{_SMALL}{{1,12}}\s){{1,3}}|(?<=[»”\"'])\s{_SMALL}{{1,4}}\s)[«„“\"]?$")
"""A few small words before the name that opens the second clause, behind a comma or a quotation."""
_PREDICATE = re.compile(rf"[»”\"']?(?:\s{_SMALL}|:?\s[«„“\"])")
_CONJUNCTION_MAX = 40
_OPENING_WORDS = 2
_CITED_NEAR = 4
"""Words between a verb and the press that it attributes a statement to."""
_SHORTEST_STATEMENT = 3
"""Words that such a verb follows."""
_REACH = 12
"""Words before such a verb in which a phrase such as "of this" is looked for."""
_MAX_LABEL_WORDS = 4
_LABEL_SIGN = re.compile(r"\s?[:：|]\s?")
"""What parts a short label from what follows it."""
_MARKS = frozenset('«„“"')
_CALL_WORDS = 5
"""Words of a line among which its call to subscribe is."""
_SERVICE_REACH = 2
"""Words behind "conférence" among which "presse" makes one of it: "de presse"."""
_MAX_CLAUSES = 8
"""Outlets of one sentence that are looked at."""


@dataclass(slots=True)
class Unit:
    """A piece of a line that is attributed to outlets."""

    start: int
    end: int
    attribution: Attribution


@dataclass(slots=True)
class LineReading:
    """A line and what was found in it."""

    line: Line
    words: Offsets
    """Indexes of its first word and of the one after its last."""
    mentions: list[Mention]
    units: list[Unit] = field(default_factory=list)
    is_footer: bool = False
    is_press: bool = False
    """It speaks of the press and is attributed to no outlet, or opens with a sentence that is so."""
    lead: Offsets | None = None
    """A first sentence about the press, before the line's own units."""


def read(attributor: Attributor, tokens: Tokens, mentions: list[Mention]) -> list[LineReading]:
    """The lines of a post with their attributions by known outlets."""
    readings: list[LineReading] = []
    for whole in lines(tokens.text)[:_MAX_LINES]:
        inside = within(mentions, whole.start, whole.end)
        readings += [
            _read_line(attributor, tokens, line, inside if line is whole else within(inside, line.start, line.end))
            for line in cut_flattened(tokens, whole, inside)[: _MAX_LINES - len(readings)]
        ]
    return readings


def _read_line(attributor: Attributor, tokens: Tokens, line: Line, mentions: list[Mention]) -> LineReading:
    words = (tokens.at(line.start), tokens.at(line.end))
    reading = LineReading(line, words, mentions)
    reading.is_footer = is_footer(attributor, tokens, line, words, mentions)
    if reading.is_footer:
        return reading
    if mentions:
        press, first = attributor.press, words[0]
        whole = label(press, tokens, line, first, mentions) or credit(press, tokens, line, first, mentions)
        if whole is not None and whole.shape == Shape.CREDIT and len(mentions) > 1:
            reading.units = _credited_sentences(attributor, tokens, line, mentions)
        if whole is not None and not reading.units:
            reading.units = [Unit(line.start, line.end, whole)]
        if not reading.units:
            _read_sentences(attributor, tokens, reading)
    if not reading.units and len(mentions) < _MAX_NAMES_IN_LEAD:
        reading.is_press = speaks_of_press(attributor, tokens, line.start, line.end, mentions)
    return reading


def _credited_sentences(attributor: Attributor, tokens: Tokens, line: Line, mentions: list[Mention]) -> list[Unit]:
    """The sentences of a line, where each of several closes with its own outlet; else nothing."""
    found: list[Unit] = []
    for start, end in sentences(tokens.text, line.start, line.end):
        piece = Line(start, end, None, 0)
        own = credit(attributor.press, tokens, piece, tokens.at(start), within(mentions, start, end))
        if own is not None:
            found.append(Unit(start, end, own))
    return found if len(found) > 1 else []


def is_footer(
    attributor: Attributor, tokens: Tokens, line: Line, words: Offsets, mentions: list[Mention] | None = None
) -> bool:
    """Whether the line closes or advertises: only links, tags and names, a credit, or a call to subscribe."""
    if _NO_WORDS.fullmatch(tokens.text, line.start, line.end):
        return True
    if line.end - line.start > _FOOTER_MAX:
        return False
    if _POINTER_TO_CHANNEL.match(tokens.text, line.start, line.end):
        return True
    first, after = words
    if first == after:
        return True
    if tokens.words[first] in attributor.press.credits and tokens.text.startswith(":", tokens.ends[first]):
        return not _is_outlets(attributor, tokens, line, mentions, words)
    # A call opens with its verb where the line names an outlet: "Le Monde calls to join ..." is none.
    reach = 1 if mentions and not all(mention.is_ambiguous for mention in mentions) else _CALL_WORDS
    opening = tokens.words[first : min(after, first + reach)]
    return not attributor.press.footers.isdisjoint(opening) and ":" not in tokens.text[line.start : line.end]


def _is_outlets(
    attributor: Attributor, tokens: Tokens, line: Line, mentions: list[Mention] | None, words: Offsets
) -> bool:
    """Whether a line that opens like the credit of a picture is an outlet's: it names where the text above is from
    ("Source: X"), or the word is an outlet's name behind a bullet or before a statement of more words than a credit has
    ("Bild: ...").
    """
    first, after = words
    if not mentions:
        return False
    if mentions[0].first == first:
        is_bullet = line.marker is not None and _CAMERAS.isdisjoint(tokens.text[slice(*line.marker)])
        return is_bullet or after - first > _CREDIT_MAX
    return tokens.words[first] in attributor.press.origins and mentions[0].first - first <= 2


def is_promotion(tokens: Tokens, start: int, end: int) -> bool:
    """Whether a unit points to a channel instead of having content."""
    text = tokens.text
    if text.find("t.me/", start, end) >= 0:
        return True
    return text.find("@", start, end) >= 0 and _NAME_OF_CHANNEL.search(text, start, end) is not None


def speaks_of_press(attributor: Attributor, tokens: Tokens, start: int, end: int, mentions: list[Mention]) -> bool:
    """Whether the piece holds a word for the press as such, outside of outlets' names."""
    candidates = press_candidates(attributor, tokens)
    if not candidates:  # as of most texts
        return False
    first, after = tokens.at(start), tokens.at(end)
    words = tokens.words[first:after]
    if candidates.isdisjoint(words) or not attributor.press.has_press_word(words):
        return False
    for mention in mentions:
        for index in range(max(mention.first, first), min(mention.after, after)):
            words[index - first] = ""
    return attributor.press.has_press_word(_without_services(attributor, words))


def _without_services(attributor: Attributor, words: list[str]) -> list[str]:
    """The words without those for the press that are part of something else: "press conference", "rueda de prensa"."""
    press = attributor.press
    if press.press_services.isdisjoint(words):
        return words
    found = list(words)
    for place, word in enumerate(words):
        if word in press.press_services:
            for near in range(max(0, place - 1), min(len(words), place + _SERVICE_REACH + 1)):
                if words[near] in press.press:
                    found[near] = ""
    return found


def press_candidates(attributor: Attributor, tokens: Tokens) -> frozenset[str]:
    """The words of a text without which it does not speak of the press."""
    if tokens.press_candidates is None:
        tokens.press_candidates = attributor.press.press_candidates(tokens.words)
    return tokens.press_candidates


def is_review_title(attributor: Attributor, tokens: Tokens, start: int, end: int, mentions: list[Mention]) -> bool:
    """Whether a heading without outlets has a word of reviewing: "What they write about the bridge"."""
    if mentions or end - start > _TITLE_MAX or tokens.text[end - 1] in _STOPS:
        return False
    return not attributor.press.review.isdisjoint(tokens.words[tokens.at(start) : tokens.at(end)])


def cites_press(attributor: Attributor, tokens: Tokens, start: int, end: int) -> bool:
    """Whether a piece attributes its statement to the press ("..., write western media"): a story, no introduction."""
    first, after = tokens.at(start), tokens.at(end)
    press, cues = attributor.press, attributor.cues
    for index in range(first, after):
        if not press.is_press(tokens.words[index]):
            continue
        for place in range(index - 1, max(first, index - _CITED_NEAR) - 1, -1):
            cue = cues.at(tokens, place, index)
            if cue is not None and cue.use & (CueUse.VERB | CueUse.CITING):
                if tokens.between(place - 1, place).strip() == "," and place - first >= _SHORTEST_STATEMENT:
                    return True
                return _points_back(attributor, tokens, first, place)
            if ends_clause(tokens, place):
                break
    return False


def _points_back(attributor: Attributor, tokens: Tokens, first: int, after: int) -> bool:
    """Whether a phrase before a word refers to what was said before it ("об этом"); what opens a piece, or follows a
    short label ("Overview: ..."), may ask ("о чём пишут ...").
    """
    for place in range(min(after, first + _MAX_LABEL_WORDS) - 1, first - 1, -1):
        if _LABEL_SIGN.fullmatch(tokens.between(place, place + 1)):
            first = place + 1
            break
    start = max(first + 1, after - _REACH)
    helpers = (attributor.cues.helper_at(tokens, place, after) for place in range(start, after))
    return any(helper is not None and helper.use & CueUse.POINTER for helper in helpers)


def _read_sentences(attributor: Attributor, tokens: Tokens, reading: LineReading) -> None:
    line = reading.line
    pieces = sentences(tokens.text, line.start, line.end)
    found = [_sentence_units(attributor, tokens, piece, reading.mentions) for piece in pieces]
    if not any(found):
        return
    _add_named_sentences(attributor, tokens, pieces, found, reading.mentions)
    opening = 0
    while not found[opening] and speaks_of_press(attributor, tokens, *pieces[opening], reading.mentions):
        opening += 1
    if opening:
        reading.lead = (pieces[0][0], pieces[opening - 1][1])
    reading.units = _grouped(pieces[opening:], found[opening:])


def _add_named_sentences(
    attributor: Attributor, tokens: Tokens, pieces: list[Offsets], found: list[list[Unit]], mentions: list[Mention]
) -> None:
    """Give the sentences between those with a cue a unit of their own, where they open with another outlet or quote it:
    their verb may be in no lexicon.
    """
    if len(mentions) < 2:
        return
    last = frozenset[str]()
    for place, (start, end) in enumerate(pieces):
        if found[place]:
            last = found[place][-1].attribution.outlet_names
            continue
        first = tokens.at(start)
        for mention in within(mentions, start, end)[:1]:
            is_opening = mention.first - first <= _OPENING_WORDS
            if mention.is_ambiguous or mention.outlet.name in last or not (is_opening or _quotes(tokens, start, end)):
                continue
            if not attributor.is_object(tokens, first, mention):
                found[place] = [Unit(start, end, Attribution(Shape.NAMED, (mention,), None, start))]
                last = frozenset((mention.outlet.name,))


def _quotes(tokens: Tokens, start: int, end: int) -> bool:
    return not _MARKS.isdisjoint(tokens.text[start:end]) or tokens.text.find("''", start, end) >= 0


def _sentence_units(attributor: Attributor, tokens: Tokens, piece: Offsets, mentions: list[Mention]) -> list[Unit]:
    start, end = piece
    inside = within(mentions, start, end)
    if not inside:
        return []
    found = _with_named(attributor, tokens, start, inside, attributor.cued(tokens, start, end, inside))
    units: list[Unit] = []
    for attribution in found:
        if not units:
            units.append(Unit(start, end, attribution))
            continue
        held = units[-1]
        if held.attribution.outlet_names == attribution.outlet_names:
            continue
        cut = _clause_cut(attributor, tokens, held.attribution, attribution)
        cue = held.attribution.cue
        if cut is None:
            continue
        if cue is not None and tokens.ends[cue.after - 1] > cut[0]:
            if (
                not _TOPIC.match(tokens.text, attribution.mentions[-1].end)
                or cue.first < attribution.mentions[-1].after
            ):
                continue
            # The verb that closes the sentence belongs to its last clause.
            held.attribution = replace(held.attribution, cue=None, shape=Shape.NAMED)
            attribution = replace(attribution, cue=attribution.cue or cue, shape=Shape.SUBJECT)
        units.append(Unit(cut[1], end, attribution))
        held.end = cut[0]
    return units


def _with_named(
    attributor: Attributor, tokens: Tokens, start: int, mentions: list[Mention], found: list[Attribution]
) -> list[Attribution]:
    """The attributions of a sentence, and the outlets of other clauses, whose verbs no lexicon has: ""..." is X's
    headline, while Y says ...".
    """
    if len(mentions) < 2:
        return found
    taken = {mention.start for attribution in found for mention in attribution.mentions}
    first = tokens.at(start)
    others = [
        Attribution(Shape.NAMED, (mention,), None, start)
        for mention in mentions[:_MAX_CLAUSES]
        if mention.start not in taken and not mention.is_ambiguous and not attributor.is_object(tokens, first, mention)
    ]
    clauses: list[list[Attribution]] = []
    for attribution in sorted([*found, *others], key=_first_start):
        if clauses and not _opens_clause(attributor, tokens, clauses[-1][-1], attribution):
            clauses[-1].append(attribution)
        else:
            clauses.append([attribution])
    if len(clauses) < 2:
        return found
    return [attribution for clause in clauses for attribution in _with_cue(clause) or clause[:1]]


def _with_cue(clause: list[Attribution]) -> list[Attribution]:
    return [attribution for attribution in clause if attribution.shape != Shape.NAMED]


def _first_start(attribution: Attribution) -> int:
    return attribution.mentions[0].start


def _opens_clause(attributor: Attributor, tokens: Tokens, left: Attribution, right: Attribution) -> bool:
    """Whether a conjunction parts two outlets, and the second has a cue, or a small word or a quotation behind it."""
    cut = _clause_cut(attributor, tokens, left, right)
    if cut is None:
        return False
    if _CLAUSE.fullmatch(tokens.text, *cut) and _TOPIC.match(tokens.text, right.mentions[-1].end):
        return True
    if not _CONJUNCTION.fullmatch(tokens.text, *cut):
        return False
    return right.shape != Shape.NAMED or _PREDICATE.match(tokens.text, right.mentions[-1].end) is not None


def _clause_cut(attributor: Attributor, tokens: Tokens, left: Attribution, right: Attribution) -> Offsets | None:
    """Where the clause of the second outlet begins, between the two names: the end of the first and the start of the
    second, without a conjunction between them.
    """
    name = right.mentions[0]
    opening = name.first
    while opening > left.mentions[-1].after and _belongs_to_name(attributor, tokens.words[opening - 1]):
        if tokens.between(opening - 1, opening).strip(' «„“"'):
            break
        opening -= 1
    stop = tokens.starts[opening]
    if right.cue is not None and right.cue != left.cue:
        stop = min(stop, tokens.starts[right.cue.first])
    after = left.mentions[-1].end
    if left.cue is not None and tokens.ends[left.cue.after - 1] < stop:
        after = max(after, tokens.ends[left.cue.after - 1])
    cuts = list(_CLAUSE.finditer(tokens.text, max(after, stop - _CLAUSE_MAX), stop))
    if cuts:
        quotations = quoted(tokens.text, min(left.body, left.mentions[0].start), right.mentions[-1].end)
        cuts = [cut for cut in cuts if not any(start <= cut.start() < end for start, end in quotations)]
    conjunction = _CONJUNCTION.search(tokens.text, max(after, stop - _CONJUNCTION_MAX), stop)
    if conjunction is not None:
        return conjunction.start(), conjunction.end()
    return cuts[-1].span() if cuts else None


def _belongs_to_name(attributor: Attributor, word: str) -> bool:
    return word in ARTICLES or attributor.press.describes(word)


def _grouped(pieces: list[Offsets], found: list[list[Unit]]) -> list[Unit]:
    """Units over whole sentences: what follows a name belongs to it, what comes before the first name too; where the
    names close their statements, what comes before a name belongs to that name.
    """
    units: list[Unit] = []
    names_close = _names_close(found)
    begin: int | None = pieces[0][0]
    for (start, end), own in zip(pieces, found, strict=True):
        if begin is None:
            begin = start
        if not own:
            if units and not names_close:
                units[-1].end = end
                begin = None
            continue
        if units and units[-1].attribution.outlet_names == own[0].attribution.outlet_names:
            units[-1].end = own[0].end
            own = own[1:]
        if own:
            own[0].start = begin if not units or names_close else start
            units.extend(own)
        begin = None
    if units and names_close and not found[-1]:
        units[-1].end = pieces[-1][1]
    return units


def _names_close(found: list[list[Unit]]) -> bool:
    shapes = [own[0].attribution.shape for own in found if own and own[0].attribution.shape != Shape.NAMED]
    return len(shapes) > 1 and not found[0] and all(shape == Shape.CUED for shape in shapes)
