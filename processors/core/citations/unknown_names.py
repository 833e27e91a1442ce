"""Names that the registry lacks, where the word beside them shows that they are outlets'."""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from typing import Final

from processors.core.citations.capitals import UPPER
from processors.core.citations.cued_names import CITES_ARABIC, MORE, NAME, beside_cues, has_host, hosts
from processors.core.citations.east_asian_names import east_asian, may_hold_east_asian
from processors.core.citations.formed_names import formed_names, is_compound, is_formed, may_hold_formed
from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.linked_names import linked_names
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.name_candidates import MAX_NAMES, NameCandidate
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED
from processors.core.quotes.lexicon.unknown_id import unknown_outlet
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import Spelling, words_of
from processors.core.text.character_kinds import CYRILLIC, LATIN, UNCASED, has_several
from schemas.text import APOSTROPHES

MAX_LOOKED_AT: Final = 200
"""Capitalised runs, quotations and kinds of outlets of a post that are looked at."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CAPITAL = re.compile(r"[A-Z](?<![\w/.@-].)")
# A pattern that opens with a class is searched for in a fifth of the time of one that opens with a look behind.
_LATIN_RUN = re.compile(rf"[A-Z](?<![\w@/.].)[\w.&’'-]*\w{MORE}")
_CYRILLIC_TAIL = re.compile(r"[A-Za-z0-9][-‑]?[а-яёіїє]")
"""No name: "CI-систему", "IT-компания"."""
_QUOTED = re.compile(
    rf"[«„“”\"](?<=\w .)(?:(?<!\")(?P<a>[^\n«»„“”\"]{{2,40}})[»“”]|(?<=\")(?P<b>[{UPPER}0-9][^\n\"]{{1,40}})\")"
)
_LOWER_WORD = re.compile(r" ([^\W\d_]{4,20})(?= )")
_AFTER_KIND = re.compile(f" {NAME}")
_CASELESS: Final = (
    "\u0900-\u0963\u0966-\u0dff\u10d0-\u10ff\u0590-\u060b\u0610-\u061a\u0620-\u066f\u0671-\u06d3\u06d5-\u06ff\u200c"
)
_AFTER_CASELESS_KIND = re.compile(rf"\s(?P<name>[{_CASELESS}]{{3,20}}(?:[ \u200c]\d{{1,3}})?)")
_CASELESS_WORD = re.compile(rf" ([{_CASELESS}]+)")
_ACCOUNT = re.compile(r"@(?<=[ (]@)(?P<name>\w{4,32})")
_CAPITAL_RUN = re.compile(rf"[{UPPER}][\w’'-]*(?: (?:[{UPPER}][\w’'-]*|of|the|de|du|do|da|del|di|and|&)){{0,6}}")
_WORD = re.compile(r"[^\W_]+")
_WORD_BACKWARDS = re.compile(r"\n?[\s(«\"“„'‘:*]{1,4}([^\W_]+)")
"""The word before a place: read backwards, which takes a sixth of the time of a search for what ends there."""
_FIRST_WORD = re.compile(r"[»\"”’')*]{0,2}[ \u00a0]([^\W_]+)")
_LABEL_END = re.compile(r"(?: \(\w+\))?(?:[:)]| \|)")
_CHANNEL: Final = re.compile(r"\b(?:chan|can|kan|chaîne)\w* (?:de |di )?$")
_OF_PLACE: Final = re.compile(r" (?:of|de|du|do|da|del|di) ")
_NEAR: Final = 40
_LINK: Final = 300
"""Code points of a link's target."""
_ARTICLES: Final = ("The ", "Die ", "Der ", "Das ")
_QUOTE = re.compile(r"[«„“”‘\"]")
_CUE_BACKWARDS = re.compile(r"[\s(«\"“„'‘:*_\[]{1,8}(?:([^\W_]{1,5})[ \u00a0])??([^\W_]+)")
"""The word before a place, read backwards, and the one behind it where that may be an article."""
_WORDS_TO_KIND: Final = 4
"""Words before a kind of outlet that is also one of other things, among which a cue is."""
_MAX_WORDS: Final = 5
_CASE: Final = re.compile(r"['’]\w{1,4}$")
_CASELESS_WORDS: Final = 3
_CYRILLIC_CASES: Final = ("а", "у", "ю", "ом", "ем", "е", "и", "ы", "ам", "ах", "ов")
"""Ends of what is no subject: "администратору каналу N утверждает"."""
_CLOSING_CASELESS: Final = frozenset(":،,.؛\n") | {""}
_SENTENCE_START = re.compile(r"(?:^|[\n.!?…»”\"–—:][\s]?|[\u2190-\U0010ffff] ?)$")
_TRAILING: Final = ".- " + "".join(map(chr, APOSTROPHES))


