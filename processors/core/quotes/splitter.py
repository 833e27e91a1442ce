"""The splitter: text and entities in, media-quote lists out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.lead_in import LeadIn, find_lead_in
from processors.core.quotes.attribution.reading import read
from processors.core.quotes.attribution.runs import QuoteRun, runs
from processors.core.quotes.explain import Reason, ReasonSubject
from processors.core.quotes.items import media_quote, span_of
from processors.core.quotes.lexicon.cues import CueLexicon
from processors.core.quotes.lexicon.outlets import Mention, OutletName, OutletRegistry, locate
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.lines.tokens import Spelling, Tokens, tokenize, words_in
from processors.core.quotes.list_decision import ListDecision, decide, reasons
from processors.core.quotes.named_text import NamedText, name_all
from processors.core.quotes.unknown import add_unknown
from schemas import EntityKind, QuoteList, TextEntity
from schemas.keys import quote_key

_PLACES = re.compile(r"\n[^\n(]{2,60}\([^)\n]{2,60}\)")
"""Lines that open like "Outlet (country)"."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
"""Half a character, which no record can hold; its place keeps the offsets."""
_EVIDENCE = (EntityKind.BOLD, EntityKind.TEXT_LINK, EntityKind.UNDERLINE)


@dataclass(frozen=True, slots=True)
class _DecidedRun:
    run: QuoteRun
    lead: LeadIn | None
    decision: ListDecision


@dataclass(frozen=True, slots=True)
class _Analysis:
    tokens: Tokens
    mentions: list[Mention]
    decided: list[_DecidedRun]


class QuoteSplitter:
    """Finds media-quote lists. Holds only the lexicons; one instance serves all posts and threads."""

    def __init__(self, registry: OutletRegistry, cues: CueLexicon, press: PressLexicon) -> None:
        self.registry = registry
        self._attributor = Attributor(registry, cues, press)

    def split(self, text: str, entities: tuple[TextEntity, ...], post_key: str) -> tuple[QuoteList, ...]:
        """The media-quote lists of a post, in order.

        ``text`` is the post's clean text; every offset in the result counts its code points. Lone surrogates come out
        as U+FFFD. ``entities`` may be empty or out of range: they are evidence, never needed.
        """
        (lists,) = self.split_all([(text, entities, post_key)])
        return lists

    def name_all(self, texts: Sequence[str], letters: Sequence[int] | None = None) -> list[NamedText]:
        """The texts with the known outlets that they name; ``letters`` are the kinds of letters in each, if known."""
        return name_all(self.registry, texts, letters)

    def split_all(
        self, posts: Sequence[tuple[str, tuple[TextEntity, ...], str]], named: Sequence[NamedText] | None = None
    ) -> list[tuple[QuoteList, ...]]:
        """The same for several posts, in less time; ``named`` is what :meth:`name_all` made of their texts."""
        named = self.name_all([text for text, _, _ in posts]) if named is None else named
        analyses = [self._analyse(one, entities) for one, (_, entities, _) in zip(named, posts, strict=True)]
        return [
            () if analysis is None else self._lists(analysis, post_key)
            for analysis, (_, _, post_key) in zip(analyses, posts, strict=True)
        ]

    def _lists(self, analysis: _Analysis, post_key: str) -> tuple[QuoteList, ...]:
        found: list[QuoteList] = []
        position = 0
        for decided in analysis.decided:
            if decided.decision.is_list:
                found.append(self._quote_list(analysis, decided, post_key, position))
                position += len(decided.run.items)
        return tuple(found)

    def explain(self, text: str, entities: tuple[TextEntity, ...]) -> tuple[Reason, ...]:
        """Why the lists of a post were or were not found, in the order of the text."""
        (named,) = self.name_all([text])
        analysis = self._analyse(named, entities)
        if analysis is None:
            return (
                Reason(
                    ReasonSubject.GATE, "it names fewer than two outlets and has no word about the press", 0, len(text)
                ),
            )
        found = [reason for decided in analysis.decided for reason in _run_reasons(analysis.tokens, decided)]
        if not found:
            found = [Reason(ReasonSubject.GATE, "it names outlets, but attributes nothing to them", 0, len(text))]
        return tuple(found)

    def _names(self, named: NamedText) -> list[OutletName] | None:
        """The outlets of a text at their places in it; null where they cannot make a list: a cheap test first, for
        nearly no post holds one.
        """
        text, spelling, names = named
        if len({name.outlet.name for name in names}) > 1 or self._may_be_unknown(text, spelling, names):
            if spelling.offsets is not None:
                names = [name._replace(start=spelling.at(name.start), end=spelling.at(name.end)) for name in names]
            return names
        return None

    def _may_be_unknown(self, text: str, spelling: Spelling, names: list[OutletName]) -> bool:
        is_long = text.count("\n") > 1 if names else len(_PLACES.findall(text)) > 1
        return is_long and not self._attributor.press.press.isdisjoint(words_in(spelling))

    def _analyse(self, named: NamedText, entities: tuple[TextEntity, ...]) -> _Analysis | None:
        names = self._names(named)
        if names is None:
            return None
        text, spelling = _whole_characters(named.text), named.spelling
        attributor = self._attributor
        tokens = tokenize(text, spelling)
        mentions = locate(tokens, _with_evidence(names, entities))
        readings = read(attributor, tokens, mentions)
        add_unknown(attributor, tokens, readings)
        decided: list[_DecidedRun] = []
        for run in runs(attributor, tokens, readings):
            lead = find_lead_in(attributor, tokens, readings, run)
            decided.append(_DecidedRun(run, lead, decide(attributor, tokens, run, lead)))
        return _Analysis(tokens, mentions, decided)

    def _quote_list(self, analysis: _Analysis, decided: _DecidedRun, post_key: str, position: int) -> QuoteList:
        tokens = analysis.tokens
        items = tuple(
            media_quote(
                self._attributor,
                tokens,
                analysis.mentions,
                item,
                quote_key(post_key, position + ordinal),
                position + ordinal,
                decided.decision.confidence,
            )
            for ordinal, item in enumerate(decided.run.items)
        )
        lead = span_of(tokens.text, *decided.lead.span) if decided.lead else None
        return QuoteList(lead_in=lead, items=items, confidence=decided.decision.confidence)


