"""Names that the registry lacks, where the word beside them shows that they are outlets'."""

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

from processors.core.citations.capitals import UPPER
from processors.core.citations.cued_names import CITES_ARABIC, MORE, NAME, beside_cues, has_host, hosts
from processors.core.citations.east_asian_names import east_asian, may_hold_east_asian
from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.name_candidates import MAX_NAMES, NameCandidate
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lexicon.unknown_id import unknown_outlet
from processors.core.quotes.lines.tokens import Spelling, words_of
from processors.core.text.character_kinds import CYRILLIC, LATIN, UNCASED
from schemas.text import APOSTROPHES

MAX_LOOKED_AT: Final = 200
"""Capitalised runs, quotations and kinds of outlets of a post that are looked at."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CAPITAL = re.compile(r"[A-Z]")
# A pattern that opens with a class is searched for in a fifth of the time of one that opens with a look behind.
_LATIN_RUN = re.compile(rf"[A-Z](?<![\w@/.].)[\w.&’'-]*\w{MORE}")
_CYRILLIC_TAIL = re.compile(r"[A-Za-z0-9][-‑]?[а-яёіїє]")
"""No name: "CI-систему", "IT-компания"."""
_QUOTED = re.compile(
    rf"[«„“”\"](?<=\w .)(?:(?<!\")(?P<a>[^\n«»„“”\"]{{2,40}})[»“”]|(?<=\")(?P<b>[{UPPER}0-9][^\n\"]{{1,40}})\")"
)
_AFTER_KIND = re.compile(f" {NAME}")
_AFTER_CASELESS_KIND = re.compile(r"\s(?P<name>[\u0590-\u06ff\u200c]{3,20}(?:[ \u200c]\d{1,3})?)")
_ACCOUNT = re.compile(r"@(?<=[ (]@)(?P<name>\w{4,32})")
_CAPITAL_RUN = re.compile(rf"[{UPPER}][\w’'-]*(?: (?:[{UPPER}][\w’'-]*|of|the|de|du|do|da|del|di|and|&)){{0,6}}")
_WORD_BACKWARDS = re.compile(r"\n?[\s(«\"“„'‘:*]{1,4}([^\W_]+)")
"""The word before a place: read backwards, which takes a sixth of the time of a search for what ends there."""
_FIRST_WORD = re.compile(r"[»\"”’')*]{0,2}[ \u00a0]([^\W_]+)")
_LABEL_END = re.compile(r"(?: \(\w+\))?(?:[:)]| \|)")
_CHANNEL: Final = re.compile(r"\b(?:chan|can|kan|chaîne)\w* (?:de |di )?$")
_OF_PLACE: Final = re.compile(r" (?:of|de|du|do|da|del|di) ")
_NEAR: Final = 40
_BOTH: Final = LATIN | CYRILLIC
_LEAST_COMPOUND: Final = 9
"""Letters of a name of one word that ends so."""
_ARTICLES: Final = ("The ", "Die ", "Der ", "Das ")
_QUOTE = re.compile(r"[«„“‘\"]")
_WORDS_TO_KIND: Final = 4
"""Words before a kind of outlet that is also one of other things, among which a cue is."""
_MAX_WORDS: Final = 5
_TRAILING: Final = ".- " + "".join(map(chr, APOSTROPHES))


def may_hold_unknown(lexicon: CitationLexicon, spelling: Spelling, words: Set[str]) -> bool:
    """Whether unknown names are looked for at all: a cheap test, for most texts hold none; ``words`` are those of the
    text that are in ``lexicon.beside_names``.
    """
    text = spelling.text
    if spelling.letters & UNCASED and (may_hold_east_asian(text) or CITES_ARABIC in text):
        return True
    if lexicon.saying.isdisjoint(words):
        return not lexicon.forms.label_openers.isdisjoint(words) and lexicon.forms.label.search(text) is not None
    if "@" in text or not lexicon.naming_words.isdisjoint(words):
        return True
    if not lexicon.quoting_words.isdisjoint(words) and _QUOTE.search(text):
        return True
    has_both = spelling.letters & _BOTH == _BOTH and not lexicon.triggers.isdisjoint(words)
    if has_both and _CAPITAL.search(text) and _CYRILLIC.search(text):
        return True
    return _has_ending(lexicon, text) or has_host(spelling.lower)


def unknown(
    lexicon: CitationLexicon, plain: PlainText, words: Set[str], taken: Sequence[NameCandidate]
) -> list[NameCandidate]:
    """The unknown names of a text; ``words`` are its own as for :func:`may_hold_unknown`, ``taken`` its known names."""
    found: list[NameCandidate] = []
    for looked_at, one in enumerate(_all(lexicon, plain, words)):
        if looked_at >= MAX_LOOKED_AT or len(found) >= MAX_NAMES:
            break
        if one is not None and not any(_is_of(plain, one, known) for known in taken):
            found.append(one)
    return found


def _all(lexicon: CitationLexicon, plain: PlainText, words: Set[str]) -> Iterator[NameCandidate | None]:
    """What is looked at, and None for each that is no name."""
    text = plain.text
    if "@" in text:
        yield from (_account(lexicon, plain, match) for match in _ACCOUNT.finditer(text))
    if plain.letters & CYRILLIC and _CYRILLIC.search(text):
        yield from (_beside_cue(lexicon, plain, match) for match in _LATIN_RUN.finditer(text))
    elif _has_ending(lexicon, text) or not lexicon.name_openers.isdisjoint(words):
        yield from (_by_form(lexicon, plain, match) for match in _CAPITAL_RUN.finditer(text))
    kinds = lexicon.naming_kinds.intersection(words)
    weaker = lexicon.cued_kinds.intersection(words)
    if kinds or weaker or not lexicon.press.correspondents.isdisjoint(words):
        yield from (_quoted(lexicon, plain, match) for match in _QUOTED.finditer(text))
    yield from _after_kinds(lexicon, plain, sorted(kinds | weaker))
    yield from (_candidate(lexicon, text, *found) for found in beside_cues(lexicon, plain, words))
    if "." in text:
        yield from (NameCandidate(*found, unknown_outlet(text[slice(*found)])) for found in hosts(lexicon, plain))
    if plain.letters & UNCASED:
        yield from (NameCandidate(*found, unknown_outlet(text[slice(*found)])) for found in east_asian(text))


def _has_ending(lexicon: CitationLexicon, text: str) -> bool:
    return bool(lexicon.forms.any_ending.find_matches_as_indexes(text.encode("utf-8", "surrogatepass")))


def _account(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    if _word_before(plain, match.start()) not in lexicon.triggers:
        return None
    name = match["name"]
    return NameCandidate(match.start(), match.end(), unknown_outlet(name), channel=name)


def _beside_cue(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    """A Latin name in a Cyrillic text after a cue or a kind of outlet."""
    start, end = match.span()
    if _word_before(plain, start) not in lexicon.triggers or _CYRILLIC_TAIL.search(plain.text, start, end + 2):
        return None
    return _candidate(lexicon, plain.text, start, end)


def _by_form(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    """Capitalised words beside a cue that open or end as outlets' names do: "Radio Nord", "Trinidad Express"."""
    after = _FIRST_WORD.match(plain.lower, match.end())
    is_cued = after is not None and after[1] in lexicon.triggers
    is_cued = is_cued or _LABEL_END.match(plain.text, match.end()) is not None
    is_cued = is_cued or plain.lower[match.start() : match.end()].split(" ", 1)[0] in lexicon.before_names
    if not is_cued and _word_before(plain, match.start()) not in lexicon.before_names:
        return None
    start = match.start()
    words = words_of(match[0])
    if len(words) == 2 and words[0] in lexicon.forms.contractions:
        return None
    while len(words) > 2 and words[0] in lexicon.before_names and words[0] not in lexicon.name_openers:
        if words[0] in ARTICLES and words[1] in lexicon.forms.label_openers:
            break  # "El Diario de Coahuila"
        start += match[0][start - match.start() :].index(" ") + 1  # "Volgens Radio Noord"
        words = words[1:]
    last = words[-1]
    is_compound = last.endswith(lexicon.forms.compounds)
    if len(words) < 2 and not (is_compound and len(last) >= _LEAST_COMPOUND and last not in lexicon.kinds):
        return None
    first = words[1] if words[0] in ARTICLES else words[0]
    if last not in lexicon.name_endings and first not in lexicon.name_openers and not is_compound:
        return None
    start += 4 if plain.text.startswith(_ARTICLES, start) else 0
    end = match.end()
    if len(words) > _MAX_WORDS and (place := _OF_PLACE.search(plain.text, start, end)):
        end = place.start()  # "Radio Brisas de Mar del Plata"
    return _candidate(lexicon, plain.text, start, end)


