"""Attributions by form alone: a label before the text, or a credit after it."""

import re

from processors.core.quotes.attribution.shapes import Attribution, Shape, has_words
from processors.core.quotes.lexicon.outlets import ARTICLES, Mention
from processors.core.quotes.lexicon.press import PressLexicon
from processors.core.quotes.lines.lines import Line
from processors.core.quotes.lines.tokens import Tokens, spell

LABEL_SIGNS = "~→⇒➔➜➝➞➡►▶▸▹»›>•·∙‣"
"""Signs that part a label from its text as a dash does: arrows, points, tildes."""
DASHES = "–—―−‒-"
"""Dashes of all lengths; the hyphen is last, for classes of characters."""
WIDE_SIGNS = "－﹣─｜～〜—–"
"""Signs as wide as Chinese characters, which need no blanks behind a name in these: "《明報》－ ...", "明報──..."."""
WIDE = r"[\u3005-\u30fe\u4e00-\u9fff\uac00-\ud7a3]"
_PLACE_AFTER = (
    r"""(?:\s?[\[(（][^()（）\[\]\n]{1,60}[\])）]"""
    r"""|,\s?[^.,:;!?\n«»„“”"|()]{2,60}(?:\s?\([^()\n]{1,40}\))?(?=\s?[:：]))"""
)
"""What may follow a name in its label: a place in brackets, or one clause before a colon."""
_PLACE_BESIDE = (
    r"(?:,\s[A-ZÀ-ÞĀ-ſА-ЯΑ-Ω][^\W\d_]{2,20}(?:[ -][^\W\d_]{2,20})?"
    r"|(?:(?<=\s)|\s)[|/–—-]\s[A-ZÀ-ÞĀ-ſА-ЯЁІЇЄҐΑ-Ω](?:\.?[^\W\d_]){1,20}\.?)"
)
"""A place that closes a line of its own with the name: "Le Soir, Brussels", "LE MONDE | FRANCE"."""
PLACE_BESIDE = re.compile(rf"{_PLACE_BESIDE}$")
_AFTER_LABEL = re.compile(
    rf"[»\"”“'’*_》〉」』】〕］)\]]{{0,3}}{_PLACE_AFTER}?[»\"”*_ \t\u00a0]{{0,4}}"
    rf"(?:{_PLACE_BESIDE}(?P<placed>[*_]{{0,3}}$)|(?P<colon>[:：](?![a-zåäö]{{1,4}}\s))|(?P<dash>(?<=[\s)\]])(?:[{DASHES}]{{1,2}}|[|={LABEL_SIGNS}]\ufe0f?|//|>>)(?=\s)|\u3000(?=\S))"
    r"|(?P<stop>(?<=\))\.\s?(?=[«„“\"])|(?<=[»”*_])\.\s(?=\S)|\.[*_]{1,3}\s(?=\S))"
    r"|(?P<quotation>\s(?=[«„“\"][^\n]{1,400}[»”“\"][.!]?$))"
    r"|(?P<alone>$)"
    r"|(?P<bracketed>(?<=[\]】〉〕］])\s?(?=[^\s:：]))"
    rf"|(?P<wide>(?<={WIDE})\s?[{WIDE_SIGNS}]{{1,2}}(?=\s?\S))"
    r"|(?P<blank>(?<=[\u3040-\ud7a4])[ \u3000](?=\S)))"
)
_AFTER_TAG = re.compile(r"\s(?=[«„“\"]?[^\W_a-zà-ÿа-яёіїєґα-ω])")
_CAPITAL = "[A-ZÀ-ÞĀ-ſА-ЯЁІЇЄҐΑ-Ω]"
_PLACE = rf"{_CAPITAL}[^\W\d_]{{1,20}}(?:[ -]{_CAPITAL}[^\W\d_]{{1,20}}){{0,2}}"
_PLACE_BEFORE = re.compile(
    rf"(?:[^\W\d_]{{1,6}}\s)?{_PLACE}(?P<sign>\s[-–—|/]|[,/|:])\s[«\"“„]?$|(?:[*_]{{1,3}})?{_PLACE}(?:\.[*_]{{1,3}}|[*_]{{1,3}}\.)\s$|{_PLACE}\s(?P<bracket>[(\[])$"
)
"""A place or a writer before a name: "FRANCE - LE FIGARO", "Da Vienna, Der Standard", "Italy: La Stampa", "Ann Field
(Le Monde)", "**Poland.** Onet".
"""
_LINK = re.compile(r"[\s(]{0,4}(?:https?:|www\.|t\.me/|@)")
_SCORE = re.compile(r"\s{0,2}[^\W\d_][\w .'’&-]{1,30}[ ,(:]{1,3}\d{1,3}\s?[:–-]\s?\d{1,3}(?!\d)")
"""Behind a name and a dash: another name and a score, as of teams that are called like newspapers."""
_BEFORE_CREDIT = re.compile(
    rf"(?:(?<=\s)[{DASHES}]{{1,2}}"
    r"|[(\[|（](?:\d{1,4}(?:[./-]\d{1,4}){1,2}\.?,?\s?)?|——|//|(?<=\s)[/~©|•·←])\s{0,2}(?:[^\W\d_]{2,20}:?\s){0,2}"
    r"[«\"“《「]?$"
)
_SOURCE_BEFORE = re.compile(r"(?:[.!?…»”\")]\s{1,2}|\A)(?P<word>[^\W\d_]{2,20}):?\s[«\"“《「]?$")
"""A word such as "source" or "via" between the text and the name that closes its line."""
_GLUED_CREDIT = re.compile(r"[”“»\"]\s?(?:[^\W\d_]{2,3}\s)?$")
_AFTER_CREDIT = re.compile(
    r"[»\"”》」]?\s?(?:\([^()\n]{1,40}\)|(?:,\s[^()\n]{2,30}|\s?[^\W\d_]{0,8}\.?\s?\d[^()（）\n]{0,20})?[)\]）])?[.!;,。]?$"
)
"""What may follow the name in a credit: its closing mark, its place, or in its bracket the issue's date or page."""
_OPENING, _CLOSING = frozenset('«“„"「《'), frozenset('»”“"」》')
_BEFORE_OPENING = frozenset(" (（[\n")
_BRACKETS = frozenset("[【〈〔［")
_CONTEXT = 60
_MAX_HEAD = 8
MAX_JOINED = 8
"""Outlets that one item may name."""
CLAUSE_BREAK = re.compile(r"[.,!?;:…()。，！？；：、（）।]")


