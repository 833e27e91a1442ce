"""What is behind a name: the ending of its case, the cue, the marks, and the verb that closes the clause."""

from typing import Final

from processors.core.citations.before_name import MAX_FAR, MAX_FILLERS, far_cue, mark_before
from processors.core.citations.lexicon import CitationLexicon, Role
from processors.core.citations.markdown_removal import PlainText
from processors.core.citations.surroundings import CueFound, Surroundings, is_picture, opens_sentence
from processors.core.citations.token_window import CLOSING, COLONS, OPENING, WINDOW, TokenWindow, tokens, word_start
from processors.core.quotes.lexicon.scripts import UNPARTED, is_spaced
from processors.core.text.character_kinds import UNCASED

_LONGEST_MARK = 4
"""Signs beyond which what is no word is a link or an account."""
_HYPHENS = ("-", "‑", "‐")
_APOSTROPHES = "'’`"
_MAX_EDITION = 3
_LONGEST_CASE: Final = 4
_FIRST_ARMENIAN: Final = "\u0561"
_LAST_GEORGIAN: Final = "\u10ff"
_WORDS_TO_SPEAKING: Final = 8
"""Words behind an outlet on which someone speaks, among which the verb of speaking is."""
_WORDS_OF_PERSON: Final = 2
"""Words of a person's name between a verb and the outlet."""
_MAX_OPINION: Final = 5
"""Words of what an outlet thinks, before what opens the statement: "is deeply convinced that"."""
_MAX_ASIDE: Final = 12
"""Tokens between two commas behind a name: "CNN, for its part, says"."""
_TAIL: Final = 48
"""Code points at the end of a long sentence in which the verb that closes it is looked for."""
_LATE = 30
"""Words between a name and the verb that closes its clause."""


def read_behind(lexicon: CitationLexicon, plain: PlainText, found: Surroundings) -> None:
    """Set what is behind the name: the ending of its case, descriptors and marks, and the cue."""
    after = found.after
    words = after.texts
    forms = lexicon.forms
    size = len(words)
    index = int(size > 0 and _is_appended(after, found.tail))
    is_addressed = index > 0 and words[0] in forms.datives
    while index < size and words[index] in CLOSING:
        index += 1
    if (
        found.is_quoted
        and 0 < index < size
        and words[index] in forms.datives
        and after.starts[index] == after.end(index - 1)
    ):
        is_addressed = True  # "«Дарё»га"
        index += 1
    if found.in_parens and index < size and words[index] in ")]）":
        found.closes_parens = True
        index += 1
    if index < size and after.starts[index] == found.tail + 1 and plain.text[found.tail] in _APOSTROPHES:
        found.is_possessive = words[index] == "s"  # else the ending of a case
        is_addressed = words[index] in forms.datives
        index += 1
    elif index < size and _is_case(lexicon, plain, after, index, found.tail):
        is_addressed = words[index] in forms.datives
        index += 1
    elif plain.lower.endswith(forms.dative_endings, found.head, found.tail) or (
        plain.letters & UNCASED and index < size and words[index] in forms.to_behind
    ):
        is_addressed = True
    elif index < size and words[index].endswith(forms.dative_kind_endings) and words[index] in lexicon.kinds:
        is_addressed = True
        index += 1
    while index < size and index < _MAX_EDITION and words[index] in lexicon.editions:
        index += 1
    if index + 2 < size and words[index] == "(" and not found.in_parens:
        closing = next((at for at in range(index + 1, min(index + 6, size)) if words[at] == ")"), None)
        index = closing + 1 if closing is not None else index
    if words[index : index + 1] == ["/"] and index + 2 < size and words[index + 2] in lexicon.pieces:
        index += 2  # "a Reuters/Ipsos poll"
    if index:
        found.tail = after.end(index - 1)
    found.last = index
    found.is_compound = plain.text[found.tail : found.tail + 1] in _HYPHENS and index < size
    found.mark_after = _mark_after(lexicon, after, index)
    found.word_after = after.word(index)
    begin = index + (words[index : index + 1] == [","] and _is_citing(lexicon, words, index + 1))
    cue = _cue_starting(lexicon, plain, after, begin)
    is_joined = found.word_before is not None and found.word_before.text in lexicon.joining
    if cue is None and (is_addressed or (is_joined and not found.is_indefinite)):
        cue = _interview_starting(lexicon, after, index) or _interview_later(lexicon, found, index)
        found.is_spoken_to |= cue is not None
    if cue is None and found.cue_before is None:
        cue = _behind_aside(lexicon, plain, found, index) or _opinion(lexicon, plain, found, index)
    if cue is not None:
        found.cue_after = cue[0]
        at = cue[1]
        if cue[0].roles & ~Role.CITING == 0:
            found.verb_behind_source = _verb_behind_source(lexicon, after, at)
        found.mark_after_cue = "$" if at >= size else "" if after.are_words[at] else words[at][0]
    else:
        found.late_verb = _late_verb(lexicon, after, index) or _last_verb(lexicon, plain, found)
        if found.cue_before is None and found.late_verb is None and found.word_before is not None:
            _verb_and_person(lexicon, plain, found)
    if is_addressed and not found.is_spoken_to:
        if found.cue_before is None and found.cue_after is None and found.late_verb is None:
            far_cue(lexicon, found, found.first + 1, Role.INTERVIEW)
        cue_found = found.cue_after or found.late_verb or found.cue_before
        found.is_addressed = cue_found is not None and cue_found.roles & Role.INTERVIEW != 0


