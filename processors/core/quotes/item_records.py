"""The record of an item: its cue, quoted strings, cited persons and kind."""

from operator import attrgetter

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.shapes import Attribution, Shape
from processors.core.quotes.lexicon.cues import Cue, CueUse
from processors.core.quotes.lexicon.outlets import Mention, within
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.quotation_marks import quoted
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.quote_runs import RunItem
from schemas import MediaQuote, QuoteKind, Span

_DIRECT_SHARE = 0.8
_DOUBT = 0.15
_OUTLET = attrgetter("outlet")
_MAX_NAME_WORDS = 4
_NEAR = 8
"""Words beside a name in which a verb of attribution is looked for."""


def span_of(text: str, start: int, end: int) -> Span:
    """The piece of a text as a span."""
    return Span(text=text[start:end], start=start, end=end)


def media_quote(
    attributor: Attributor,
    tokens: Tokens,
    mentions: list[Mention],
    item: RunItem,
    key: str,
    position: int,
    confidence: float,
) -> MediaQuote:
    """The record of one item."""
    text = tokens.text
    attribution = item.attribution
    inside = within(mentions, item.start, item.end)
    words = (tokens.at(item.start), tokens.at(item.end))
    cue = attribution.cue or _reference_cue(attributor, tokens, item, words[1], inside)
    if cue is None and attribution.shape == Shape.NAMED:
        cue = _nearest_cue(attributor, tokens, attribution.mentions[0], words)
    quotes = [q for q in quoted(text, item.start, item.end) if _is_quotation(tokens, q, inside, attribution, cue)]
    cue_span = tokens.span(cue.first, cue.after) if cue is not None else None
    return MediaQuote(
        text=text[item.start : item.end],
        start=item.start,
        end=item.end,
        key=key,
        position=position,
        marker=text[slice(*item.marker)].strip() if item.marker else None,
        outlets=tuple(map(_OUTLET, attribution.mentions)),
        outlet_text=tuple([span_of(text, m.start, m.end) for m in attribution.mentions]),
        cue=span_of(text, *cue_span) if cue_span else None,
        kind=_kind(text, item, quotes, cue),
        quotes=tuple([text[start:end] for start, end in quotes]),
        quote_offsets=tuple(quotes),
        cited=tuple(_cited(attributor, tokens, words, inside)),
        topic=span_of(text, *item.topic) if item.topic else None,
        confidence=_confidence(attribution, confidence),
    )


def _confidence(attribution: Attribution, of_list: float) -> float:
    """The list's confidence, less for what is uncertain in the item itself."""
    doubts = (not attribution.is_known) + attribution.is_ambiguous + attribution.is_guessed
    return round(of_list * (1 - _DOUBT * doubts), 2)


def _reference_cue(
    attributor: Attributor, tokens: Tokens, item: RunItem, stop: int, mentions: list[Mention]
) -> Cue | None:
    attribution = item.attribution
    if attribution.shape not in (Shape.LABEL, Shape.ALONE):
        return None
    names = attribution.outlet_names
    again = [m for m in mentions if m.start >= attribution.body and m.outlet.name in names]
    return attributor.reference_cue(tokens, tokens.at(attribution.body), stop, again)


def _nearest_cue(attributor: Attributor, tokens: Tokens, mention: Mention, bounds: Offsets) -> Cue | None:
    """The verb of attribution that is nearest to a name which no form or cue ties to its unit, first behind it."""
    behind = range(mention.after, min(bounds[1], mention.after + _NEAR))
    before = range(mention.first - 1, max(bounds[0], mention.first - _NEAR) - 1, -1)
    for place in (*behind, *before):
        cue = attributor.cues.at(tokens, place, bounds[1])
        if cue is not None and cue.use & CueUse.VERB and not tokens.is_capitalised(place):
            return cue
    return None


def _is_quotation(
    tokens: Tokens, span: Offsets, mentions: list[Mention], attribution: Attribution, cue: Cue | None
) -> bool:
    """Not an outlet's name and not a name or word in scare quotes: those are single words, capitalised or far from any
    cue.
    """
    start, end = span
    first, after = tokens.at(start), tokens.at(end)
    if after == first or any(
        m.start >= start - 1 and m.end <= end + 1 and after - first <= m.after - m.first + 1 for m in mentions
    ):
        return False
    if after - first > 2:
        return True
    before = tokens.text[max(0, start - 3) : start - 1].strip()
    if before.endswith(":"):
        return True
    is_name = tokens.is_capitalised(first)
    if after - first == 1:
        return not is_name and cue is not None and attribution.shape not in (Shape.LABEL, Shape.ALONE)
    return not (is_name and (tokens.is_capitalised(first + 1) or tokens.words[first + 1].isdigit()))


def _kind(text: str, item: RunItem, quotes: list[Offsets], cue: Cue | None) -> QuoteKind:
    if cue is not None and cue.use & CueUse.HEADLINE:
        return QuoteKind.HEADLINE
    if not quotes:
        return QuoteKind.INDIRECT
    body = item.attribution.body if item.attribution.shape in (Shape.LABEL, Shape.ALONE) else item.start
    names = sum(m.end - m.start for m in item.attribution.mentions) if body == item.start else 0
    length = len(text[body : item.end].strip(" \n.;:,")) - names
    inside = sum(end - start for start, end in quotes)
    return QuoteKind.DIRECT if inside >= _DIRECT_SHARE * max(1, length - 4) else QuoteKind.MIXED


def _cited(attributor: Attributor, tokens: Tokens, bounds: Offsets, mentions: list[Mention]) -> list[Span]:
    """Names that follow a phrase of citing; outlets are no persons."""
    first, stop = bounds
    words = tokens.words[first:stop]
    citing = attributor.cues.citing_words
    if citing.isdisjoint(words):
        return []
    outlet_words = {index for m in mentions for index in range(m.first, m.after)}
    found: list[Span] = []
    for index in [index for index, word in enumerate(words, first) if word in citing]:
        cue = attributor.cues.at(tokens, index, stop)
        if cue is None or not cue.use & CueUse.CITING or tokens.is_capitalised(index):
            continue
        start = cue.after
        while (
            start < stop and tokens.words[start] in attributor.press.titles and tokens.between(start - 1, start) == " "
        ):
            start += 1
        after = start
        while (
            after < min(stop, start + _MAX_NAME_WORDS) and _continues_name(tokens, after) and after not in outlet_words
        ):
            after += 1
        if after > start:
            found.append(span_of(tokens.text, *tokens.span(start, after)))
    return found


def _continues_name(tokens: Tokens, index: int) -> bool:
    first = tokens.text[tokens.starts[index]]
    return first.isupper() and tokens.between(index - 1, index) in (" ", "-", ". ")
