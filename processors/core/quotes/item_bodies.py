"""What the statements of a run have in common: tables, timetables and price lists have figures or one pattern."""

import re
from collections import Counter

from processors.core.quotes.attribution.shapes import Shape
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.lexicon.scripts import FIRST_HANGUL
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import Tokens
from processors.core.quotes.tagging.quote_runs import RunItem

# A pattern that opens with a class is searched for in a fifth of the time of one that opens with a look behind.
_CLOCK = re.compile(
    r"\d(?:(?<![\d.,:]\d)(?:(?<=[01])\d|(?<=2)[0-4])?(?:[:.h]|\s[hч]\s)[0-5]\d(?![\d.,:%])|(?:\s?Uhr|\s?am|\s?pm)\b)"
)
"""A time of day."""
_AMOUNT = re.compile(r"[$€£¥₽₴₺\d](?:(?<!\d)|\s?(?:%|zł|руб|грн|kr\b))")
_PRICE_AT_END = re.compile(r"(?:[$€£¥₽₴₺₹]\s?\d[\d.,]*|\d\s?(?:[$€£¥₽₴₺₹]|(?:zł|руб|грн|kr|TL)\b))\W{0,3}$")
_FIGURE = re.compile(r"[$€£¥₽₴₺\d]")
"""What each of these has."""
_ANSWERED = re.compile(r"(?:[?？؟]\s?[»”“\")]{0,2}|;[»”\"])\s{0,2}\n\s{0,3}[-–—―−]\s?(?=\S)")
"""A question, in Greek with its own mark, and below it what opens with the dash of a speaker."""
_FEW_WORDS = 8
_ARTICLE_AND_WORD = 2
_SHORTEST_WORD = 4
_SHARED_BY = 0.75
_MANY_FIGURES = 0.25
_HEAD = 160
"""Code points of a statement that are looked at."""
_TAIL = 16
"""Of its end, which a price may have."""


def body_evidence(
    press: PressLexicon, tokens: Tokens, items: list[RunItem], lead: Offsets, *, quoted: float, is_press: bool
) -> dict[str, float]:
    """Shares of 0 to 1 by name; ``quoted`` is the share of statements with quotation marks, ``lead`` the
    introduction, whose subject the statements may share; it speaks of the press or not (``is_press``).
    """
    size = len(items)
    spans = [(start, min(item.end, start + _HEAD)) for item, start in zip(items, map(_start, items), strict=True)]
    bodies = [tokens.words[tokens.at(start) : tokens.at(end)] for start, end in spans]
    texts = [tokens.text[start:end] for start, end in spans]
    counting = [text for text in texts if _FIGURE.search(text)]
    clocks = sum([_CLOCK.search(text) is not None for text in counting]) / size
    amounts = sum([_AMOUNT.search(text) is not None for text in counting]) / size
    prices = sum(
        [_PRICE_AT_END.search(tokens.text, max(item.start, item.end - _TAIL), item.end) is not None for item in items]
    )
    figures = sum(map(_is_of_figures, bodies)) / size
    short = sum([len(body) < _FEW_WORDS for body in bodies]) / size
    own = sum(map(press.are_own_affairs, bodies)) / size
    pictures = sum(
        [
            item.attribution.shape == Shape.LABEL and body[:1] != [] and body[0] in press.credits
            for item, body in zip(items, bodies, strict=True)
        ]
    )
    answered = sum([_is_answered(tokens, item, items) for item in items])
    credited = sum([item.attribution.shape == Shape.CREDIT for item in items]) / size
    words = sum([_is_article_and_word(tokens, item) for item in items]) / size
    return {
        "credits of pictures": pictures / size,
        "questions and answers": answered / size,
        "own affairs": own,
        "own affairs, no press": own * (not is_press),
        "own affairs, no quotations": own * (1 - quoted),
        "few words, no press": short * (not is_press),
        "few words, credits, no press": short * credited * (not is_press),
        "few words, quotations, no press": short * quoted * (not is_press),
        "article and a word": float(words == 1),
        "article and a word, few words": short * (words == 1),
        "article and a word, no press": float(words == 1 and not is_press),
        "times of day": clocks,
        "amounts": amounts,
        "prices at the end": prices / size,
        "figures": figures,
        "figures, no quotations": figures * (1 - quoted),
        "few words": short,
        "few words, no quotations": short * (1 - quoted),
        "one word in most": _shared(tokens, bodies, lead) * short if short else 0.0,
    }


def _start(item: RunItem) -> int:
    attribution = item.attribution
    return attribution.body if attribution.shape in (Shape.LABEL, Shape.ALONE) else item.start


def _is_answered(tokens: Tokens, item: RunItem, items: list[RunItem]) -> bool:
    """Whether an item asks and the line below, which is no other item's, answers."""
    start = _start(item)
    match = _ANSWERED.search(tokens.text, start, start + _HEAD)
    return match is not None and all(match.end() != other.start for other in items)


def _is_article_and_word(tokens: Tokens, item: RunItem) -> bool:
    """Whether the name could be a common word: it is known as one, or has but one word behind an article."""
    attribution = item.attribution
    first, after = attribution.mentions[0].first, attribution.mentions[0].after
    return attribution.is_ambiguous or (after - first == _ARTICLE_AND_WORD and tokens.words[first] in ARTICLES)


def _is_of_figures(body: list[str]) -> bool:
    """Whether many words are figures; a Korean one with what it counts ("6월까지") is a word like others."""
    return sum([word[0].isdigit() and word[-1] < FIRST_HANGUL for word in body]) > _MANY_FIGURES * len(body)


def _shared(tokens: Tokens, bodies: list[list[str]], lead: Offsets) -> float:
    """Whether one longer word, which is none of the introduction, is in most of three or more statements."""
    if len(bodies) < 3:
        return 0.0
    subject = set(tokens.words[tokens.at(lead[0]) : tokens.at(lead[1])])
    counts = Counter(word for body in bodies for word in set(body) - subject if len(word) >= _SHORTEST_WORD)
    return float(max(counts.values(), default=0) >= _SHARED_BY * len(bodies))
