"""Whether a run is a media-quote list, by a linear model over its evidence."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from processors.core.quotes.attribution.by_cue import Attributor
from processors.core.quotes.attribution.by_label import LABEL_SIGNS
from processors.core.quotes.attribution.line_reading import is_promotion
from processors.core.quotes.attribution.shapes import Shape
from processors.core.quotes.item_bodies import body_evidence
from processors.core.quotes.label_names import is_like_outlet
from processors.core.quotes.lead_in import LeadIn
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lines.lines import shows_source
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.model import RunModel
from processors.core.quotes.tagging.quote_runs import QuoteRun, RunItem
from schemas.plurals import counted

LEAST_PROBABILITY = 0.5
_MARK = re.compile("[«„“”\"‘'「『]")
_QUOTED = re.compile('[«„“”"「『《]')
"""The same without marks that are apostrophes, too."""
_SET_OFF = re.compile(r"[«„“”\"「『《]|[:：]\s?[^\W\d_]")
"""What sets a statement off from who makes it."""
_MIN_DASHED = 6
_MIN_DASHED_INTRODUCED = 4
"""Words of a headline behind a dash, where a line about the press introduces it."""
_HEADING_WORDS = 8
"""Most words of a heading about the press; a longer paragraph about it may belong to a story."""
_MAX_AROUND = 60
"""Words around a run that are read for what it is about."""
_COLONS = ":："
_DASHES = "‒–—―−-"
_NO_DASHES = frozenset(" :：]】－﹣─｜～〜" + LABEL_SIGNS)
_FULL_MARGIN = 8.0
"""Of an item: a larger one adds nothing."""
REFUSALS = (
    "its items point to channels",
    "every name is also a common word",
    "a few words behind each name: a table or a glossary",
    "most of its verbs do not introduce a statement: news about outlets",
    "a story of two outlets, which nothing introduces",
    "a story of three outlets, which nothing introduces",
    "a label and a sentence, which nothing introduces",
    "two speakers in turns",
    "two labels without quotations, and nothing speaks of the press",
    "a story that goes on with its outlet, and nothing speaks of the press",
    "a story that goes back to what came before, which nothing introduces",
    "credits of pictures, and nothing speaks of the press",
    "prices, and nothing speaks of the press",
    "a story of news agencies, which nothing introduces",
    "outlets ask and somebody answers",
    "no statement beside a name, and no quotation: news about outlets",
    "no outlet is known, and nothing introduces them",
    "most of those who speak are not shown to be outlets",
    "a story in one paragraph that quotes nobody, which nothing introduces",
)
"""Evidence that hardly any labelled list has: such a run is none, whatever else speaks for it."""
_NAMED_SHARE = f"share of {Shape.NAMED}"
_HALF = 0.5
_MANY_AGENCIES = 0.6
_MAX_RIVALS_INTRODUCED = 0.5
_MAX_RIVALS = 0.25
_MIN_GOING_BACK = 2
"""Items that go back to what came before, where no text above shows what that is."""
_OPENING = 5
"""Words of an item among which such a phrase starts."""
_SHOWN = 5
"""Pieces of evidence that an explanation names."""


@dataclass(frozen=True, slots=True)
class ListDecision:
    """The decision on a run, and what decided it."""

    is_list: bool
    confidence: float
    """The model's probability of a list, 0 to 1."""
    evidence: dict[str, float]
    """By name; none where the run has too few items or outlets."""
    refusal: str | None = None
    """Why the run was not weighed."""


def decide(attributor: Attributor, model: RunModel, tokens: Tokens, run: QuoteRun, lead: LeadIn | None) -> ListDecision:
    """Weigh a run's form, its introduction and what lies between its items."""
    if len(run.items) < 2 or len(run.outlets) < 2:
        return ListDecision(
            is_list=False, confidence=0.0, evidence={}, refusal="a list has two items of two outlets at least"
        )
    evidence = run_evidence(attributor, tokens, run, lead)
    refusal = next((name for name in REFUSALS if evidence[name]), None)
    if refusal is not None:
        return ListDecision(is_list=False, confidence=0.0, evidence=evidence, refusal=refusal)
    probability = model.probability(evidence)
    return ListDecision(
        is_list=probability >= LEAST_PROBABILITY,
        confidence=round(probability, 2),
        evidence=evidence,
    )


