"""The splitter: text and entities in, media-quote lists out."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.candidate_runs import PreparedPost, introduced_runs, prepare
from processors.core.quotes.explain import Reason, ReasonSubject
from processors.core.quotes.item_records import media_quote, span_of
from processors.core.quotes.lead_in import LeadIn
from processors.core.quotes.lexicon.outlets import OutletRegistry
from processors.core.quotes.list_decision import ListDecision, decide, reasons
from processors.core.quotes.named_text import NamedText, name_all
from processors.core.quotes.tagging.model import ListModels
from processors.core.quotes.tagging.quote_runs import QuoteRun, RunItem
from processors.core.quotes.tagging.viterbi import BEGINS
from schemas import QuoteList, TextEntity
from schemas.keys import quote_key

_SHOWN = 4
"""Pieces of evidence that an explanation names for an item."""


@dataclass(frozen=True, slots=True)
class _DecidedRun:
    run: QuoteRun
    lead: LeadIn | None
    decision: ListDecision


@dataclass(frozen=True, slots=True)
class _Analysis:
    post: PreparedPost
    decided: list[_DecidedRun]


class QuoteSplitter:
    """Finds media-quote lists. Holds only lexicons and weights; one instance serves all posts and threads."""

    def __init__(self, attributor: Attributor, models: ListModels) -> None:
        self._attributor = attributor
        self._models = models

    @property
    def registry(self) -> OutletRegistry:
        """The outlets that it knows."""
        return self._attributor.registry

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
        analyses = [
            self._analyse(one, entities, for_lists_alone=True)
            for one, (_, entities, _) in zip(named, posts, strict=True)
        ]
        return [
            () if analysis is None else self._lists(analysis, post_key)
            for analysis, (_, _, post_key) in zip(analyses, posts, strict=True)
        ]

    def _lists(self, analysis: _Analysis, post_key: str) -> tuple[QuoteList, ...]:
        found: list[QuoteList] = []
        position = 0
        for decided in analysis.decided:
            if decided.decision.is_list:
                found.append(self._quote_list(analysis.post, decided, post_key, position))
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
        found = [reason for decided in analysis.decided for reason in self._run_reasons(analysis.post, decided)]
        if not found:
            found = [Reason(ReasonSubject.GATE, "it names outlets, but attributes nothing to them", 0, len(text))]
        return tuple(found)

    def _analyse(
        self, named: NamedText, entities: tuple[TextEntity, ...], *, for_lists_alone: bool = False
    ) -> _Analysis | None:
        post = prepare(self._attributor, named, entities, for_lists_alone=for_lists_alone)
        if post is None:
            return None
        decided: list[_DecidedRun] = []
        for found in introduced_runs(self._attributor, post, self._models.pieces.tag(post.evidence)):
            decision = decide(self._attributor, self._models.runs, post.tokens, found.run, found.lead)
            decided.append(_DecidedRun(found.run, found.lead, decision))
        return _Analysis(post, decided)

    def _quote_list(self, post: PreparedPost, decided: _DecidedRun, post_key: str, position: int) -> QuoteList:
        items = tuple(
            media_quote(
                self._attributor,
                post.tokens,
                post.mentions,
                item,
                quote_key(post_key, position + ordinal),
                position + ordinal,
                decided.decision.confidence,
            )
            for ordinal, item in enumerate(decided.run.items)
        )
        lead = span_of(post.tokens.text, *decided.lead.span) if decided.lead else None
        return QuoteList(lead_in=lead, items=items, confidence=decided.decision.confidence)

    def _run_reasons(self, post: PreparedPost, decided: _DecidedRun) -> list[Reason]:
        run, decision = decided.run, decided.decision
        found: list[Reason] = []
        if decided.lead is not None:
            found.append(Reason(ReasonSubject.LEAD_IN, "introduces it", *decided.lead.span))
        found += [Reason(ReasonSubject.ITEM, self._item_reason(post, item), item.start, item.end) for item in run.items]
        finding = ReasonSubject.LIST if decision.is_list else ReasonSubject.NO_LIST
        summary = "; ".join(reasons(self._models.runs, run, decided.lead, decision))
        found.append(Reason(finding, summary, run.items[0].start, run.items[-1].end))
        return found

    def _item_reason(self, post: PreparedPost, item: RunItem) -> str:
        tokens = post.tokens
        names = ", ".join(sorted(item.attribution.outlet_names))
        cue = item.attribution.cue
        phrase = f", cue {tokens.text[slice(*tokens.span(cue.first, cue.after))]!r}" if cue else ""
        weighed = [(name, self._models.pieces.weight(name, BEGINS)) for name in post.evidence[item.first]]
        weighed.sort(key=lambda pair: -abs(pair[1]))
        shown = ", ".join(f"{name} {weight:+.1f}" for name, weight in weighed[:_SHOWN])
        return f"{names} ({item.attribution.shape}{phrase}); {shown}"
