"""From a text to its tagged pieces and their runs: the part of the split that training shares."""

import re
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.line_reading import LineReading, press_candidates, read
from processors.core.quotes.attribution.names_below import attach_closing_names
from processors.core.quotes.attribution.shapes import Shape
from processors.core.quotes.lead_in import LeadIn, LeadInFinder
from processors.core.quotes.lexicon.names_by_form import names_by_form
from processors.core.quotes.lexicon.outlets import Mention, OutletName, locate
from processors.core.quotes.lexicon.scripts import UNPARTED
from processors.core.quotes.lines.tokens import Spelling, Tokens, tokenize, words_in
from processors.core.quotes.named_text import NamedText
from processors.core.quotes.tagging.facts import evidence_of
from processors.core.quotes.tagging.marked_items import with_marked_alike, with_paragraphs_alike
from processors.core.quotes.tagging.model import TaggedPieces
from processors.core.quotes.tagging.pieces import Piece, pieces_of
from processors.core.quotes.tagging.quotations import with_whole_quotations
from processors.core.quotes.tagging.quote_runs import QuoteRun, runs_of, says_something
from processors.core.quotes.tagging.sections import with_sections
from processors.core.quotes.unknown_outlets import add_unknown
from processors.core.text.character_kinds import UNCASED
from schemas import EntityKind, Outlet, TextEntity

MAX_NAMES = 100
"""Names of a post that are read: three times those of the longest lists."""
_PLACES = re.compile(r"\n[^\n(]{2,60}\([^)\n]{2,60}\)")
"""Lines that open like "Outlet (country)"."""
_LABELS = re.compile(r"\n[^\s:：][^\n:：]{1,40}(?::[*_]{0,2} |：)|\n\S[^\n–—|]{1,40} [–—|] ")
"""Lines that open like "Outlet: " or "Outlet — "."""
_SELDOM_LABELS = re.compile(r"\n\S[^\n=→➜]{1,40}?(?:[=→➜－─｜]| // |»\. |\u3000|\] |】|《)")
"""Lines that open like "Outlet → "."""
_CREDITS = re.compile(r" (?:[(（][^()（）\n:/]{3,40}[)）]\.?|[|—–] [^\n|—–:.]{2,40})\n")
"""Lines that close like "(Outlet)" or "— Outlet"."""
_QUOTED_NAMES = re.compile(r"(?:\A|\n)[^\n«„“\"]{0,24}[«„“\"][^\W\d_][^\n,.;:!?»”“\"]{1,40}[»”“\"] \w")
"""Lines that open like "The weekly “Outlet” writes"."""
_CLOSING_MARKS = '»“”"'
_SIGNED = re.compile(r"\n[^\n:：–—|(=→➜/»\]】《\u3000－─｜]{0,61}[:：–—|(=→➜/»\]】《\u3000－─｜]")
"""Lines with one of the signs of these patterns where they have it: one look in place of three, for most posts."""
_LONGEST_ACRONYM = 4
_MIN_ALIKE = 3
"""Lines of a seldom form that make a list of unknown outlets."""
_HEADING_MAX = 80
_STOPS = frozenset(".!…»")
"""What the heading of a review hardly ends in."""
_MIN_LABELS = 2
_SURROGATE = re.compile(r"[\ud800-\udfff]")
"""Half a character, which no record can hold; its place keeps the offsets."""
_NOT_PROSE = frozenset([Shape.LABEL, Shape.ALONE, Shape.CREDIT])
_START = attrgetter("start")
_EVIDENCE = (EntityKind.BOLD, EntityKind.TEXT_LINK, EntityKind.UNDERLINE)


@dataclass(frozen=True, slots=True)
class PreparedPost:
    """A post with the evidence of its pieces, before any model."""

    tokens: Tokens
    mentions: list[Mention]
    readings: list[LineReading]
    pieces: list[Piece]
    evidence: list[list[str]]


@dataclass(frozen=True, slots=True)
class IntroducedRun:
    """A run and the line that introduces it."""

    run: QuoteRun
    lead: LeadIn | None


def prepare(
    attributor: Attributor, named: NamedText, entities: tuple[TextEntity, ...], *, for_lists_alone: bool = False
) -> PreparedPost | None:
    """A post's pieces with their evidence; null where its names cannot make a list. ``for_lists_alone`` also where its
    pieces cannot, which spares their evidence.
    """
    names = _names(attributor, named)
    if names is None:
        return None
    tokens = tokenize(_whole_characters(named.text), named.spelling)
    names = _with_loose(attributor, named.spelling, tokens.words, names)
    if named.spelling.letters & UNCASED:
        tokens = attributor.unparted.parted(tokens, [(name.start, name.end) for name in names])
    located = locate(tokens, _with_evidence(_by_initials(named.text, names[:MAX_NAMES]), entities))
    mentions = [mention for mention in located if not (mention.is_ambiguous and _is_noun(attributor, tokens, mention))]
    readings = read(attributor, tokens, mentions)
    add_unknown(attributor, tokens, readings)
    attach_closing_names(tokens, readings)
    pieces = pieces_of(attributor, tokens, readings)
    if for_lists_alone and not _may_be_list(attributor, tokens, pieces):
        return None
    return PreparedPost(tokens, mentions, readings, pieces, evidence_of(attributor, tokens, readings, pieces))