def reasons(model: RunModel, run: QuoteRun, lead: LeadIn | None, decision: ListDecision) -> tuple[str, ...]:
    """What was weighed, in words, and what decided."""
    shapes = Counter(item.attribution.shape for item in run.items)
    weighed = [
        _lead_reason(lead),
        f"{counted(len(run.items), 'item')} of {counted(len(run.outlets), 'outlet')}: {_count(shapes)}",
    ]
    if run.rivals:
        weighed.append(f"no outlet in {counted(run.rivals, 'line')} of the same form between the items")
    if decision.refusal is not None:
        return (*weighed, decision.refusal)
    added = ", ".join(f"{name} {weight:+.1f}" for name, weight in model.contributions(decision.evidence)[:_SHOWN])
    return (*weighed, f"probability {decision.confidence:.2f}: {added}")


def _lead_reason(lead: LeadIn | None) -> str:
    if lead is None or lead.is_title:
        return "a title with a word of reviewing" if lead is not None and lead.is_review else "no introduction"
    if not lead.is_press:
        return "a line with a colon introduces it, without a word about the press"
    return "an introduction speaks of the press" if lead.is_strong else "a paragraph before it speaks of the press"


def _count(shapes: Counter[str]) -> str:
    return ", ".join(f"{number} {shape}" for shape, number in shapes.most_common())