def _verb_and_person(lexicon: CitationLexicon, plain: PlainText, found: Surroundings) -> None:
    """The verb behind a comma, dash or quotation that a person's name parts from the outlet, which closes the clause:
    "..., cituje Nováka X".
    """
    before, first = found.before, found.first
    if found.mark_after == "" or found.mark_after in OPENING:
        return
    for at in range(first - 1, max(0, first - 1 - _WORDS_OF_PERSON), -1):
        if not before.are_words[at] or not plain.text[before.starts[at]].isupper():
            return
        phrase = lexicon.ending(before.texts, at)
        if phrase is None or not phrase.roles & (Role.VERB | Role.INTERVIEW):
            continue
        begin = at - phrase.length
        mark = mark_before(before, begin)
        if mark not in ("", "^") and plain.text[before.starts[begin]].islower():
            found.cue_before = CueFound(phrase.roles, before.starts[begin], before.end(at - 1), is_far=True)
            found.mark_before_cue = mark
            return


def _interview_starting(lexicon: CitationLexicon, after: TokenWindow, index: int) -> tuple[CueFound, int] | None:
    """A verb of speaking to the outlet, whose case shows it to be addressed, at the end of a clause, and the index
    after it: "NTV'ye konuştu: ...".
    """
    first = index
    limit = min(len(after), index + MAX_FILLERS)
    while index < limit and after.texts[index] in lexicon.fillers:
        index += 1
    phrase = lexicon.starting(after.texts, index)
    if phrase is None or not phrase.roles & Role.INTERVIEW:
        return None
    stop = index + phrase.length
    is_verb_of_speaking = index == first and phrase.roles & Role.VERB  # "je za X povedala županja"
    goes_on = stop < len(after) and after.are_words[stop] and after.texts[stop] not in lexicon.forms.that
    if goes_on and not is_verb_of_speaking:
        verb = lexicon.starting(after.texts, stop)
        if verb is None or not verb.roles & Role.VERB:  # "से बातचीत में कहा"
            return None
    return CueFound(phrase.roles, after.starts[index], after.end(stop - 1)), stop


def _opens_but_for_word(found: Surroundings) -> bool:
    """Whether no more than a word such as "on" or "to" is between the name and the start or a picture."""
    return found.first <= 1 or opens_sentence(mark_before(found.before, found.first - 1))


def _interview_later(lexicon: CitationLexicon, found: Surroundings, index: int) -> tuple[CueFound, int] | None:
    """A verb of speaking behind the outlet on which someone speaks, which opens the sentence, and the index after it:
    "Sur BFMTV, le maire a assuré que".
    """
    after = found.after
    if not _opens_but_for_word(found) or index >= len(after):
        return None
    index += after.texts[index] == ","
    for at in range(index, min(len(after), index + _WORDS_TO_SPEAKING)):
        if not after.are_words[at]:
            return None
        phrase = lexicon.starting(after.texts, at)
        if phrase is not None and phrase.roles & Role.INTERVIEW:
            stop = at + phrase.length
            return CueFound(phrase.roles, after.starts[at], after.end(stop - 1)), stop
    return None


