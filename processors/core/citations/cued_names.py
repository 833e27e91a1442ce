"""Names that the registry lacks, right beside a word that only a source has there: "пишет «Маяк Севера»", "riporta Il
Faro,", "dilansir dari Suara Teluk", "Körfez Postası'nın haberine göre", "according to harbourlamp.example".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final

from processors.core.citations.capitals import UPPER
from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.markdown_removal import PlainText
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lines.lines import Offsets
from processors.core.text.character_kinds import UNCASED

_JOINING: Final = "of|de|del|di|do|da|dos|das|du|des|der|van|von|het|la|las|le|los|el|og|och|na|на|за|του|της|24"
MORE: Final = rf"(?:[ \u00a0-](?:(?:{_JOINING})[ \u00a0-]){{0,2}}(?:[{UPPER}][\w.&’'-]*|\d{{1,3}})(?!\w)){{0,3}}"
"""The words of a name behind its first; the last one is never a small one."""
NAME: Final = rf"(?P<name>[{UPPER}][\w.&’'-]*\w{MORE})"
"""A capitalised name."""
_ARTICLES: Final = "the|die|der|das|il|lo|la|le|el|los|o|a|de|het|ο|η|το|dari|laman|situs"
_NAME_BEHIND: Final = rf" (?:(?:{_ARTICLES}) )?{NAME}"
_BEHIND: Final = re.compile(rf"{_NAME_BEHIND}(?=[,.:;!?)»”\"\n]|$| [-–—(@]| \w+ing\b)")
_BEHIND_QUOTATION: Final = re.compile(rf"{_NAME_BEHIND}(?= \w)")
_ANY_BEHIND: Final = re.compile(_NAME_BEHIND)
_CLOSES_QUOTATION: Final = re.compile(r"[»”“’\"]\s?,?\s[—–-]?\s?$")
_POINTS: Final = re.compile(
    r"\b(?:ce qu[e'’]|lo que|o que|è quanto|così|así lo|ceea ce|dat|det|tak|to)\s?$", re.IGNORECASE
)
"""What opens the clause of a verb that attributes the sentence before: "C'est ce que révèle X"."""
_OF_PIECE: Final = re.compile(
    rf" (?:de|del|della|di|do|da|du|von|des|der|van|av|af|in|en|w|v)(?: (?:{_ARTICLES}))? "
    rf"(?P<name>[{UPPER}][\w.&’'-]*\w) (?:\w{{1,5}} )?(?P<verb>[^\W\d_]+)"
)
"""A name of one word: one of more is a person's as often."""
_OF_CLOSED_PIECE: Final = re.compile(
    rf" (?:de|del|della|di|do|da|du|von|des|van|av|af)(?: (?:{_ARTICLES}))? (?P<name>[{UPPER}][\w.&’'-]*\w)(?=,)"
)
_SEEN_BY: Final = re.compile(rf" (?:(?:{_ARTICLES}) )?{NAME}")
_REPORTS_CITING: Final = re.compile(rf"(?<![\w@/.]){NAME} (?P<verb>[^\W\d_]+),? $")
CITES_ARABIC: Final = "نقل"
"""In every text that an Arabic or Persian outlet is said to cite in."""
_UNCASED_CITING: Final = re.compile(
    r"(?:^|\n)[^\w\n]{0,4}(?P<name>[\u0620-\u06ff\u200c]{3,20}(?: [\u0620-\u06ff\u200c]{3,12})?)"
    r" (?:به نقل از|نقلا عن|نقلاً عن|نقلًا عن) "
)
"""An Arabic or Persian name that opens a line and cites: "X به نقل از"."""
_BEFORE: Final = re.compile(rf"(?<![\w@/.])(?P<name>[{UPPER}][\w.&’'-]*\w{MORE}) $")
_CASE: Final = re.compile(r"['’-](\w{1,4})$")
"""The ending of a case behind an apostrophe or a hyphen: "Körfez Postası'nın", "APA-nın"."""
_UNCASED: Final = "ა-ჰא-תء-ي"
_QUOTED: Final = re.compile(
    rf" (?:(?:{_ARTICLES}) )?(?:[«„“”‘][ \u00a0\u202f]?"
    rf"(?P<a>[{UPPER}{_UNCASED}0-9][^\n«»„“”\".!?,;:…]{{1,37}}[^\s«»„“”\".!?,;:…])[ \u00a0\u202f]?[»“”’]"
    rf"|\"(?P<b>[{UPPER}{_UNCASED}0-9][^\n\".!?,;:…]{{1,38}})\")(?!\w)"
)
_DOMAIN: Final = re.compile(r"\.(?:com|net|org|info|news|online|media|tv|[a-z]{2})(?![\w/@-]|\.\w)")
_HOST: Final = re.compile(r"[a-z0-9-]{2,30}(?:\.[a-z0-9-]{2,30})?$")
_WORD_AFTER: Final = re.compile(r"[»\"”’')*]{0,2} ([^\W_]+)")
_OPENS_CLAUSE: Final = re.compile(
    r"(?:^|[\n,.!?…:–—»”\"“)(-]|\b(?:as|wie|como|comme|come|quanto|jak|kako|како|как|όπωσ|cum|som|zoals|ahogy|seperti|"
    r"sebagaimana))\s*$",
    re.IGNORECASE,
)
_WINDOW: Final = 60
"""Code points before a cue that are read."""