def ends_clause(tokens: Tokens, index: int) -> bool:
    """Whether a clause ends between a word and the next one."""
    gap = tokens.between(index, index + 1)
    return gap != " " and CLAUSE_BREAK.search(gap) is not None


def label(press: PressLexicon, tokens: Tokens, line: Line, first: int, mentions: list[Mention]) -> Attribution | None:
    """The label of a line that starts at word ``first``: outlets, and a colon, a dash or nothing after them."""
    if not mentions:
        return None
    if not _is_opening(press, tokens, first, mentions[0].first):
        return _label_behind_place(tokens, line, mentions)
    named = [mentions[0]]
    for mention in mentions[1:MAX_JOINED]:
        if not is_coordinated(press, tokens, named[-1], mention):
            break
        named.append(mention)
    after = named[-1].after
    while after < len(tokens.words) and tokens.starts[after] < line.end and tokens.words[after] in press.kinds:
        after += 1
    end = _behind_marks(tokens.text, mentions[0].start, tokens.ends[after - 1])
    match = _AFTER_LABEL.match(tokens.text, end, line.end)
    if match is None:
        return _tag(tokens, line, tuple(named), end)
    if match["blank"] is not None and line.marker is None:
        return None
    if match["bracketed"] is not None and tokens.text[mentions[0].start - 1] not in _BRACKETS:
        return None
    return _label_shape(tokens, line, tuple(named), match)


def _tag(tokens: Tokens, line: Line, named: tuple[Mention, ...], end: int) -> Attribution | None:
    """A tag that opens a line, with a capital behind it: "#Reuters The bridge is closed"."""
    if tokens.text[named[0].start - 1 : named[0].start] != "#":
        return None
    match = _AFTER_TAG.match(tokens.text, end, line.end)
    if match is None or not has_words(tokens, tokens.at(match.end()), tokens.at(line.end)):
        return None
    return Attribution(Shape.LABEL, named, None, match.end())