def run_evidence(attributor: Attributor, tokens: Tokens, run: QuoteRun, lead: LeadIn | None) -> dict[str, float]:
    """Shares and flags of 0 to 1 by name."""
    items, size, names = run.items, len(run.items), len(run.outlets)
    shapes = [item.attribution.shape for item in items]
    are_quoted = [_MARK.search(tokens.text, item.attribution.body, item.end) is not None for item in items]
    quoted = sum(are_quoted) / size
    hold_quotations = sum([_QUOTED.search(tokens.text, item.start, item.end) is not None for item in items])
    known = sum(map(_has_certain_outlet, items)) / size
    plain = sum([_is_plain_word(attributor, tokens, item) for item in items]) / size
    covered = sum([item.end - item.start for item in items]) / max(1, len(tokens.text))
    separators = [_separator(tokens, item) for item in items]
    colons = sum([separator in _COLONS for separator in separators]) / size
    dashed = [
        (item, separator)
        for item, separator, is_quoted in zip(items, separators, are_quoted, strict=True)
        if separator not in _NO_DASHES and not is_quoted
    ]
    labelled = [_words_of_label(tokens, item) for item, separator in dashed if separator in _DASHES]
    are_ambiguous = [item.attribution.is_ambiguous for item in items]
    margins = [max(-1.0, min(1.0, item.margin / _FULL_MARGIN)) for item in items]
    openers = sum(map(shapes.count, (Shape.LABEL, Shape.ALONE))) / size
    prose = 1 - openers - shapes.count(Shape.CREDIT) / size
    is_press = lead is not None and lead.is_press
    going_back = 0 if openers or is_press else sum([_goes_back(attributor, tokens, item) for item in items])
    introduces = is_press and lead is not None and lead.is_strong
    found = {f"share of {shape}": shapes.count(shape) / size for shape in set(shapes)}
    found |= {
        "items": min(size, 6) / 6,
        "three outlets": float(names >= 3),
        "four outlets": float(names >= 4),
        "known outlets": known,
        "known outlets, two of them": float(known * size >= 2),
        "plain unknown words": plain,
        "plain unknown words, press": plain * is_press,
        "covered": covered,
        "covered, three outlets": covered * (names >= 3),
        "quotations": quoted,
        "quoted strings": float(hold_quotations > 0),
        "statements with quotations": hold_quotations / size,
        "quotations, known": quoted * known,
        "quotations, covered": quoted * covered,
        "colons": colons,
        "openers": openers,
        "openers, three outlets": openers * (names >= 3),
        "openers, press": openers * is_press,
        "openers, introduced": openers * introduces,
        "press": float(is_press),
        "press, introducing": float(introduces),
        "prose": prose,
        "prose, press": prose * is_press,
        "prose, introduced": prose * introduces,
        "prose, four outlets": prose * (names >= 4),
        "prose, covered": prose * covered,
        "prose, quotations": prose * quoted,
        "two items": float(size == 2),
        "two items, prose": prose * (size == 2),
        "two items, no press": float(size == 2 and not is_press),
        "openers, quotations": openers * quoted,
        "openers, known": openers * known,
        "openers, covered": openers * covered,
        "press, three outlets": float(is_press and names >= 3),
        "press, five outlets": float(is_press and names >= 5),
        "no press, no openers": (1 - is_press) * (1 - openers),
        "introduced without press": float(lead is not None and not is_press and not lead.is_title),
        "title": float(lead is not None and lead.is_title),
        "title of reviewing": float(lead is not None and lead.is_review),
        "title of reviewing, openers": openers * (lead is not None and lead.is_review),
        "marked": sum([item.marker is not None for item in items]) / size,
        "prose, in a paragraph": prose * (1 - len({item.reading for item in items}) / size),
        "one form": max(map(shapes.count, shapes)) / size,
        "rivals": run.rivals / (size + run.rivals),
        "comments": run.comments / (size + run.comments),
        "speakers": run.speakers / (size + run.speakers),
        "headings": float(run.headings > 0),
        "names without text": run.empty / (size + run.empty),
        "guessed": sum([item.attribution.is_guessed for item in items]) / size,
        "common words": sum(are_ambiguous) / size,
        "common words alone": float(all(are_ambiguous)),
        "margin": sum(margins) / size,
        "least margin": min(margins),
        "text above": items[0].start / max(1, len(tokens.text)),
        "text below": 1 - items[-1].end / max(1, len(tokens.text)),
        "citing": sum([_cites(attributor, tokens, item) for item in items]) / size,
        "small letters behind dashes": sum([_is_predicated(tokens, item) for item, _ in dashed]) / size,
        "dashes without quotations": len(dashed) / size,
        "short labels": sum([words < _MIN_DASHED for words in labelled]) / size,
        "shortest labels": sum([words < _MIN_DASHED_INTRODUCED for words in labelled]) / size,
        "promotion": sum([is_promotion(tokens, _after_label(item), item.end) for item in items]) / size,
        "promotion above": float(lead is not None and not lead.is_title and _is_promoting(attributor, tokens, lead)),
        "described": sum([_is_described(attributor, tokens, item) for item in items]) / size,
        "same outlet in a row": _repeats(run) / (size + run.merged),
        "goes back": going_back / size,
        "statements set off": sum([_SET_OFF.search(tokens.text, item.start, item.end) is not None for item in items])
        / size,
        "shown as sources": sum([_is_shown_source(tokens, item) for item in items]) / size,
        "points back": float(_points_back(attributor, tokens, items[0])),
        "named as outlets": sum([_is_named_as_outlet(attributor, tokens, item) for item in items]) / size,
        "agencies": sum([_is_of_agency(attributor, item) for item in items]) / size,
    }
    about = lead.span if lead is not None else (0, 0)
    found |= body_evidence(attributor.press, tokens, items, about, quoted=quoted, is_press=is_press)
    found["own affairs around"] = float(attributor.press.are_own_affairs(_around(tokens, run)))
    found["own affairs around, no press"] = found["own affairs around"] * (not is_press)
    is_right_above = lead is not None and tokens.at(lead.span[1]) == tokens.at(items[0].start)
    is_headed = lead is not None and (
        lead.is_review or (is_press and tokens.at(lead.span[1]) - tokens.at(lead.span[0]) <= _HEADING_WORDS)
    )
    return found | _doubts(found, run, introduces=introduces, is_right_above=is_right_above, is_headed=is_headed)


def _around(tokens: Tokens, run: QuoteRun) -> list[str]:
    """The first words before and behind a run, without the lines that close the post: these are the channel's own."""
    first, after = tokens.at(run.items[0].start), tokens.at(run.items[-1].end)
    found = tokens.words[: min(first, _MAX_AROUND)]
    for start, end in run.footers:
        place = tokens.at(start)
        if after <= place:
            found += tokens.words[after : min(place, after + _MAX_AROUND)]
            after = tokens.at(end)
    return (found + tokens.words[after : after + _MAX_AROUND])[:_MAX_AROUND]


