"""The evidence of each piece: facts of layout and attribution, never a word or a language.

A piece has a *kind* ("label", "cued", "press", "text" ...). Its evidence is what it is itself, the kinds of its
neighbours, and what the post has on the whole: how many outlets, how many pieces of its kind, a line about the press
above it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.by_label import LABEL_SIGNS
from processors.core.quotes.attribution.line_reading import (
    LineReading,
    cites_press,
    is_promotion,
    is_review_title,
    speaks_of_press,
)
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.label_names import is_like_outlet
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lines.lines import shows_media
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.pieces import HEADING_MAX, Piece

_QUOTATION = re.compile(r"[«„“”\"「『'](?:(?<!')|')")
_OPENS_QUOTATION = frozenset("«„“\"'「『‘”")
_TERMINAL = frozenset('.!?…»”"。！？')
_COLONS = frozenset(":：")
_LENGTHS = ((40, "length < 40"), (100, "length < 100"), (200, "length < 200"), (400, "length < 400"))
_LONG = "length >= 400"
_FIRST_WIDE, _AFTER_WIDE = "\u3040", "\ud7a4"
"""Letters of Chinese, Japanese and Korean, of which a statement has half as many."""
_FIRST_WORDS = 6
_CAPTION_MAX = 70
_CLOSING = ".)»\"”’'》」 "
_MAX_COUNT = 4
_FIGURES = frozenset("0123456789$€£")
_EDGE = "edge"
_AFTER_NAME = re.compile(r"[»\"”“’'*_》」』】]{0,3}\s?(?:[(\[][^()\[\]\n]{1,60}[)\]])?[»\"”*_]{0,2}\s{0,2}")


@dataclass(slots=True)
class Facts:
    """What is known of a piece."""

    kind: str
    has_outlet: bool
    own: list[str] = field(default_factory=list)
    """Names of its own evidence."""
    is_marked: bool = False
    is_new: bool = True
    """Another outlet than the last piece with one."""


def evidence_of(
    attributor: Attributor, tokens: Tokens, readings: list[LineReading], pieces: list[Piece]
) -> list[list[str]]:
    """Names of evidence for each piece."""
    facts = [_facts(attributor, tokens, readings, piece) for piece in pieces]
    _compare_outlets(pieces, facts)
    kinds = [_EDGE, _EDGE, *[fact.kind for fact in facts], _EDGE, _EDGE]
    post = _PostFacts(pieces, facts)
    return [
        _row(post, kinds, place, piece, fact) for place, (piece, fact) in enumerate(zip(pieces, facts, strict=True))
    ]


class _PostFacts:
    """Facts of a whole post."""

    def __init__(self, pieces: list[Piece], facts: list[Facts]) -> None:
        self.alike = Counter([(fact.kind, fact.is_marked) for fact in facts])
        outlets = {m.outlet.name for p in pieces if p.attribution is not None for m in p.attribution.mentions}
        self.outlets = _count("outlets", len(outlets))
        named = sum(fact.has_outlet for fact in facts)
        self.share = f"share {named * 4 // max(1, len(facts))}"
        self.press = [place for place, fact in enumerate(facts) if fact.kind == "press"]
        self.titles = [place for place, fact in enumerate(facts) if fact.kind in ("press:", "press title")]
        self.is_review = bool(facts) and facts[0].kind == "review title"
        marked = sum(fact.is_marked for fact in facts if fact.has_outlet)
        self.are_marked = named > 0 and marked * 2 > named

    def above(self, place: int) -> str:
        """What speaks of the press above a piece."""
        if self.titles and self.titles[0] < place:
            return "press introduces"
        if self.press and self.press[0] < place:
            return "press above"
        return "review above" if self.is_review and place > 0 else "no press above"


def _row(post: _PostFacts, kinds: list[str], place: int, piece: Piece, fact: Facts) -> list[str]:
    kind = fact.kind
    row = fact.own
    after, before = kinds[place + 3], kinds[place + 1]
    above = post.above(place)
    outlets = post.outlets
    alike = post.alike[kind, fact.is_marked]
    row += (
        kind,
        f"{kind}, {outlets}",
        f"{kind}, {above}",
        f"{kind}, {_count('alike', alike)}",
        f"{kind}, {post.share}",
        f"{kind}, {above}, {outlets}",
        f"before: {before}",
        f"after: {after}",
        f"{before} | {kind}",
        f"{kind} | {after}",
        f"two before: {kinds[place]}",
        f"two after: {kinds[place + 4]}",
        outlets,
        above,
        post.share,
    )
    if piece.ordinal == 0 and post.are_marked:
        row.append(f"{kind}, marked among marked" if fact.is_marked else f"{kind}, unmarked among marked")
    return row


def _count(name: str, number: int) -> str:
    return f"{name} {min(_MAX_COUNT, number)}"


def _compare_outlets(pieces: list[Piece], facts: list[Facts]) -> None:
    """Note where a piece goes on with the outlet of the last one that had any, and where one names several outlets that
    the pieces below name again: it introduces these.
    """
    _note_announced(pieces, facts)
    last: frozenset[str] = frozenset()
    before = -1
    for place, (piece, fact) in enumerate(zip(pieces, facts, strict=True)):
        if piece.attribution is None:
            continue
        names = piece.attribution.outlet_names
        fact.is_new = last.isdisjoint(names)
        if not fact.is_new:
            fact.own += ("same outlet", f"{fact.kind}, same outlet")
            if before == place - 1:
                fact.own.append(f"{facts[before].kind} | {fact.kind}, same outlet")
        last, before = names, place


def _note_announced(pieces: list[Piece], facts: list[Facts]) -> None:
    below: set[str] = set()
    for piece, fact in zip(reversed(pieces), reversed(facts), strict=True):
        if len(piece.mentions) > 1 and len(below & {mention.outlet.name for mention in piece.mentions}) > 1:
            fact.own += ("names outlets of the pieces below", f"{fact.kind}, names outlets of the pieces below")
        if piece.attribution is not None:
            below |= piece.attribution.outlet_names


def _facts(attributor: Attributor, tokens: Tokens, readings: list[LineReading], piece: Piece) -> Facts:
    reading = readings[piece.reading]
    line = reading.line
    text, start, end = tokens.text, piece.start, piece.end
    attribution = piece.attribution
    kind = _kind(attributor, tokens, reading, piece)
    fact = Facts(kind, has_outlet=attribution is not None)
    own = fact.own
    size = end - start
    own.append(_length(2 * size if _FIRST_WIDE <= text[(start + end) // 2] < _AFTER_WIDE else size))
    if piece.ordinal == 0:
        fact.is_marked = line.marker is not None
        blank = "blank line" if line.blank_before else "next line"
        own += ("marked", f"{kind}, marked") if fact.is_marked else ("unmarked",)
        own += (blank, f"{kind}, {blank}")
    else:
        own += ("in line", f"{kind}, in line")
    if _QUOTATION.search(text, start, end):
        own += ("quotation", f"{kind}, quotation")
    last = text[end - 1]
    own.append("ends in colon" if last in _COLONS else "ends in stop" if last in _TERMINAL else "ends open")
    written = text[start:end]
    if "t.me/" in written or "@" in written or "http" in written:
        own += ("link", f"{kind}, link")
    if attribution is not None:
        own += _source_facts(attributor, tokens, piece, attribution)
        if not attribution.is_known:
            is_shown = piece.ordinal == 0 and shows_media(text, line)
            own += _unknown_facts(attributor, tokens, attribution, is_shown=is_shown)
    else:
        own += _text_facts(attributor, tokens, piece)
    return fact


def _length(size: int) -> str:
    for limit, name in _LENGTHS:
        if size < limit:
            return name
    return _LONG


def _kind(attributor: Attributor, tokens: Tokens, reading: LineReading, piece: Piece) -> str:
    attribution = piece.attribution
    if reading.is_footer:
        return "footer"
    if attribution is not None:
        if not (attribution.is_known or attribution.is_shown or _is_cued_outlet(attributor, tokens, attribution)):
            return f"unknown {attribution.shape}"
        if attribution.is_guessed:
            return "guessed"
        return "caption" if _is_caption(tokens, piece, attribution) else attribution.shape
    text, start, end = tokens.text, piece.start, piece.end
    last = text[end - 1]
    if piece.is_announcing or speaks_of_press(attributor, tokens, start, end, piece.mentions):
        return _press_kind(attributor, tokens, piece)
    if text[start] in _OPENS_QUOTATION:
        return "quotation"
    if last in _COLONS:
        return "text:"
    is_first = piece.reading == 0 and piece.ordinal == 0
    if is_first and is_review_title(attributor, tokens, start, end, piece.mentions):
        return "review title"
    if end - start <= HEADING_MAX and last not in _TERMINAL:
        return "heading"
    return "text"


def _is_cued_outlet(attributor: Attributor, tokens: Tokens, attribution: Attribution) -> bool:
    """Whether a name with a word of outlets' names has a cue."""
    if attribution.shape not in (Shape.SUBJECT, Shape.CUED):
        return False
    return all(is_like_outlet(attributor, tokens, one.start, one.end) for one in attribution.mentions)