def beside_cues(lexicon: CitationLexicon, plain: PlainText, words: Set[str]) -> Iterator[Offsets]:
    """The names beside the cues that the text has; ``words`` are those of its words that are in
    ``lexicon.beside_names``.
    """
    text = plain.text
    for start, end in _places(plain.lower, _of_first_words(lexicon.quoting_cues, words)):
        match = _QUOTED.match(text, end)
        if match is not None:
            yield match.span("b" if match["a"] is None else "a")
            continue
        if _ANY_BEHIND.match(text, end) is None:  # as most: what precedes the cue is looked at for longer
            continue
        window = max(0, start - _WINDOW)
        is_naming = plain.lower[start:end] in lexicon.naming_cues
        if is_naming and _CLOSES_QUOTATION.search(text, window, start):
            match = _BEHIND_QUOTATION.match(text, end) or _BEHIND.match(text, end)
        elif (is_naming and _OPENS_CLAUSE.search(text, window, start)) or _POINTS.search(text, window, start):
            match = _BEHIND.match(text, end)
        if match is not None:
            yield match.span("name")
    for start, end in _places(plain.lower, sorted(lexicon.stories & words)):
        match = _OF_PIECE.match(text, end)
        if match is not None and (match["verb"].lower() in lexicon.triggers or match["verb"] in lexicon.forms.shows):
            yield match.span("name")
        elif match is None and (closed := _OF_CLOSED_PIECE.match(text, end)) and _is_cued_piece(lexicon, plain, start):
            yield closed.span("name")
    for _, end in _places(plain.lower, _of_first_words(lexicon.forms.seen_by, words)):
        match = _SEEN_BY.match(text, end)
        if match is not None:
            yield match.span("name")
    for start, _ in _places(plain.lower, sorted(lexicon.forms.citing & words)):
        match = _REPORTS_CITING.search(text, max(0, start - _WINDOW), start)
        if match is not None and match["verb"] in lexicon.triggers:
            yield match.span("name")
    if plain.letters & UNCASED:
        yield from (match.span("name") for match in _UNCASED_CITING.finditer(text))
    for start, end in _places(plain.lower, sorted(lexicon.cues_behind & words)):
        if plain.lower[start:end] in lexicon.forms.named and not _is_before_kind(lexicon, plain.lower, end):
            continue
        match = _BEFORE.search(text, max(0, start - _WINDOW), start)
        if match is not None and not lexicon.press.describes(match["name"].lower()):
            case = _CASE.search(match["name"])
            is_word = case is None and " " not in match["name"] and not match["name"].isupper()
            if is_word and plain.lower[start:end] in lexicon.forms.genitive_cues:
                continue  # "Bakanlığın haberine göre"
            start, end = match.span("name")
            start += 4 if plain.text.startswith("The ", start) else 0  # "the X newspaper"
            is_case = case is not None and (case[0][0] != "-" or case[1] in lexicon.forms.cases)
            yield start, start + case.start() if case is not None and is_case else end


def has_host(lower: str) -> bool:
    """Whether a text names a domain outside of its addresses."""
    return any(_host_start(lower, match) is not None for match in _DOMAIN.finditer(lower))


def hosts(lexicon: CitationLexicon, plain: PlainText) -> Iterator[Offsets]:
    """The domains of a text that a cue precedes or follows."""
    lower = plain.lower
    for match in _DOMAIN.finditer(lower):
        start = _host_start(lower, match)
        if start is None:
            continue
        after = _WORD_AFTER.match(lower, match.end())
        before = lower[max(0, start - _WINDOW) : start].split()
        if (before and before[-1] in lexicon.before_names) or (after is not None and after[1] in lexicon.triggers):
            yield start, match.end()


def _host_start(lower: str, domain: re.Match[str]) -> int | None:
    """Where a host begins that ends in a top domain; None where it is a part of an address, or none."""
    host = _HOST.search(lower, max(0, domain.start() - _WINDOW), domain.start())
    if host is None or lower[max(0, host.start() - 1) : host.start()].strip(' \n(«“"'):
        return None
    return host.start()


def _is_cued_piece(lexicon: CitationLexicon, plain: PlainText, start: int) -> bool:
    """Whether a preposition that attributes is right before a piece, an article aside: "selon une enquête"."""
    words = plain.lower[max(0, start - _WINDOW) : start].split()[-2:]
    return any(word in lexicon.before_names and word not in ARTICLES for word in words)


def _is_before_kind(lexicon: CitationLexicon, lower: str, end: int) -> bool:
    """Whether a kind of outlet is one of the two words behind a place."""
    return not lexicon.kinds.isdisjoint(lower[end : end + _WINDOW].split()[:2])


def _of_first_words(phrases: Mapping[str, Sequence[str]], present: Set[str]) -> list[str]:
    """The phrases whose first word a text has."""
    return [phrase for word in sorted(phrases.keys() & present) for phrase in phrases[word]]


def _places(text: str, words: Iterable[str]) -> Iterator[Offsets]:
    """Where any of the words is in a text, whole."""
    for word in words:
        at = text.find(word)
        while at >= 0:
            end = at + len(word)
            if not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum():
                yield at, end
            at = text.find(word, end)