def _behind_aside(
    lexicon: CitationLexicon, plain: PlainText, found: Surroundings, index: int
) -> tuple[CueFound, int] | None:
    """The verb behind an aside in commas ("CNN, for its part, says"), behind any words up to a comma where "that" or a
    colon follows, or of the clause about the outlet ("The Times, which says"), and the index after it. But for that
    clause the outlet opens the sentence.
    """
    after = found.after
    words = after.texts
    size = len(words)
    has_comma = words[index : index + 1] == [","]
    if has_comma and index + 1 < size and words[index + 1] in lexicon.forms.which:
        cue = _cue_starting(lexicon, plain, after, index + 2)
        if cue is not None and cue[0].roles & Role.VERB:
            return cue
    if found.first > 1:
        return None
    limit = min(size, index + _MAX_ASIDE)
    comma = next((at for at in range(index + has_comma, limit) if not after.are_words[at]), size)
    if words[comma : comma + 1] != [","] or comma == index:
        return None
    cue = _cue_starting(lexicon, plain, after, comma + 1)
    if cue is None or not cue[0].roles & Role.VERB:
        return None
    return cue if has_comma or _opens_statement(lexicon, words, cue[1], with_colon=True) else None


def _opinion(
    lexicon: CitationLexicon, plain: PlainText, found: Surroundings, index: int
) -> tuple[CueFound, int] | None:
    """What an outlet that opens the sentence thinks or does, before what opens the statement, and the index after it:
    "Bild ist entsetzt, dass", "The Guardian is convinced that", "CNN z kolei pisze, że". No lexicon has all such verbs.
    """
    after = found.after
    words = after.texts
    at = index
    if found.first > 1 or at >= len(words) or plain.text[after.starts[at]].isupper():
        return None
    limit = min(len(words), index + _MAX_OPINION)
    while at < limit and after.are_words[at] and (at == index or words[at] not in lexicon.forms.that):
        at += 1
    if at == index or at >= len(words):
        return None
    if lexicon.forms.states.issuperset(words[index:at]) or not lexicon.forms.means.isdisjoint(words[index:at]):
        return None
    verb = lexicon.ending(words, at)
    if (
        verb is not None
        and verb.roles & Role.VERB
        and verb.length <= at - index
        and _opens_statement(lexicon, words, at)
    ):
        return CueFound(verb.roles, after.starts[at - verb.length], after.end(at - 1)), at
    if words[at] == ",":
        opens = at + 1 < len(words) and words[at + 1] in lexicon.forms.that_behind_comma
    elif words[at] in lexicon.forms.that_behind_copula:
        opens = words[index] in lexicon.forms.copulas and lexicon.forms.before_nouns.isdisjoint(words[index:at])
    else:
        opens = words[at] in lexicon.forms.that_behind_verb
    roles = Role.VERB if verb is None or verb.length < at - index else Role.VERB | verb.roles
    return (CueFound(roles, after.starts[index], after.end(at - 1)), at) if opens else None


def _is_case(lexicon: CitationLexicon, plain: PlainText, after: TokenWindow, index: int, tail: int) -> bool:
    """Whether a hyphen joins the ending of a case to the name: "Reuters-ის", "APA-nın"."""
    word = after.texts[index]
    if after.starts[index] != tail + 1 or plain.text[tail] not in _HYPHENS:
        return False
    return word in lexicon.forms.cases or (len(word) <= _LONGEST_CASE and _FIRST_ARMENIAN <= word[0] <= _LAST_GEORGIAN)


def _is_citing(lexicon: CitationLexicon, words: list[str], index: int) -> bool:
    """Whether a phrase of citing starts at a token: "Reuters, citing the port, writes that"."""
    phrase = lexicon.starting(words, index)
    if phrase is None or not phrase.roles & Role.CITING:
        return False
    return not lexicon.is_passive(words[index : index + phrase.length])


def _is_appended(after: TokenWindow, end: int) -> bool:
    """Whether the first token is a particle that its language writes together with the name before it: 연합뉴스에."""
    if after.starts[0] != end or not after.are_words[0]:
        return False
    word = after.texts[0]
    return UNPARTED.search(word) is None or is_spaced(word[0])