def may_hold_unknown(lexicon: CitationLexicon, spelling: Spelling, words: Set[str]) -> bool:
    """Whether unknown names are looked for at all: a cheap test, for most texts hold none; ``words`` are those of the
    text that are in ``lexicon.beside_names``.
    """
    text = spelling.text
    if spelling.letters & UNCASED and (may_hold_east_asian(text) or CITES_ARABIC in text):
        return True
    if lexicon.saying.isdisjoint(words):
        return may_hold_formed(lexicon, spelling.lower, words)
    if "@" in text or not lexicon.naming_words.isdisjoint(words):
        return True
    if not lexicon.quoting_words.isdisjoint(words) and _has_cued(_QUOTE, spelling, lexicon.quoting_ends):
        return True
    if not lexicon.naming_in_quotes.isdisjoint(words):
        return True
    if spelling.letters & CYRILLIC and _CYRILLIC.search(text):
        has_latin = spelling.letters & LATIN and not lexicon.triggers.isdisjoint(words)
        if has_latin and _has_cued(_CAPITAL, spelling, lexicon.triggers):
            return True
    elif _has_ending(lexicon, spelling):
        return True
    return has_host(spelling.lower) or may_hold_formed(lexicon, spelling.lower, words)


def _has_cued(pattern: re.Pattern[str], spelling: Spelling, cues: Set[str]) -> bool:
    """Whether one of the first places of a pattern has a cue before it, an article and marks aside."""
    lower = spelling.lower
    for match in islice(pattern.finditer(spelling.text), MAX_LOOKED_AT):
        at = match.start()
        if lower[at - 2 : at - 1] == ")" and "](" in lower[max(0, at - _LINK) : at]:
            return True  # the cue may be what the link shows
        found = _CUE_BACKWARDS.match(lower[max(0, at - _NEAR) : at][::-1])
        if found is not None and (found[2][::-1] in cues or (found[1] is not None and found[1][::-1] in cues)):
            return True
    return False


def unknown(
    lexicon: CitationLexicon,
    plain: PlainText,
    words: Set[str],
    taken: Sequence[NameCandidate],
    links: Sequence[tuple[int, str]] = (),
) -> list[NameCandidate]:
    """The unknown names of a text; ``words`` are its own as for :func:`may_hold_unknown`, ``taken`` its known
    names, ``links`` ends and targets of its links.
    """
    found: list[NameCandidate] = []
    for looked_at, one in enumerate(_all(lexicon, plain, words, links)):
        if looked_at >= MAX_LOOKED_AT or len(found) >= MAX_NAMES:
            break
        if one is not None and not any(_is_of(lexicon, plain, one, known) for known in taken):
            found.append(one)
    return found