def _by_initials(text: str, names: list[OutletName]) -> list[OutletName]:
    """The names, with an acronym given to the outlet named before it that has these initials: "O Diário de Notícias ...
    O DN diz ainda ..." is not Dagens Nyheter's.
    """
    found: list[OutletName] = []
    named: dict[str, Outlet] = {}
    for name in names:
        written = text[name.start : name.end]
        if len(written) <= _LONGEST_ACRONYM and written.isupper():
            outlet = named.get(written)
            found.append(name if outlet is None else name._replace(outlet=outlet))
            continue
        named["".join(word[0] for word in name.outlet.name.split() if word[0].isupper())] = name.outlet
        found.append(name)
    return found


def _may_be_list(attributor: Attributor, tokens: Tokens, pieces: list[Piece]) -> bool:
    """Whether two pieces are attributed to outlets, to two different ones, and are more than a story of two outlets
    that nothing introduces: of such a run none is a list.
    """
    attributions = [piece.attribution for piece in pieces if piece.attribution is not None]
    if len(attributions) < 2:
        return False
    outlets = len(frozenset[str]().union(*[one.outlet_names for one in attributions]))
    if outlets != 2 or any(one.shape in _NOT_PROSE for one in attributions):
        return outlets > 1
    press = attributor.press
    if not press.review.isdisjoint(tokens.words):
        return True
    return bool(press_candidates(attributor, tokens)) and press.has_press_word(tokens.words)


def introduced_runs(attributor: Attributor, post: PreparedPost, tagged: TaggedPieces) -> list[IntroducedRun]:
    """The runs that tags make, not yet judged."""
    tokens, readings = post.tokens, post.readings
    tagged = with_marked_alike(attributor, tokens, readings, post.pieces, tagged)
    pieces, tagged = with_paragraphs_alike(readings, post.pieces, tagged)
    tagged = with_sections(tokens, readings, pieces, tagged)
    tagged = with_whole_quotations(tokens, readings, pieces, tagged)
    runs = runs_of(tokens, readings, pieces, tagged, attributor.press.pronouns)
    taken = {place for run in runs for item in run.items for place in range(item.first, item.after)}
    finder = LeadInFinder(attributor, tokens, readings, pieces, taken)
    found: list[IntroducedRun] = []
    for run in runs:
        items = [item for item in run.items if says_something(item)]
        run.empty, run.items = len(run.items) - len(items), items
        if run.items:
            found.append(IntroducedRun(run, _introduced(run, finder.of(run))))
    return found


def _introduced(run: QuoteRun, lead: LeadIn | None) -> LeadIn | None:
    """A run's introduction, which is no topic of its items."""
    if lead is not None and lead.is_title:
        for item in run.items:
            if item.topic == lead.span:
                item.topic = None
    return lead


def _names(attributor: Attributor, named: NamedText) -> list[OutletName] | None:
    """The outlets of a spelling; null where they cannot make a list: a cheap test first, for nearly no post holds
    one.
    """
    text, spelling, names = named.text, named.spelling, named.names
    if names and spelling.letters & UNCASED:
        names = names_by_form(spelling.text, names)
    if len({name.outlet.name for name in names}) > 1 or _may_be_unknown(attributor, text, spelling, names):
        return names or names_by_form(spelling.text, names)
    return None


def _with_loose(
    attributor: Attributor, spelling: Spelling, words: list[str], names: list[OutletName]
) -> list[OutletName]:
    """The names of a spelling with those that are nearly right, at their places in the text."""
    loose = attributor.registry.loose_names(spelling.text, words, names)
    if loose:
        names = sorted([*names, *loose], key=_START)
    if spelling.offsets is not None:
        names = [name._replace(start=spelling.at(name.start), end=spelling.at(name.end)) for name in names]
    return names


def _may_be_unknown(attributor: Attributor, text: str, spelling: Spelling, names: list[OutletName]) -> bool:
    breaks = text.count("\n")
    if breaks < _MIN_ALIKE - 1:
        return False
    has_form = names or _has_labels(text) or _has_credits(text) or _has_quoted_names(text)
    if not (has_form or (breaks >= _MIN_ALIKE and _is_review(attributor, text))):
        return False
    may_be_of_press, kinds = attributor.press.signs_in(spelling.lower)
    may_have_kinds = names != [] and kinds >= _MIN_LABELS
    if not may_be_of_press and not may_have_kinds:  # as most
        return False
    words = _words(attributor, spelling)
    return attributor.press.has_press_word(words) or (may_have_kinds and _has_kinds(attributor, words))