def _is_caption(tokens: Tokens, piece: Piece, attribution: Attribution) -> bool:
    """Whether a few words lead to the name that closes the piece: "Front page of the Harbour Times"."""
    text, end = tokens.text, piece.end
    return (
        attribution.shape == Shape.NAMED
        and end - piece.start <= _CAPTION_MAX
        and piece.mentions != []
        and piece.mentions[-1].start > piece.start
        and not text[piece.mentions[-1].end : end].strip(_CLOSING)
        and not _QUOTATION.search(text, piece.start, piece.mentions[0].start)
    )


def _press_kind(attributor: Attributor, tokens: Tokens, piece: Piece) -> str:
    """A line about the press: it introduces by a colon, is a title, or says something about the press."""
    last = tokens.text[piece.end - 1]
    if last in _COLONS:
        return "press:"
    if cites_press(attributor, tokens, piece.start, piece.end):
        return "press cited"
    if piece.end - piece.start > HEADING_MAX:
        return "press"
    words = tokens.words[tokens.at(piece.start) : tokens.at(piece.end)]
    return "press" if last in _TERMINAL and attributor.press.review.isdisjoint(words) else "press title"


def _source_facts(attributor: Attributor, tokens: Tokens, piece: Piece, attribution: Attribution) -> list[str]:
    found: list[str] = []
    mention = attribution.mentions[0]
    press = attributor.press
    if attribution.is_ambiguous:
        found += ("ambiguous", f"{attribution.shape}, ambiguous")
    others = len({m.outlet.name for m in piece.mentions}) - len(attribution.outlet_names)
    if others > 0:
        found += (_count("other outlets", others), f"{attribution.shape}, other outlets")
    if attribution.shape in (Shape.LABEL, Shape.ALONE, Shape.CREDIT):
        if attribution.shape == Shape.LABEL:
            found.append(f"label by {_sign(tokens.text, attribution.body)}")
            if tokens.text[attribution.body : attribution.body + 2].strip()[:1] in _FIGURES:
                found.append("label before a figure")
        if "(" in tokens.text[mention.end : mention.end + 3]:
            found.append("place in brackets")
        return found
    found.append(f"{attribution.shape}, {_next_sign(tokens.text, attribution.mentions[-1].end, piece.end)}")
    distance = mention.first - tokens.at(piece.start)
    found.append("name opens" if distance <= 1 else "name near the start" if distance <= _FIRST_WORDS else "name later")
    beside = tokens.words[max(0, mention.first - 2) : mention.first] + tokens.words[mention.after : mention.after + 1]
    if any(map(press.describes, beside)):
        found.append(f"{attribution.shape}, described")
    if attribution.shape == Shape.NAMED and attributor.reference_cue(
        tokens, tokens.at(piece.start), tokens.at(piece.end), [mention]
    ):
        found.append("named, cue beside")
    if not tokens.text[mention.end : piece.end].strip('.)»"” '):
        found.append(f"{attribution.shape}, name closes")
    return found