def _behind_marks(text: str, start: int, end: int) -> int:
    """The end of a name with its closing mark where French puts a blank before it: no such mark parts a label."""
    is_marked = text[max(0, start - 2) : start].strip() == "«" and text[end : end + 2].strip() == "»"
    return text.index("»", end) + 1 if is_marked else end


def _label_shape(tokens: Tokens, line: Line, named: tuple[Mention, ...], match: re.Match[str]) -> Attribution | None:
    first, after = tokens.at(match.end()), tokens.at(line.end)
    if _LINK.match(tokens.text, match.end(), line.end):
        return None
    if match["dash"] is not None and _SCORE.match(tokens.text, match.end(), line.end):
        return None
    if first == after:
        return Attribution(Shape.ALONE, named, None, match.end())
    if not has_words(tokens, first, after) or match["alone"] is not None:
        return None
    return Attribution(Shape.LABEL, named, None, match.end())


def _label_behind_place(tokens: Tokens, line: Line, mentions: list[Mention]) -> Attribution | None:
    """A name behind its place, alone or with a colon: "FRANCE - LE FIGARO", "Da Vienna, Der Standard: ..."."""
    mention = mentions[0]
    before = _PLACE_BEFORE.fullmatch(tokens.text, line.start, mention.start)
    match = None if before is None else _AFTER_LABEL.match(tokens.text, mention.end, line.end)
    if before is None or match is None:
        return None
    is_repeated = match["dash"] is not None and before["sign"] is not None and match["dash"] == before["sign"].strip()
    if not (match["colon"] or is_repeated or (match["alone"] is not None and before["sign"])):
        return None
    return _label_shape(tokens, line, (mention,), match)


def _is_opening(press: PressLexicon, tokens: Tokens, first: int, after: int) -> bool:
    if after - first > _MAX_HEAD:
        return False
    if first < after and tokens.words[first] in press.origins:
        first += 1
    if after > first and CLAUSE_BREAK.search(tokens.text, tokens.starts[first], tokens.starts[after]):
        return False
    return all(map(press.qualifies, tokens.words[first:after]))


def is_coordinated(press: PressLexicon, tokens: Tokens, left: Mention, right: Mention) -> bool:
    """Whether nothing but a conjunction separates two names, so that they make one source."""
    if right.start - left.end > _CONTEXT // 2:
        return False
    between = spell(tokens.text[left.end : right.start]).text.strip(' \t«»"“”„*').casefold()
    between = " ".join(word for word in between.split() if word not in ARTICLES and not press.describes(word))
    return between in press.conjunctions


def _is_set_apart(text: str, line: Line, mention: Mention) -> bool:
    """Whether the name that closes a line is in capitals or has a place in brackets."""
    return text[mention.start : mention.end].isupper() or text.endswith(")", mention.end, line.end)


def _source_before(press: PressLexicon, before: str) -> re.Match[str] | None:
    match = _SOURCE_BEFORE.search(before)
    return match if match is not None and spell(match["word"]).text.lower() in press.origins else None


def _opens_quotation(text: str, mention: Mention) -> bool:
    """Whether a name is the first of several words in quotation marks: "(“Rai, three programmes end”)"."""
    before = text[max(0, mention.start - 2) : mention.start]
    return (
        before[1:] in _OPENING and before[:1] in _BEFORE_OPENING and text[mention.end : mention.end + 1] not in _CLOSING
    )


def credit(press: PressLexicon, tokens: Tokens, line: Line, first: int, mentions: list[Mention]) -> Attribution | None:
    """The outlet that closes a line, which starts at word ``first``, after a dash or in brackets."""
    last = mentions[-1] if mentions else None
    if last is None or _opens_quotation(tokens.text, last) or not _AFTER_CREDIT.match(tokens.text, last.end, line.end):
        return None
    before = tokens.text[max(line.start, last.start - _CONTEXT) : last.start]
    match = _BEFORE_CREDIT.search(before) or _source_before(press, before)
    if match is None and _is_set_apart(tokens.text, line, last):
        match = _GLUED_CREDIT.search(before)
    if match is None or not has_words(tokens, first, last.first):
        return None
    between = tokens.words[tokens.at(last.start - len(before) + match.start()) : last.first]
    if not all(press.qualifies(word) or word in press.origins or word.isdigit() for word in between):
        return None
    return Attribution(Shape.CREDIT, (last,), None, line.start)
