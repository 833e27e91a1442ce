"""Names that the registry lacks, without a cue: their words show outlets', their place a label or a credit: "Prairie
Tribune: ...", "... (Savanna Times)", "... | Gazzetta del Brenta".
"""

import re
from collections.abc import Iterator, Set
from typing import Final

from processors.core.citations.capitals import UPPER
from processors.core.citations.lexicon import CitationLexicon
from processors.core.citations.markdown_removal import PlainText
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import words_of

_SMALL: Final = "of|the|de|du|do|da|del|des|della|di|la|les|e|y|and|&|na|w|z|von|van|i|og|och"
_WORD: Final = rf"(?:[dlDL]['’])?[{UPPER}][\w’'-]*"
_RUN: Final = (
    rf"(?P<name>{_WORD}(?: (?:{_WORD}|\d{{1,3}}|(?:{_SMALL})(?= ))){{0,5}}(?: [а-яёіїєґђћљњџј’']{{4,12}}(?!\w))?)"
)
"""Capitalised words, and a last one that Cyrillic names do not capitalise: "Таёжный вестник"."""
_LABEL: Final = re.compile(rf"[^\w\n(]{{0,6}}{_RUN}(?: \([^()\n]{{2,20}}\))? ?:(?=[ \n])")
_CREDIT: Final = re.compile(
    rf"[(|—–:-](?:(?<=\()(?:[vV]ia )?|(?<=[|—–:]) ?|(?<= -) )[«„“\"]?{_RUN}[»”“\"]?(?:\)|(?=\.?[ \t]*(?:\n|$)))"
)
MAX_LINES: Final = 100
"""Lines of a text in which a label is looked for."""
_TAIL: Final = ' .)»”“"!\n'
_OPENING: Final = 40
"""Code points of a text in which the label that opens it ends."""
_HEAD: Final = 3
_LONGEST_TAIL: Final = 24
_LEAST_COMPOUND: Final = 9
"""Letters of a name of one word that ends as outlets' names do."""


def may_hold_formed(lexicon: CitationLexicon, lower: str, words: Set[str]) -> bool:
    """Whether a text may hold such a name: a cheap test by its words and its end."""
    if not lexicon.formed_words.isdisjoint(words):
        return True
    letters = lexicon.forms.last_letters
    colon = lower.find(":", 0, _OPENING)
    if lower[colon - 1 : colon] == " ":  # as in French
        colon -= 1
    if lower[colon - _HEAD : colon] in letters and lower.endswith(lexicon.forms.last_words, 0, colon):
        return True
    tail = lower[-_LONGEST_TAIL:].rstrip(_TAIL)
    return tail[-_HEAD:] in letters and tail.endswith(lexicon.forms.last_words)


def formed_names(lexicon: CitationLexicon, plain: PlainText) -> Iterator[Offsets]:
    """The labels and credits of a text whose words are of an outlet's name."""
    text = plain.text
    begin = 0
    for _ in range(MAX_LINES):
        label = _LABEL.match(text, begin)
        if label is not None and is_formed(lexicon, label["name"]):
            yield label.span("name")
        begin = text.find("\n", begin) + 1
        if begin == 0:
            break
    for credit in _CREDIT.finditer(text):
        if is_formed(lexicon, credit["name"]):
            yield credit.span("name")


def is_formed(lexicon: CitationLexicon, name: str) -> bool:
    """Whether the first or last word of a name is one that outlets alone have there."""
    words = words_of(name)
    if len(words) > 1 and words[0] in lexicon.forms.articles:
        words = words[1:]
    if not words:
        return False
    last = words[-1]
    if words[0] in lexicon.forms.not_openers:
        return False
    if name[name.rfind(" ") + 1 :].islower():
        return last in lexicon.forms.lower_closers
    if is_compound(lexicon, last):
        return True
    return len(words) > 1 and (last in lexicon.forms.closers or words[0] in lexicon.forms.label_openers)


def is_compound(lexicon: CitationLexicon, word: str) -> bool:
    """Whether one word alone is of an outlet's form: long, and ends as such names do, but is no kind of outlet."""
    return len(word) >= _LEAST_COMPOUND and word.endswith(lexicon.forms.compounds) and word not in lexicon.kinds