def _sign(text: str, body: int) -> str:
    before = text[max(0, body - 4) : body].rstrip()[-1:]
    if before and before in LABEL_SIGNS:
        return "sign"
    return "colon" if before in _COLONS else "stop" if before == "." else "bar" if before in "|]】" else "dash"


def _next_sign(text: str, start: int, end: int) -> str:
    """What follows a name, its closing marks and its place."""
    match = _AFTER_NAME.match(text, start, end)
    sign = text[match.end() : match.end() + 1] if match and match.end() < end else ""
    if not sign:
        return "then nothing"
    if sign in _COLONS:
        return "then colon"
    if sign in ",;，、；":
        return "then comma"
    if sign in "-–—|":
        return "then dash"
    if sign in ".!?…。！？":
        return "then stop"
    if sign in _OPENS_QUOTATION:
        return "then quotation"
    return "then capital" if sign.isupper() else "then word"


def _unknown_facts(attributor: Attributor, tokens: Tokens, attribution: Attribution, *, is_shown: bool) -> list[str]:
    """The form of a name that no registry has; ``is_shown`` by its bullet to be an outlet's."""
    mention = attribution.mentions[0]
    words = tokens.words[mention.first : mention.after]
    name = tokens.text[mention.start : mention.end]
    found: list[str] = []
    if "(" in tokens.text[mention.end : mention.end + 3]:
        found.append("unknown, place")
    if words[0] in ARTICLES or words[0] == "al":
        found.append("unknown, article")
    if is_shown or any(word in attributor.press.kinds or attributor.press.ends_like_name(word) for word in words):
        found.append("unknown, word of outlets")
    if any(char.isdigit() for char in name) or any(
        part[1:] != part[1:].lower() and not part.isupper() for part in name.split()
    ):
        found.append("unknown, camel case or figure")
    body = tokens.text[attribution.body : attribution.body + 80]
    if name.isascii() and any(char > "\u0370" and char.isalpha() for char in body):
        found.append("unknown, other alphabet")
    if not found:
        found.append(f"unknown, plain, {min(3, len(words))} words")
    return found


def _text_facts(attributor: Attributor, tokens: Tokens, piece: Piece) -> list[str]:
    found: list[str] = []
    press = attributor.press
    first, after = tokens.at(piece.start), tokens.at(piece.end)
    words = tokens.words[first:after]
    if not press.review.isdisjoint(words):
        found.append("review")
    if not press.person.isdisjoint(words[:_FIRST_WORDS]):
        found.append("first person")
    if not press.footers.isdisjoint(words[:_FIRST_WORDS]):
        found.append("word of footers")
    if not press.promotion.isdisjoint(words) or is_promotion(tokens, piece.start, piece.end):
        found.append("promotion")
    if not press.references.isdisjoint(words):
        found.append("refers back")
        if attributor.reference_cue(tokens, first, after, []):
            found.append("refers back with cue")
    if piece.mentions:
        found.append("outlet as object")
    if tokens.text[piece.start].islower():
        found.append("opens in lower case")
    return found