def _doubts(
    found: dict[str, float], run: QuoteRun, *, introduces: bool, is_right_above: bool, is_headed: bool
) -> dict[str, float]:
    """What hardly any list has, as flags: a share beyond its usual limit says more than its size. A heading about the
    press or with a word of reviewing makes ``is_headed``.
    """
    allowed = _MAX_RIVALS_INTRODUCED if found["press"] else _MAX_RIVALS
    doubts = {
        "a digest": found["rivals"] > allowed,
        "a few words behind each name: a table or a glossary": found["short labels"] > _HALF
        and not (found["press"] and is_right_above and found["three outlets"] and not found["shortest labels"] > _HALF),
        "its items point to channels": found["promotion"] >= _HALF,
        "most of its verbs do not introduce a statement: news about outlets": found["guessed"] > _HALF
        and not (found["press"] and found["three outlets"] and found["quotations"]),
        "one paragraph of prose": found["prose"] == 1 and found["prose, in a paragraph"] >= _HALF,
        "every name is also a common word": found["common words alone"] == 1
        and not introduces
        and not (found["press"] and (is_right_above or found["four outlets"])),
        "prose, not introduced": found["prose"] == 1 and not introduces,
        "a story of two outlets, which nothing introduces": found["prose"] == 1
        and not (found["three outlets"] and (not found["two items"] or found.get(_NAMED_SHARE) != 1))
        and (
            found["points back"] == 1 or (not introduces and (found["prose, in a paragraph"] >= _HALF or not is_headed))
        ),
        "a story of three outlets, which nothing introduces": not found["openers"]
        and found["marked"] <= _HALF
        and not found["four outlets"]
        and not (found["press"] or found["title of reviewing"] or found["introduced without press"])
        and (found.get(_NAMED_SHARE, 0.0) > _HALF or found["statements with quotations"] < _HALF),
        "a label and a sentence, which nothing introduces": found["two items, no press"] == 1
        and found["openers"] == _HALF
        and found["marked"] <= _HALF
        and not found["title of reviewing"],
        "prose with other text": found["prose"] == 1 and run.comments > 0,
        "two speakers in turns": _is_dialogue(run),
        "two labels without quotations, and nothing speaks of the press": found["two items, no press"] == 1
        and not found["title of reviewing"]
        and found.get(f"share of {Shape.LABEL}") == 1
        and not (found["quotations"] or found["shown as sources"] == 1),
        "a story that goes on with its outlet, and nothing speaks of the press": not found["press"]
        and found.get(_NAMED_SHARE, 0.0) > _HALF
        and found["same outlet in a row"] > 0,
    }
    doubts["credits of pictures, and nothing speaks of the press"] = (
        found["credits of pictures"] > _HALF and not found["press"]
    )
    doubts["prices, and nothing speaks of the press"] = found["prices at the end"] > _HALF and not found["press"]
    doubts["a story of news agencies, which nothing introduces"] = (
        found["prose"] == 1
        and not (found["press"] or found["title of reviewing"] or found["introduced without press"])
        and found["marked"] <= _HALF
        and found["agencies"] > _MANY_AGENCIES
    )
    doubts["no statement beside a name, and no quotation: news about outlets"] = found.get(_NAMED_SHARE, 0.0) + found[
        "guessed"
    ] > _HALF and not (found["quoted strings"] or introduces)
    doubts["outlets ask and somebody answers"] = found["questions and answers"] > _HALF
    doubts["no outlet is known, and nothing introduces them"] = found["named as outlets"] <= found[
        "common words"
    ] and not (found["press"] or found["title of reviewing"])
    doubts["most of those who speak are not shown to be outlets"] = (
        found["prose"] == 1 and found["named as outlets"] < _HALF
    )
    doubts["a story in one paragraph that quotes nobody, which nothing introduces"] = (
        found["prose"] == 1
        and found["prose, in a paragraph"] >= _HALF
        and not (found["press"] or found["title of reviewing"] or found["introduced without press"] or found["title"])
        and found["statements set off"] < _HALF
    )
    goes_on_above = run.items[0].first > 0 and not (found["introduced without press"] or found["title"])
    doubts["a story that goes back to what came before, which nothing introduces"] = (
        found["prose"] == 1
        and not (found["press"] or found["title of reviewing"])
        and found["goes back"] * len(run.items) >= (1 if goes_on_above else _MIN_GOING_BACK)
    )
    return {name: float(is_there) for name, is_there in doubts.items()}


def _is_dialogue(run: QuoteRun) -> bool:
    """Whether two names, one of them of no known outlet, speak in turns."""
    if len(run.items) < 3 or len(run.outlets) > 2 or _repeats(run):
        return False
    return not all(item.attribution.is_known for item in run.items)


