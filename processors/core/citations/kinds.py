"""The kind of a citation: who says the statement, and by which form it is attributed."""

import re
from bisect import bisect_left
from dataclasses import replace
from typing import Final

from processors.core.citations.lexicon import CitationLexicon, Role
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.surroundings import CueFound, Surroundings, opens_sentence
from processors.core.citations.token_window import COLONS
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.scripts import UNSPACED
from processors.core.quotes.lines.lines import Offsets
from schemas.citations import CitationKind

_DATIVE_NAME: Final = re.compile(
    r"(?:[а-яёіїєў](?:[ую]|[ая]м|[оеі]му|ой|ей|ай)|[^оеиіь\W]е|ві|ді|ці|зі|owi|[ա-և]ին|[ა-ჰ]ს|lle|ile|[aeu]i|[ao]ms)[»”“\"*_]*$"
)
"""How a name ends whom something is said to: "«Медузе»", "Українській правді", "Onetowi", "„Kauno dienai“"."""
_PERSIAN_TO: Final = "به"
_WORD: Final = re.compile(r"[^\W_]+")
_WORDS_TO_VERB: Final = 8
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


def verb_of(lexicon: CitationLexicon, plain: PlainText, around: Surroundings, cue: CueFound) -> CueFound:
    """The verb of a cue that words which refer back or introduce it open, with its own roles: "сообщает" of "об этом
    сообщает", "reported by" of "as reported by"; the verb before "in an interview with". Any other cue as it is.
    """
    words = list(_WORD.finditer(plain.lower, cue.start, cue.end))
    if len(words) > 1 and cue is around.cue_before and cue.roles & Role.INTERVIEW and not cue.roles & Role.VERB:
        return _verb_before(lexicon, around, cue) or cue
    first = 0
    while first < len(words) - 1 and words[first][0] in lexicon.forms.openers:
        first += 1
    if first == 0:
        return cue
    phrase = lexicon.starting([word[0] for word in words], first)
    is_whole = phrase is not None and phrase.length == len(words) - first and phrase.roles & ~Role.CITING
    if phrase is None or not is_whole:
        return cue
    return replace(cue, roles=phrase.roles, start=words[first].start())


def _verb_before(lexicon: CitationLexicon, around: Surroundings, cue: CueFound) -> CueFound | None:
    """The verb of saying among the few words before the cue: "zeigte sich X in einem Interview mit"."""
    before = around.before
    first = bisect_left(before.starts, cue.start)
    for after in range(first, max(0, first - _WORDS_TO_VERB), -1):
        if not before.are_words[after - 1]:
            return None
        phrase = lexicon.ending(before.texts, after)
        if phrase is not None and phrase.roles & Role.VERB and phrase.roles & Role.INTERVIEW:
            return replace(cue, start=before.starts[after - phrase.length], end=before.end(after - 1))
    return None


def kind_of(
    lexicon: CitationLexicon,
    plain: PlainText,
    around: Surroundings,
    cue: CueFound | None,
    quotations: list[Offsets],
    said: CueFound | None,
) -> CitationKind:
    """The kind, given the cue, the quotations of the span and the verb of the cue (:func:`verb_of`)."""
    if cue is None:
        if around.is_joined and around.mark_before == "" and around.mark_after in COLONS:
            return CitationKind.INTERVIEW  # "the mayor to X: ...", in languages whose "to" is joined or shortened
        is_label = around.mark_after in COLONS or opens_sentence(around.mark_before)
        return CitationKind.HEADLINE if is_label and not _is_credit(around) else CitationKind.CREDIT
    if _is_interview(lexicon, plain, around, cue, said or cue):
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


def _is_interview(
    lexicon: CitationLexicon, plain: PlainText, around: Surroundings, cue: CueFound, said: CueFound
) -> bool:
    forms = lexicon.forms
    if around.is_spoken_to or around.is_addressed:
        return True
    if cue is around.late_verb:
        last = around.word_before
        return last is not None and last.text == _PERSIAN_TO and plain.lower[cue.start : cue.end] in forms.persian_said
    if not (cue.roles | said.roles) & CueUse.INTERVIEW:
        return False
    if cue is around.cue_after:
        if around.kind_word in forms.baltic_kind_datives or not cue.roles & Role.VERB:
            return True  # "aģentūrai X pastāstīja", "Xの取材に対し"
        if _DATIVE_NAME.search(plain.lower, around.head, around.tail) and not _is_cyrillic(plain, cue):
            return True
        verb = plain.lower[cue.start : cue.end]
        return _is_cyrillic(plain, cue) and (
            verb.endswith(forms.past_plural) or _has_subject_behind(lexicon, around, cue, verb)
        )
    if cue is not around.cue_before:
        return False
    if around.kind_word.endswith(forms.kind_datives) and _is_cyrillic(plain, cue):
        return True
    if said.roles & Role.VERB and _DATIVE_NAME.search(plain.lower, around.head, around.tail):
        return True
    words = plain.lower[said.start : said.end].split()
    if not said.roles & Role.VERB or not _is_cyrillic(plain, cue):
        is_subject = cue.roles & Role.VERB and _is_credit(around) and (around.has_kind or _closes_aside(around))
        is_told = bool(cue.roles & Role.INTERVIEW) or not cue.roles & Role.BEFORE
        return not is_subject and is_told
    verb = words[-1]
    if verb.endswith(forms.past_neuter):
        return False
    if verb.endswith(forms.past_plural):
        return said is cue or (around.word_after is not None and around.word_after.text not in forms.citing_or_and)
    if verb.endswith(forms.past_singular):
        if around.has_author:
            return False
        has_speaker = around.word_after is not None and around.word_after.text not in forms.not_speakers
        return has_speaker or (around.mark_before_cue == "" and not around.has_kind)
    return False


def _closes_aside(around: Surroundings) -> bool:
    """Whether a verb behind a comma, a dash or a quotation has the name as its subject: "..., uppger X"."""
    return around.mark_before_cue not in ("", "^")


def _has_subject_behind(lexicon: CitationLexicon, around: Surroundings, cue: CueFound, verb: str) -> bool:
    """Whether a verb in the singular has its subject behind it, so that the name before it is whom it was said to:
    "Об этом Mash рассказал синоптик".
    """
    forms = lexicon.forms
    if not verb.endswith(forms.past_singular) or around.word_before is None:
        return False
    if around.word_before.text not in forms.openers:
        return False
    after = around.after
    following = after.word(bisect_left(after.starts, cue.end))
    return following is not None and following.text not in forms.not_speakers