def _whole_characters(text: str) -> str:
    try:
        text.encode()  # a hundred times faster than to search
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _with_evidence(names: list[OutletName], entities: tuple[TextEntity, ...]) -> list[OutletName]:
    """Bold type or a link over a name shows that a word which could be another is a name."""
    marked = {(e.start, e.end) for e in entities if e.kind in _EVIDENCE}
    if not marked:
        return names
    return [name._replace(is_ambiguous=False) if _is_marked(name, marked) else name for name in names]


def _is_marked(name: OutletName, marked: set[tuple[int, int]]) -> bool:
    """Whether an entity covers just the name, or it with a colon or a blank after it."""
    return any((name.start, name.end + after) in marked for after in (0, 1))


def _run_reasons(tokens: Tokens, decided: _DecidedRun) -> list[Reason]:
    run, decision = decided.run, decided.decision
    found: list[Reason] = []
    if decided.lead is not None:
        found.append(Reason(ReasonSubject.LEAD_IN, "introduces it", *decided.lead.span))
    for item in run.items:
        names = ", ".join(sorted(item.attribution.outlet_names))
        cue = item.attribution.cue
        phrase = f", cue {tokens.text[slice(*tokens.span(cue.first, cue.after))]!r}" if cue else ""
        found.append(Reason(ReasonSubject.ITEM, f"{names} ({item.attribution.shape}{phrase})", item.start, item.end))
    finding = ReasonSubject.LIST if decision.is_list else ReasonSubject.NO_LIST
    summary = "; ".join(reasons(run, decided.lead, decision))
    found.append(Reason(finding, summary, run.items[0].start, run.items[-1].end))
    return found
