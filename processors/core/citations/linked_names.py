"""Names that the registry lacks, under a link to an article right behind a cue: "according to [Saltmarsh](https://...)"."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from processors.core.citations.cued_names import NAME
from processors.core.citations.formed_names import is_formed
from processors.core.citations.lexicon import CitationLexicon, Role
from processors.core.citations.markdown_removal import PlainText
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import Spelling, words_of
from schemas import EntityKind, TextEntity

_ARTICLE: Final = re.compile(r"https?://(?P<host>[\w-]+(?:\.[\w-]+)+)/[^\s/]{2}", re.IGNORECASE)
_LINKED: Final = re.compile(rf"(?<![\w.@/-]){NAME}[»”“\"]?$")
_BEFORE_LINK: Final = ' *_«„“"('
_AROUND: Final = '*_[«„“"(,.:'
_WINDOW: Final = 60
_NEAR: Final = 40
_MARKS: Final = (",", "—", "–", "-", ".", "!", "?", ":", "»", "”", '"', "*", ")")
MAX_LINKS: Final = 20
"""Links of a post that are looked at."""


def linked_names(lexicon: CitationLexicon, plain: PlainText, links: Sequence[tuple[int, str]]) -> Iterator[Offsets]:
    """The names under links; ``links`` are ends in the plain text and targets."""
    for end, target in links[:MAX_LINKS]:
        article = _ARTICLE.match(target)
        if article is None:
            continue
        host = article["host"].lower().split(".")
        if not lexicon.forms.no_press_hosts.isdisjoint(host):
            continue
        start = max(0, end - _WINDOW)
        found = _LINKED.search(plain.text, start, end)
        if found is None or not _is_outlet(lexicon, found["name"], host):
            continue
        if _is_cued(lexicon, plain.lower, found.start()):
            yield found.span("name")


def has_cued_link(lexicon: CitationLexicon, spelling: Spelling, entities: Sequence[TextEntity]) -> bool:
    """Whether a word that attributes is right before a link."""
    lower = spelling.lower
    at = lower.find("[") if "](" in lower else -1
    for _ in range(MAX_LINKS):
        if at < 0:
            break
        if at and lower[at - 1] in _BEFORE_LINK and _is_cued(lexicon, lower, at):
            return True
        at = lower.find("[", at + 1)
    return spelling.offsets is None and any(
        entity.kind is EntityKind.TEXT_LINK and _is_cued(lexicon, lower, entity.start)
        for entity in entities[:MAX_LINKS]
    )


def _is_cued(lexicon: CitationLexicon, lower: str, start: int) -> bool:
    """Whether a phrase that attributes is before a place, an article aside; a verb alone closes what is said."""
    tokens = lower[max(0, start - _NEAR) : start].split()
    while tokens and (tokens[-1].strip(_AROUND) in ARTICLES or tokens[-1] in _AROUND):
        tokens.pop()
    if not tokens or tokens[-1].strip(_AROUND) not in lexicon.attributing:
        return False
    words = [token.strip(_AROUND) for token in tokens]
    phrase = lexicon.ending(words, len(words))
    if phrase is None:
        return False
    if phrase.roles & (Role.BEFORE | Role.INTERVIEW):
        return True
    first = len(words) - phrase.length
    return phrase.roles & Role.VERB != 0 and (first == 0 or tokens[first - 1].endswith(_MARKS))


def _is_outlet(lexicon: CitationLexicon, name: str, host: Sequence[str]) -> bool:
    """Whether a name of several words is no person's: it is the host's, or of an outlet's form."""
    words = words_of(name)
    return len(words) == 1 or "".join(words) in "".join(host).replace("-", "") or is_formed(lexicon, name)