def _quoted(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    before = _word_before(plain, match.start())
    is_source = before in lexicon.naming_kinds or before in lexicon.press.correspondents
    if not is_source and before in lexicon.cued_kinds:
        after = _FIRST_WORD.match(plain.lower, match.end())
        is_source = after is not None and after[1] in lexicon.triggers
        is_source = is_source or _follows_cue(lexicon.saying, plain.lower, match.start())
    if not is_source:
        return None
    return _candidate(lexicon, plain.text, *match.span("b" if match["a"] is None else "a"))


def _after_kinds(lexicon: CitationLexicon, plain: PlainText, kinds: list[str]) -> Iterator[NameCandidate | None]:
    """Names right after one of the kinds of outlets that the text has: "radio CFRA"."""
    lower = plain.lower
    for word in kinds:
        pattern = _AFTER_CASELESS_KIND if word[0] >= FIRST_UNCASED else _AFTER_KIND
        at = lower.find(word)
        while at >= 0:
            after = at + len(word)
            match = pattern.match(plain.text, after) if not lower[at - 1 : at].isalnum() else None
            is_telegram = match is not None and _is_telegram(lower, at, after)
            is_name = is_telegram or (match is not None and not plain.text[at].isupper())
            if is_name and not is_telegram and word in lexicon.cued_kinds:
                triggers = lexicon.triggers if word.startswith(lexicon.forms.sites) else lexicon.saying
                is_name = _follows_cue(triggers, lower, at) and not _is_of_other_trade(lexicon, lower, at)
            yield _candidate(lexicon, plain.text, *match.span("name")) if match is not None and is_name else None
            at = lower.find(word, after)


def _is_telegram(lower: str, start: int, end: int) -> bool:
    """Whether a kind of outlet names a channel of Telegram: "Telegram channel X", "kanał Telegram X"."""
    before = lower[max(0, start - _NEAR) : start]
    if lower[start:end] == "telegram":
        return _CHANNEL.search(before) is not None
    return before.endswith(("telegram ", "telegram-"))


def _is_of_other_trade(lexicon: CitationLexicon, lower: str, offset: int) -> bool:
    """Whether the word before a kind of outlet shows that it is no outlet: "метеорологическое агентство"."""
    before = lower[max(0, offset - _NEAR) : offset].split()
    return bool(before) and before[-1].startswith(lexicon.forms.other_trades)


def _follows_cue(cues: Set[str], lower: str, offset: int) -> bool:
    """Whether one of some words is among the few before a place."""
    return not cues.isdisjoint(lower[max(0, offset - _NEAR) : offset].split()[-_WORDS_TO_KIND:])


def _word_before(plain: PlainText, start: int) -> str:
    match = _WORD_BACKWARDS.match(plain.lower[max(0, start - _NEAR) : start][::-1])
    return "" if match is None else match[1][::-1]


def _candidate(lexicon: CitationLexicon, text: str, start: int, end: int) -> NameCandidate | None:
    while end > start and text[end - 1] in _TRAILING:
        end -= 1
    name = text[start:end]
    words = words_of(name)
    if not words or len(words) > _MAX_WORDS or not lexicon.not_outlets.isdisjoint((words[0], words[-1])):
        return None
    if words[0] in lexicon.triggers and (len(words) == 1 or words[0] not in lexicon.kinds):
        return None
    return NameCandidate(start, end, unknown_outlet(name))


def _is_of(plain: PlainText, one: NameCandidate, known: NameCandidate) -> bool:
    """Whether a name is taken by a known one. A longer name takes a known one that is only its end or a common word, or
    that "of" and a place follow: "Trinidad Express", "El Diario de Coahuila".
    """
    if known.start >= one.end or one.start >= known.end:
        return False
    is_longer = one.start <= known.start and one.end >= known.end and one.end - one.start > known.end - known.start
    is_elsewhere = plain.lower.startswith((" de ", " del ", " do ", " da ", " di ", " of "), known.end)
    return not (is_longer and (known.is_ambiguous or known.start > one.start or is_elsewhere))