def _mark_after(lexicon: CitationLexicon, after: TokenWindow, index: int) -> str:
    if index >= len(after) or after.texts[index] in lexicon.footers:
        return "$"
    if after.are_words[index]:
        return ""
    text = after.texts[index]
    return "$" if len(text) > _LONGEST_MARK or is_picture(text[0]) else text[0]


def _cue_starting(
    lexicon: CitationLexicon, plain: PlainText, after: TokenWindow, index: int
) -> tuple[CueFound, int] | None:
    """The cue after the name, fillers and descriptors aside, and the index after its last token."""
    words = after.texts
    fillers = parts = 0
    at = index
    while at < len(words) and after.are_words[at] and fillers <= MAX_FILLERS:
        phrase = lexicon.starting_as(words, at, Role.VERB | Role.AFTER | Role.PIECE | Role.CITING)
        if phrase is not None:
            stop = at + phrase.length
            if phrase.roles & Role.BEFORE and lexicon.is_passive(words[at:stop]):
                return None
            return CueFound(phrase.roles, after.starts[at], after.end(stop - 1), parts), stop
        word = words[at]
        if word in lexicon.kinds or word in lexicon.authors:
            at += 1
            continue
        if word not in lexicon.fillers:
            is_before_filler = word in lexicon.prepositions and at + 1 < len(words) and words[at + 1] in lexicon.fillers
            is_part = plain.text[after.starts[at]].isupper()
            if not is_part and not is_before_filler:
                return None
            parts += is_part
        fillers += 1
        at += 1
    return None


def _verb_behind_source(lexicon: CitationLexicon, after: TokenWindow, index: int) -> CueFound | None:
    """The verb between the source, which starts at a token, and what is said: a colon or "that" is behind it. Where a
    comma closes the source the word before "that" is a verb, of a lexicon or not.
    """
    words = after.texts
    for at in range(index + 1, min(len(words), index + MAX_FAR)):
        if not after.are_words[at]:
            continue
        phrase = lexicon.starting(words, at)
        is_verb = phrase is not None and phrase.roles & Role.VERB != 0
        if not is_verb and words[at - 1] != ",":
            continue
        stop = at + (phrase.length if phrase is not None and is_verb else 1)
        if _opens_statement(lexicon, words, stop, with_colon=is_verb):
            roles = phrase.roles if phrase is not None else Role.VERB
            return CueFound(roles, after.starts[at], after.end(stop - 1))
    return None


def _opens_statement(lexicon: CitationLexicon, words: list[str], index: int, *, with_colon: bool = False) -> bool:
    """Whether "that" is at a token, a comma before it aside, or a colon."""
    if words[index : index + 1] == [","]:
        index += 1
    if index >= len(words):
        return False
    return words[index] in lexicon.forms.that or (with_colon and words[index] in COLONS)


def _last_verb(lexicon: CitationLexicon, plain: PlainText, found: Surroundings) -> CueFound | None:
    """The verb that closes a sentence which the outlet opens and which goes on beyond the window."""
    end = found.sentence[1]
    start = max(found.tail + WINDOW, end - _TAIL)
    if start >= end or not (opens_sentence(found.mark_before) or found.has_kind):
        return None
    closing = tokens(lexicon, plain, word_start(plain.lower, start, found.sentence[0]), end)
    last = len(closing)
    while last and not closing.are_words[last - 1]:
        last -= 1
    phrase = lexicon.ending(closing.texts, last) if last else None
    if phrase is None or not phrase.roles & Role.FINAL:
        return None
    return CueFound(phrase.roles, closing.starts[last - phrase.length], closing.end(last - 1), _LATE)


def _late_verb(lexicon: CitationLexicon, after: TokenWindow, index: int) -> CueFound | None:
    """The verb that closes the clause of the name, in languages which put it there."""
    words = after.texts
    if lexicon.final_verbs.isdisjoint(words):  # as most
        return None
    for at in range(index, min(len(words), index + _LATE)):
        if not after.are_words[at]:
            if words[at] in ":«":
                return None
            continue
        phrase = lexicon.starting(words, at)
        if phrase is not None and phrase.roles & Role.FINAL:
            stop = at + phrase.length
            return CueFound(phrase.roles, after.starts[at], after.end(stop - 1), at - index)
    return None