def _is_review(attributor: Attributor, text: str) -> bool:
    """Whether the first line is a short one with a word for the press."""
    end = text.find("\n", 0, _HEADING_MAX)
    if end < 1 or text[end - 1] in _STOPS:
        return False
    return attributor.press.has_press_word(text[:end].lower().split())


def _has_kinds(attributor: Attributor, words: list[str]) -> bool:
    """Whether words say what several outlets are and of which country: "Austrian newspaper", "Greek daily"."""
    press = attributor.press
    described = sum(
        right in press.kinds and left not in press.kinds and press.describes(left) for left, right in pairwise(words)
    )
    return described >= _MIN_LABELS


def _has_labels(text: str) -> bool:
    signed = len(_SIGNED.findall(text))
    if signed < _MIN_LABELS:  # as most
        return False
    if len(_LABELS.findall(text)) >= _MIN_LABELS or len(_PLACES.findall(text)) >= _MIN_LABELS:
        return True
    return signed >= _MIN_ALIKE and len(_SELDOM_LABELS.findall(text)) >= _MIN_ALIKE


def _has_quoted_names(text: str) -> bool:
    for mark in _CLOSING_MARKS:
        if mark in text and text.count(mark) >= _MIN_ALIKE:  # to look takes less time than to count
            return len(_QUOTED_NAMES.findall(text)) >= _MIN_ALIKE
    return False


def _has_credits(text: str) -> bool:
    if ")\n" not in text and " | " not in text and " — " not in text and " – " not in text:
        return False
    return len(_CREDITS.findall(text)) >= _MIN_ALIKE - 1


def _words(attributor: Attributor, spelling: Spelling) -> list[str]:
    """The words of a spelling, with those of scripts that put no blanks between them."""
    words = words_in(spelling)
    if spelling.letters & UNCASED and UNPARTED.search(spelling.text):
        words += [
            spelling.text[slice(*span)] for span in attributor.unparted.words(spelling.text, 0, len(spelling.text))
        ]
    return words


def _whole_characters(text: str) -> str:
    try:
        text.encode()  # a hundred times faster than to search
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _is_noun(attributor: Attributor, tokens: Tokens, mention: Mention) -> bool:
    """Whether a name that is also a word for an outlet or its writers opens a sentence as such a word does ("Dziennik
    przypomina, ..."): neither in quotation marks nor a label.
    """
    first = mention.first
    if _is_adjective(attributor, tokens, mention) or _is_press(attributor, tokens, mention):
        return True
    if mention.after - first != 1 or tokens.words[first] not in attributor.press.references:
        return False
    before = tokens.text[max(0, mention.start - 2) : mention.start]
    opens = not before.strip() or before.strip()[-1] in ".!?…"
    return (
        opens
        and tokens.text[mention.end : mention.end + 1] == " "
        and tokens.text[mention.end + 1 : mention.end + 2].islower()
    )


def _is_adjective(attributor: Attributor, tokens: Tokens, mention: Mention) -> bool:
    """Whether a name of one word describes the press that follows it: "Local papers", "Independent media"."""
    after = mention.after
    if after - mention.first != 1 or after >= len(tokens.words) or tokens.is_capitalised(after):
        return False
    press, word = attributor.press, tokens.words[after]
    return word in press.press and word not in press.kinds and tokens.between(after - 1, after) == " "


def _is_press(attributor: Attributor, tokens: Tokens, mention: Mention) -> bool:
    """Whether a name of one word is the press: of a country ("die deutsche Presse"), in a title ("Revue de presse"), or
    as what a first line is about, with no cue ("Die Presse zum Streik").
    """
    first, after, press = mention.first, mention.after, attributor.press
    if after - first > 2 or tokens.words[after - 1] not in press.press or tokens.words[after - 1] in press.kinds:
        return False
    if first == 0:
        is_followed = after < len(tokens.words) and tokens.between(after - 1, after) == " "
        return is_followed and not tokens.is_capitalised(after) and tokens.words[after] in press.openers
    before = tokens.words[first - 1]
    if tokens.between(first - 1, first) != " ":
        return False
    if before in press.review or (first > 1 and before in press.particles and tokens.words[first - 2] in press.review):
        return True
    return press.describes(before) and before not in press.kinds and not tokens.is_capitalised(first - 1)


def _with_evidence(names: list[OutletName], entities: tuple[TextEntity, ...]) -> list[OutletName]:
    """Bold type or a link over a name shows that a word which could be another is a name."""
    marked = {(e.start, e.end) for e in entities if e.kind in _EVIDENCE}
    if not marked:
        return names
    return [name._replace(is_ambiguous=name.needs_support) if _is_marked(name, marked) else name for name in names]


def _is_marked(name: OutletName, marked: set[tuple[int, int]]) -> bool:
    """Whether an entity covers just the name, or it with a colon or a blank after it."""
    return any((name.start, name.end + after) in marked for after in (0, 1))