def _has_certain_outlet(item: RunItem) -> bool:
    """Whether an outlet of an item is known and its name no common word."""
    return any(mention.outlet.is_known and not mention.is_ambiguous for mention in item.attribution.mentions)


def _is_named_as_outlet(attributor: Attributor, tokens: Tokens, item: RunItem) -> bool:
    """Whether an item's outlet is known, shown to be one by its form or has a word of outlets' names."""
    attribution = item.attribution
    if attribution.is_known or attribution.is_shown:
        return True
    return any(is_like_outlet(attributor, tokens, one.start, one.end) for one in attribution.mentions)


def _is_of_agency(attributor: Attributor, item: RunItem) -> bool:
    """Whether an item is a news agency's: several of them in prose tell one story rather than what each makes of it."""
    return any(attributor.registry.is_agency(mention.outlet.id) for mention in item.attribution.mentions)


def _is_plain_word(attributor: Attributor, tokens: Tokens, item: RunItem) -> bool:
    """Whether an item's outlet is unknown and has one word for its name, which could be a town's or a person's."""
    mention = item.attribution.mentions[0]
    if mention.outlet.is_known or mention.after - mention.first != 1:
        return False
    return not is_like_outlet(attributor, tokens, mention.start, mention.end)


def _cites(attributor: Attributor, tokens: Tokens, item: RunItem) -> bool:
    """Whether the outlet gives its own source, as wire news do."""
    return not attributor.cues.citing_words.isdisjoint(tokens.words[tokens.at(item.start) : tokens.at(item.end)])


def _is_predicated(tokens: Tokens, item: RunItem) -> bool:
    """Whether a small letter follows the dash behind a name: what is said about it, rather than by it."""
    return tokens.text[item.attribution.body : item.end].lstrip()[:1].islower()


def _separator(tokens: Tokens, item: RunItem) -> str:
    """What separates a label from its text."""
    attribution = item.attribution
    return tokens.text[attribution.body - 1 : attribution.body] if attribution.shape == Shape.LABEL else " "


def _words_of_label(tokens: Tokens, item: RunItem) -> int:
    """Words behind a label; few of them behind a dash are those of a table or a glossary."""
    return tokens.at(item.end) - tokens.at(item.attribution.body)


def _after_label(item: RunItem) -> int:
    """Where an item's statement begins: a label may be the name of a channel."""
    attribution = item.attribution
    return attribution.body if attribution.shape == Shape.LABEL else item.start


def _is_promoting(attributor: Attributor, tokens: Tokens, lead: LeadIn) -> bool:
    first, after = tokens.at(lead.span[0]), tokens.at(lead.span[1])
    return not attributor.press.promotion.isdisjoint(tokens.words[first:after])


def _is_described(attributor: Attributor, tokens: Tokens, item: RunItem) -> bool:
    first = item.attribution.mentions[0].first
    return any(map(attributor.press.describes, tokens.words[max(0, first - 2) : first]))


def _points_back(attributor: Attributor, tokens: Tokens, item: RunItem) -> bool:
    """Whether an item attributes what was said before it: "Об этом пишет ..."."""
    helper = attributor.cues.helper_at(tokens, tokens.at(item.start), tokens.at(item.end))
    return helper is not None and helper.use & CueUse.POINTER != 0


def _is_shown_source(tokens: Tokens, item: RunItem) -> bool:
    """Whether an item's bullet is a flag or the picture of a newspaper, or its outlet is a tag."""
    start = item.attribution.mentions[0].start
    return shows_source(tokens.text, item.marker) or tokens.text[start - 1 : start] == "#"


def _goes_back(attributor: Attributor, tokens: Tokens, item: RunItem) -> bool:
    """Whether an item goes back to what came before it, as the sentences of one story do: "Earlier, X had reported",
    "This information was confirmed, says Y".
    """
    first, after = tokens.at(item.start), tokens.at(item.end)
    stop = min(after, first + _OPENING)
    if any(attributor.press.earlier_at(tokens.words, place, stop) for place in range(first, stop)):
        return True
    return _points_back(attributor, tokens, item)


def _repeats(run: QuoteRun) -> int:
    names = [item.attribution.outlet_names for item in run.items]
    return run.merged + sum(not one.isdisjoint(other) for one, other in pairwise(names))