def _all(
    lexicon: CitationLexicon, plain: PlainText, words: Set[str], links: Sequence[tuple[int, str]]
) -> Iterator[NameCandidate | None]:
    """What is looked at, and None for each that is no name."""
    text = plain.text
    if "@" in text:
        yield from (_account(lexicon, plain, match) for match in _ACCOUNT.finditer(text))
    if plain.letters & CYRILLIC and _CYRILLIC.search(text):
        yield from (_beside_cue(lexicon, plain, match) for match in _LATIN_RUN.finditer(text))
        if not lexicon.formed_words.isdisjoint(words):
            yield from _all_by_form(lexicon, plain)
    elif not lexicon.name_openers.isdisjoint(words) or _has_ending(lexicon, plain):
        yield from _all_by_form(lexicon, plain)
    yield from (_candidate(lexicon, text, *found) for found in linked_names(lexicon, plain, links))
    if may_hold_formed(lexicon, plain.lower, words):
        yield from (_candidate(lexicon, text, *found) for found in formed_names(lexicon, plain))
    kinds = lexicon.naming_kinds.intersection(words)
    weaker = lexicon.cued_kinds.intersection(words)
    if kinds or weaker or not lexicon.naming_in_quotes.isdisjoint(words):
        yield from (_quoted(lexicon, plain, match) for match in _QUOTED.finditer(text))
    if kinds or weaker:
        yield from _after_kinds(lexicon, plain, sorted(kinds | weaker))
    yield from (_candidate(lexicon, text, *found) for found in beside_cues(lexicon, plain, words))
    if "." in text:
        yield from (NameCandidate(*found, unknown_outlet(text[slice(*found)])) for found in hosts(lexicon, plain))
    if plain.letters & UNCASED and may_hold_east_asian(text):
        yield from (NameCandidate(*found, unknown_outlet(text[slice(*found)])) for found in east_asian(text))


def _all_by_form(lexicon: CitationLexicon, plain: PlainText) -> Iterator[NameCandidate | None]:
    is_mixed = has_several(plain.letters)
    for match in _CAPITAL_RUN.finditer(plain.text):
        yield _by_form(lexicon, plain, match) if is_mixed or _may_be_form(lexicon, match[0]) else None


def _has_ending(lexicon: CitationLexicon, text: Spelling | PlainText) -> bool:
    if not text.letters & LATIN:
        return False
    return bool(lexicon.forms.any_ending.find_matches_as_indexes(text.text.encode("utf-8", "surrogatepass")))


