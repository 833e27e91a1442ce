"""Whether a run is a media-quote list. Real lists are rare, so a doubtful run is none."""

from collections import Counter
from dataclasses import dataclass

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.lead_in import LeadIn
from processors.core.quotes.attribution.reading import is_promotion
from processors.core.quotes.attribution.runs import QuoteRun, RunItem
from processors.core.quotes.attribution.shapes import Shape
from processors.core.quotes.lines.tokens import Tokens
from schemas.counted import counted

_LABELS = (Shape.LABEL, Shape.ALONE)
_MARKS = frozenset("«„“\"‘'")
_MIN_DASHED = 6
_DASHES = "-–—―−"
_MAX_RIVALS_WITH_LEAD = 0.5
_MAX_RIVALS = 0.25


@dataclass(frozen=True, slots=True)
class ListDecision:
    """The decision on a run, and what decided it."""

    is_list: bool
    confidence: float
    """0 to 1: how much of the evidence that a list can show was there."""
    reason: str


def decide(attributor: Attributor, tokens: Tokens, run: QuoteRun, lead: LeadIn | None) -> ListDecision:
    """Weigh a run's form, its introduction and what lies between its items."""
    names = len(run.outlets)
    if len(run.items) < 2 or names < 2:
        return ListDecision(is_list=False, confidence=0.0, reason="a list has two items of two outlets at least")
    shapes = [item.attribution.shape for item in run.items]
    refusal = _refusal(attributor, tokens, run, lead, shapes)
    if refusal is not None:
        return ListDecision(is_list=False, confidence=0.0, reason=refusal)
    form = _form(tokens, run, lead, shapes, names)
    if form is None:
        return ListDecision(is_list=False, confidence=0.0, reason="neither form nor introduction is enough for a list")
    return ListDecision(is_list=True, confidence=_confidence(run, lead, shapes), reason=form)


def reasons(run: QuoteRun, lead: LeadIn | None, decision: ListDecision) -> tuple[str, ...]:
    """What was weighed, in words, and what decided."""
    shapes = Counter(item.attribution.shape for item in run.items)
    weighed = [
        _lead_reason(lead),
        f"{counted(len(run.items), 'item')} of {counted(len(run.outlets), 'outlet')}: {_count(shapes)}",
    ]
    if run.rivals:
        weighed.append(f"no outlet in {counted(run.rivals, 'line')} of the same form between the items")
    return (*weighed, decision.reason)


def _lead_reason(lead: LeadIn | None) -> str:
    if lead is None:
        return "no introduction"
    if not lead.is_press:
        return "a line with a colon introduces it, without a word about the press"
    return "an introduction speaks of the press" if lead.is_strong else "a paragraph before it speaks of the press"


def _count(shapes: Counter[Shape]) -> str:
    return ", ".join(f"{number} {shape}" for shape, number in shapes.most_common())


def _refusal(
    attributor: Attributor, tokens: Tokens, run: QuoteRun, lead: LeadIn | None, shapes: list[Shape]
) -> str | None:
    """The first thing about a run that no list has."""
    size = len(run.items)
    share = run.rivals / (size + run.rivals)
    if share > (_MAX_RIVALS_WITH_LEAD if lead is not None and lead.is_press else _MAX_RIVALS):
        return "too many of its lines name no outlet: a digest of news"
    introduced = lead is not None and lead.is_press and lead.is_strong
    if not introduced and all(item.attribution.is_ambiguous for item in run.items):
        return "every name is also a common word"
    if _points_to_channels(tokens, run):
        return "its items point to channels: a promotion"
    if sum(item.attribution.is_guessed for item in run.items) * 2 > size:
        return "most of its verbs do not introduce a statement: news about outlets"
    if _labels_are_terse(tokens, run):
        return "what follows the names is too short for a quotation: a table or a glossary"
    by_cue = shapes.count(Shape.SUBJECT) + shapes.count(Shape.CUED)
    if by_cue == size and len({item.reading for item in run.items}) * 2 < size + 1:
        return "its items are in running prose"
    if lead is not None and not lead.is_press:
        first, after = tokens.at(lead.span[0]), tokens.at(lead.span[1])
        if not attributor.press.promotion.isdisjoint(tokens.words[first:after]):
            return "its introduction offers channels: a promotion"
    return None


