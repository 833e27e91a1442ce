"""The kind of a citation: who says the statement, and by which form it is attributed."""

from typing import Final

from processors.core.citations.lexicon import Role
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.surroundings import CueFound, Surroundings
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.scripts import UNSPACED
from processors.core.quotes.lines.lines import Offsets
from schemas.citations import CitationKind

_PLURAL: Final = ("ли", "лись")
_NEUTER: Final = ("ло", "лось")
_SINGULAR: Final = ("л", "ла", "лся", "лась")
_DATIVE: Final = ("у", "ю", "газете", "газеті", "станции", "станції")
"""Endings of kinds of outlets that something is said to: "телеканалу", "изданию"."""
_PERSIAN_TO: Final = "به"
_SAID: Final = frozenset(["گفت", "گفته", "گفتند", "می گوید"])
_PREPOSITIONS: Final = frozenset(
    ["в", "во", "на", "с", "со", "о", "об", "обо", "из", "для", "по", "при", "к", "и", "что"]
)
MIN_QUOTED_WORDS: Final = 4


def cue_of(around: Surroundings) -> CueFound | None:
    """The phrase that attributes the statement; none for a credit or a label."""
    before, after = around.cue_before, around.cue_after
    if after is not None and after.roles & ~Role.CITING == 0:
        after = None
    if before is not None and before.roles & ~Role.CITING != 0:
        if (
            after is None
            or before.roles & (Role.BEFORE | CueUse.INTERVIEW)
            or (before.fillers == 0 and not before.is_far)
        ):
            return before
        return after
    return after or around.late_verb or around.verb_behind_source or before


def kind_of(plain: PlainText, around: Surroundings, cue: CueFound | None, quotations: list[Offsets]) -> CitationKind:
    """The kind, given the cue and the quotations of the span."""
    if cue is None:
        is_label = around.mark_after in (":", "：") or around.mark_before == "^"
        return CitationKind.HEADLINE if is_label and not _is_credit(around) else CitationKind.CREDIT
    if _is_interview(plain, around, cue):
        return CitationKind.INTERVIEW
    if any(_has_words(plain, *quotation) for quotation in quotations):
        return CitationKind.QUOTE
    return CitationKind.REPORT


def _has_words(plain: PlainText, start: int, end: int) -> bool:
    """Whether a quotation has as many words as one needs; where no blanks part them, twice as many signs."""
    if plain.text.count(" ", start, end) >= MIN_QUOTED_WORDS - 1:
        return True
    return len(UNSPACED.findall(plain.text, start, end)) >= 2 * MIN_QUOTED_WORDS


def _is_cyrillic(plain: PlainText, cue: CueFound) -> bool:
    return "\u0400" <= plain.lower[cue.start] < "\u0530"


def _is_credit(around: Surroundings) -> bool:
    return around.closes_parens or around.mark_after in ("$", ".")


def _is_interview(plain: PlainText, around: Surroundings, cue: CueFound) -> bool:
    if around.is_spoken_to:
        return True
    if cue is around.late_verb:
        last = around.word_before
        return last is not None and last.text == _PERSIAN_TO and plain.lower[cue.start : cue.end] in _SAID
    if not cue.roles & CueUse.INTERVIEW:
        return False
    if cue is around.cue_after:
        return plain.lower[cue.start : cue.end].endswith(_PLURAL) and _is_cyrillic(plain, cue)
    if cue is not around.cue_before:
        return False
    if around.kind_word.endswith(_DATIVE) and _is_cyrillic(plain, cue):
        return True
    words = plain.lower[cue.start : cue.end].split()
    if not cue.roles & Role.VERB or not _is_cyrillic(plain, cue):
        return not cue.roles & Role.BEFORE
    verb = words[-1]
    if verb.endswith(_NEUTER):
        return False
    if verb.endswith(_PLURAL):
        return True
    if verb.endswith(_SINGULAR):
        if around.has_author:
            return False
        has_speaker = around.word_after is not None and around.word_after.text not in _PREPOSITIONS
        return has_speaker or (around.mark_before_cue == "" and not around.has_kind)
    return False