def _account(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    before = _word_before(plain, match.start())
    is_cued = before in lexicon.triggers or before in lexicon.source_labels
    if not is_cued and not (before in lexicon.cued_kinds and _follows_cue(lexicon.saying, plain.lower, match.start())):
        return None
    name = match["name"]
    return NameCandidate(match.start(), match.end(), unknown_outlet(name), channel=name)


def _beside_cue(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    """A Latin name in a Cyrillic text after a cue or a kind of outlet."""
    start, end = match.span()
    if _word_before(plain, start) not in lexicon.triggers or _CYRILLIC_TAIL.search(plain.text, start, end + 2):
        return None
    return _candidate(lexicon, plain.text, start, end)


def _may_be_form(lexicon: CitationLexicon, run: str) -> bool:
    """Whether capitalised words of one alphabet are several, or one that ends as outlets' names do."""
    return not run.isalpha() or run.lower().endswith(lexicon.forms.compounds)


def _by_form(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    """Capitalised words beside a cue that open or end as outlets' names do: "Radio Nord", "Trinidad Express"."""
    start, end = match.span()
    if (case := _CASE.search(plain.text, start, end)) is not None:
        end = case.start()  # "Toros TV'ye"
    words = _words_in(plain, start, end)
    last = words[-1]
    if len(words) < 2 and not is_compound(lexicon, last):
        return None  # as most
    if len(words) == 2 and words[0] in lexicon.forms.contractions:
        return None
    ends_so = last.endswith(lexicon.forms.compounds)
    if not (ends_so or last in lexicon.name_endings or not lexicon.name_openers.isdisjoint(words)):
        return None
    if not _is_cued(lexicon, plain, match):
        return None
    while len(words) > 2 and words[0] in lexicon.before_names and words[0] not in lexicon.name_openers:
        if words[0] in ARTICLES and words[1] in lexicon.forms.label_openers:
            break  # "El Diario de Coahuila"
        blank = plain.text.find(" ", start, end)
        if blank < 0:
            break  # "La-La-Land"
        start = blank + 1  # "Volgens Radio Noord"
        words = words[1:]
    first = words[1] if words[0] in ARTICLES else words[0]
    if last not in lexicon.name_endings and first not in lexicon.name_openers and not ends_so:
        return None
    start += 4 if plain.text.startswith(_ARTICLES, start) else 0
    if len(words) > _MAX_WORDS and (place := _OF_PLACE.search(plain.text, start, end)):
        end = place.start()  # "Radio Brisas de Mar del Plata"
    return _candidate(lexicon, plain.text, start, end)


def _is_cued(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> bool:
    """Whether a cue is beside capitalised words or opens them, or their place and form are those of a label."""
    after = _FIRST_WORD.match(plain.lower, match.end())
    if after is not None and (after[1] in lexicon.saying or after[1] in lexicon.pieces):
        return True
    if _LABEL_END.match(plain.text, match.end()) and is_formed(lexicon, match[0]):
        return True
    if plain.lower[match.start() : match.end()].split(" ", 1)[0] in lexicon.before_names:
        return True
    before = _word_before(plain, match.start())
    return before in lexicon.before_names or before in lexicon.saying


def _quoted(lexicon: CitationLexicon, plain: PlainText, match: re.Match[str]) -> NameCandidate | None:
    before = _word_before(plain, match.start())
    is_source = before in lexicon.naming_kinds or before in lexicon.press.correspondents
    after = None if is_source else _FIRST_WORD.match(plain.lower, match.end())
    is_cued_behind = after is not None and after[1] in lexicon.triggers
    if not is_source and before in lexicon.cued_kinds:
        is_source = is_cued_behind or _follows_cue(lexicon.saying, plain.lower, match.start())
    start, end = match.span("b" if match["a"] is None else "a")
    if not is_source and not (is_cued_behind and is_formed(lexicon, plain.text[start:end])):
        return None
    return _candidate(lexicon, plain.text, start, end)


def _after_kinds(lexicon: CitationLexicon, plain: PlainText, kinds: list[str]) -> Iterator[NameCandidate | None]:
    """Names right after one of the kinds of outlets that the text has: "radio CFRA"."""
    lower = plain.lower
    for word in kinds:
        is_caseless = word[0] >= FIRST_UNCASED
        at = lower.find(word)
        while at >= 0:
            after = at + len(word)
            if lower[at - 1 : at].isalnum():
                found = None
            else:
                found = _caseless_name(lexicon, plain, after) if is_caseless else _cased_name(lexicon, plain, after)
            is_name = found is not None and _is_kind_of(lexicon, plain, word, at, found)
            yield _candidate(lexicon, plain.text, *found) if found is not None and is_name else None
            at = lower.find(word, after)


def _cased_name(lexicon: CitationLexicon, plain: PlainText, after: int) -> Offsets | None:
    """The name behind a kind of outlet, a word that describes the outlet aside: "il quotidiano online X"."""
    match = _AFTER_KIND.match(plain.text, after)
    if match is None:
        word = _LOWER_WORD.match(plain.text, after)
        if word is not None and (word[1] in lexicon.kinds or lexicon.press.describes(word[1])):
            match = _AFTER_KIND.match(plain.text, word.end())
    return None if match is None else match.span("name")


def _caseless_name(lexicon: CitationLexicon, plain: PlainText, after: int) -> Offsets | None:
    """The name behind a kind of outlet in a script without capitals: the few words up to what closes them (a mark, a
    cue, "that", a preposition), or else one word.
    """
    match = _AFTER_CASELESS_KIND.match(plain.text, after)
    if match is None or match["name"] in lexicon.kinds:
        return None
    start, end = match.span("name")
    last = end
    for _ in range(_CASELESS_WORDS):
        if plain.text[last : last + 1] in _CLOSING_CASELESS:
            return start, last
        following = _CASELESS_WORD.match(plain.lower, last)
        if following is None:
            break
        if following[1] in lexicon.kinds:
            break
        if following[1] in lexicon.triggers or following[1] in lexicon.forms.caseless_closers:
            return start, last
        last = following.end()
    return start, end


def _is_kind_of(lexicon: CitationLexicon, plain: PlainText, word: str, at: int, name: Offsets) -> bool:
    """Whether the kind of outlet at a place is that of the name behind it."""
    lower = plain.lower
    if _is_telegram(lower, at, at + len(word)):
        return True
    if plain.text[at].isupper() and not _opens_clause(lexicon, plain, at, name[1]):
        return False
    if _is_of_other_trade(lexicon, lower, at, name[0]):
        return False
    if word not in lexicon.cued_kinds:
        return True
    following = _CASELESS_WORD.match(lower, name[1]) if word[0] >= FIRST_UNCASED else None
    if following is not None and following[1] in lexicon.forms.that and lower[slice(*name)] not in lexicon.attributing:
        return True
    is_site = word.startswith(lexicon.forms.sites)
    if not is_site and word[0] < FIRST_UNCASED and _word_before(plain, at) in lexicon.to_kinds:
        return True
    if not is_site and not word.endswith(_CYRILLIC_CASES) and _is_cue_behind(lexicon, lower, name[1]):
        return True
    return _follows_cue(lexicon.triggers if is_site else lexicon.saying, lower, at)


def _opens_clause(lexicon: CitationLexicon, plain: PlainText, at: int, end: int) -> bool:
    """Whether a kind with a capital is a German noun behind its article, or opens a sentence whose verb is right behind
    the name: "Gegenüber dem Sender X", "Portal X pisze".
    """
    if _word_before(plain, at) in lexicon.forms.german_articles:
        return True
    opens = _SENTENCE_START.search(plain.text, max(0, at - 4), at) is not None
    return opens and _is_cue_behind(lexicon, plain.lower, end)


def _is_cue_behind(lexicon: CitationLexicon, lower: str, end: int) -> bool:
    """Whether a word that attributes is right behind a name."""
    after = _FIRST_WORD.match(lower, end)
    return after is not None and after[1] in lexicon.behind_names


def _is_telegram(lower: str, start: int, end: int) -> bool:
    """Whether a kind of outlet names a channel of Telegram: "Telegram channel X", "kanał Telegram X"."""
    before = lower[max(0, start - _NEAR) : start]
    if lower[start:end] == "telegram":
        return _CHANNEL.search(before) is not None
    return before.endswith(("telegram ", "telegram-"))


def _is_of_other_trade(lexicon: CitationLexicon, lower: str, offset: int, name: int) -> bool:
    """Whether the word before a kind of outlet, or the first one of the name, shows that it is no outlet:
    "метеорологическое агентство", "Agencja Nieruchomości X".
    """
    if lower.startswith(lexicon.forms.other_trades, name):
        return True
    before = lower[max(0, offset - _NEAR) : offset].split()
    return bool(before) and before[-1].startswith(lexicon.forms.other_trades)


def _follows_cue(cues: Set[str], lower: str, offset: int) -> bool:
    """Whether one of some words is among the few before a place."""
    return not cues.isdisjoint(lower[max(0, offset - _NEAR) : offset].split()[-_WORDS_TO_KIND:])


def _words_in(plain: PlainText, start: int, end: int) -> list[str]:
    """The words of a part of a text, as ``words_of``. The text is in spelling already; but of a word that mixes
    alphabets a part may be spelled otherwise.
    """
    return words_of(plain.text[start:end]) if has_several(plain.letters) else _WORD.findall(plain.lower, start, end)


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
    if words[-1].endswith(lexicon.forms.institutions):
        return None
    if words[0] in lexicon.triggers and (len(words) == 1 or words[0] not in lexicon.kinds):
        return None
    return NameCandidate(start, end, unknown_outlet(name))


def _is_of(lexicon: CitationLexicon, plain: PlainText, one: NameCandidate, known: NameCandidate) -> bool:
    """Whether a name is taken by a known one. A longer name takes a known one that is only its end or a common word, or
    that "of" and a place follow: "Trinidad Express", "El Diario de Coahuila".
    """
    if known.start >= one.end or one.start >= known.end:
        return False
    if known.end == one.end and plain.lower[one.start : known.start].rstrip() in lexicon.kinds:
        return not known.is_ambiguous  # "Радио РБК"
    if known.end == one.end and not known.is_ambiguous and " " in plain.text[known.start : known.end]:
        return True  # a person's name before it: "cituje Nováka Seznam Zprávy"
    is_longer = one.start <= known.start and one.end >= known.end and one.end - one.start > known.end - known.start
    is_elsewhere = plain.lower.startswith((" de ", " del ", " do ", " da ", " di ", " of "), known.end)
    return not (is_longer and (known.is_ambiguous or known.start > one.start or is_elsewhere))