def _points_to_channels(tokens: Tokens, run: QuoteRun) -> bool:
    """Whether half of the items point to a channel."""
    if not is_promotion(tokens, run.items[0].start, run.items[-1].end):
        return False
    return sum(is_promotion(tokens, item.start, item.end) for item in run.items) * 2 >= len(run.items)


def _labels_are_terse(tokens: Tokens, run: QuoteRun) -> bool:
    """Whether most items are a name, a dash and a few words without quotation marks."""
    dashed = [item for item in run.items if _is_dashed(tokens, item)]
    return sum(_is_terse(tokens, item.attribution.body, item.end) for item in dashed) * 2 > len(run.items)


def _is_terse(tokens: Tokens, start: int, end: int) -> bool:
    return tokens.at(end) - tokens.at(start) < _MIN_DASHED and not _has_marks(tokens, start, end)


def _is_dashed(tokens: Tokens, item: RunItem) -> bool:
    attribution = item.attribution
    return attribution.shape is Shape.LABEL and tokens.text[attribution.body - 1] in _DASHES


def _has_marks(tokens: Tokens, start: int, end: int) -> bool:
    return not _MARKS.isdisjoint(tokens.text[start:end])


def _labels_suffice(tokens: Tokens, run: QuoteRun) -> bool:
    """Whether labels make a list without a word about the press: by quotation marks, or colons three times."""
    quoting = sum(_has_marks(tokens, item.attribution.body, item.end) for item in run.items)
    is_dashed = any(_is_dashed(tokens, item) for item in run.items)
    return quoting * 2 >= len(run.items) or (len(run.items) > 2 and not is_dashed)


def _form(tokens: Tokens, run: QuoteRun, lead: LeadIn | None, shapes: list[Shape], names: int) -> str | None:
    """Why a run of that many outlets is a list, or null."""
    size = len(run.items)
    labels = sum(map(shapes.count, _LABELS))
    has_press_lead = lead is not None and lead.is_press
    if labels >= 2 and labels * 2 >= size and (has_press_lead or (_known(run) >= 2 and _labels_suffice(tokens, run))):
        return "its items open with their outlet's name"
    if lead is not None and lead.is_press and lead.is_strong and names >= 2:
        return "an introduction about the press and items that name their outlets"
    if has_press_lead and size >= 3 and names >= 3:
        return "a paragraph about the press and three items that name their outlets"
    known = _known(run)
    if shapes.count(Shape.CREDIT) == size >= 3 and not run.rivals and known >= 3:
        return "every item closes with its outlet's name"
    certain = sum(item.attribution.shape is Shape.SUBJECT and not item.attribution.is_guessed for item in run.items)
    marked = all(item.marker is not None for item in run.items)
    if certain >= 3 and certain * 4 >= size * 3 and names >= 3 and known >= 3 and not run.rivals and marked:
        return "bullets that open with their outlet and a verb"
    return None


def _known(run: QuoteRun) -> int:
    """Items with an outlet that is known and whose name is no common word."""
    return sum(any(m.outlet.is_known and not m.is_ambiguous for m in item.attribution.mentions) for item in run.items)


def _confidence(run: QuoteRun, lead: LeadIn | None, shapes: list[Shape]) -> float:
    size = len(run.items)
    labels = sum(map(shapes.count, _LABELS)) / size
    known = sum(item.attribution.is_known for item in run.items) / size
    introduced = 0.0 if lead is None or not lead.is_press else 1.0 if lead.is_strong else 0.6
    density = size / (size + run.rivals + run.comments)
    score = 0.2 + 0.25 * introduced + 0.2 * labels + 0.15 * known + 0.1 * density + 0.1 * min(1.0, (size - 1) / 3)
    return round(min(1.0, score), 2)
