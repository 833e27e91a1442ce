"""What is before a name: articles and descriptors, the cue, the marks."""

from typing import Final

from processors.core.citations.lexicon import CitationLexicon, Phrase, Role
from processors.core.citations.surroundings import CueFound, Surroundings
from processors.core.citations.token_window import COLONS, OPENING, TokenWindow
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED, UNPARTED

_EITHER: Final = "”»"
"""Marks that close in most languages, and open in some: ”Gazette”, »Blatt«."""
_MAX_DESCRIPTORS: Final = 6
MAX_FILLERS: Final = 3
"""Words without a meaning of their own between a cue and a name."""
_LONGEST_ATTACHED: Final = 2
MAX_FAR: Final = 12
"""Words between a cue and a name where a descriptor is before the name."""
_DEFINITE_ELSEWHERE: Final = "a"


def read_before(lexicon: CitationLexicon, found: Surroundings) -> None:
    """Set what is before the name."""
    before = found.before
    words = before.texts
    index = len(words)
    if index and _is_attached(before, index - 1, found.head):
        index -= 1
        found.is_joined = words[index] in lexicon.prepositions or words[index] in lexicon.forms.joined_to
        found.may_join = found.is_joined
    while index and (words[index - 1] in OPENING or _opens_name(before, index - 1, found.head)):
        found.is_quoted = True
        index -= 1
        if index and words[index - 1][0] >= FIRST_UNCASED and _is_attached(before, index - 1, before.starts[index]):
            index -= 1  # "ב"הארץ"", "لـ«الشرق»": what follows is the name behind its mark
            found.is_joined = words[index] in lexicon.forms.joined_to
            break
    index = _skip_descriptors(lexicon, found, index)
    if index and words[index - 1] in "([（":
        found.in_parens = True
        index -= 1
    elif index and words[index - 1] in OPENING:
        index -= 1
    if index < len(words):
        found.head = before.starts[index]
    found.first = index
    found.mark_before = mark_before(before, index)
    found.word_before = before.word(index - 1)
    if found.mark_before in COLONS:
        found.is_source = index > 1 and not lexicon.source_labels.isdisjoint(words[max(0, index - 3) : index - 1])
    cue = _cue_ending(lexicon, before, index)
    if cue is not None:
        found.cue_before = cue[0]
        found.mark_before_cue = mark_before(before, cue[1])
        found.word_before_cue = before.word(cue[1] - 1)
        found.is_spoken_to = found.is_joined and cue[0].roles & Role.INTERVIEW != 0
    elif found.has_kind or found.has_author:
        is_told = found.may_join or (index > 0 and words[index - 1] in lexicon.joining)
        far_cue(lexicon, found, index, Role.VERB | Role.BEFORE | (Role.INTERVIEW if is_told else 0))
    elif index and words[index - 1] in lexicon.joining:
        found.is_spoken_to = True
        far_cue(lexicon, found, index, Role.VERB | Role.INTERVIEW)
    elif _has_kind_near(lexicon, before, index):
        found.has_kind = True
        far_cue(lexicon, found, index, Role.VERB | Role.BEFORE)
    elif found.may_join:
        far_cue(lexicon, found, index, Role.INTERVIEW | Role.VERB if found.is_joined else Role.INTERVIEW)
        found.is_spoken_to = found.cue_before is not None
    if found.cue_before is None and index > 1:
        _opening_piece(lexicon, found, index)
        if found.cue_before is None and "," in (words[index - 1], words[index - 2]):
            _column(lexicon, found, index)


def _opening_piece(lexicon: CitationLexicon, found: Surroundings, index: int) -> None:
    """The phrase of a piece that opens the sentence, a comma or a verb behind it: "In an editorial, X urges", "In een
    commentaar roept X".
    """
    before = found.before
    phrase = lexicon.ending(before.texts, index - 1)
    if phrase is None or phrase.length != index - 1 or not phrase.roles & Role.BEFORE:
        return
    if before.texts[index - 2] in lexicon.pieces and before.texts[index - 1] not in ".;:":
        found.cue_before = CueFound(phrase.roles, before.starts[0], before.end(index - 2))
        found.mark_before_cue = "^"
        found.is_spoken_to = False


def _column(lexicon: CitationLexicon, found: Surroundings, index: int) -> None:
    """The cue before a column or somebody of the outlet that a comma parts from it: "apurou o blog do Jardim, no X"."""
    before = found.before
    words = before.texts
    comma = index - 1 if words[index - 1] == "," else index - 2
    has_column = False
    for at in range(comma, max(0, comma - MAX_FAR), -1):
        if not before.are_words[at - 1]:
            return
        phrase = lexicon.ending(words, at) if has_column else None
        if phrase is not None and phrase.roles & (Role.VERB | Role.BEFORE):
            first = at - phrase.length
            found.cue_before = CueFound(phrase.roles, before.starts[first], before.end(at - 1), is_far=True)
            found.mark_before_cue = mark_before(before, first)
            found.is_spoken_to = False
            return
        has_column = has_column or words[at - 1] in lexicon.authors or words[at - 1] in lexicon.forms.columns


def _is_attached(before: TokenWindow, index: int, start: int) -> bool:
    """Whether a token is a preposition that its language writes together with the name behind it: "בהארץ"."""
    word = before.texts[index]
    if before.starts[index] + len(word) != start or len(word) > _LONGEST_ATTACHED or not before.are_words[index]:
        return False
    return UNPARTED.search(word) is None


def _opens_name(before: TokenWindow, index: int, start: int) -> bool:
    """Whether a mark that closes in most languages stands right before the name, and nothing right before it."""
    mark = before.starts[index]
    if before.texts[index] not in _EITHER or mark + 1 != start:
        return False
    return index == 0 or before.end(index - 1) < mark


def mark_before(before: TokenWindow, index: int) -> str:
    """The mark before a token, "^" at the head of the sentence, "" for a word."""
    if index == 0:
        return "^"
    return "" if before.are_words[index - 1] else before.texts[index - 1][0]


def _skip_descriptors(lexicon: CitationLexicon, found: Surroundings, index: int) -> int:
    before = found.before
    words = before.texts
    for _ in range(_MAX_DESCRIPTORS):
        if index == 0 or not before.are_words[index - 1]:
            break
        word = words[index - 1]
        if word in lexicon.kinds:
            found.has_kind = True
            found.kind_word = found.kind_word or word
        elif word in lexicon.authors:
            found.has_author = True
        elif lexicon.press.describes(word) and lexicon.ending([word], 1) is None:
            found.has_nationality = True
        elif word in lexicon.forms.articles:
            found.may_join |= word in lexicon.joining
            found.is_joined |= word in lexicon.prepositions
            found.is_indefinite |= word in lexicon.forms.indefinite
            found.may_be_definite |= word == _DEFINITE_ELSEWHERE
        elif not (word in lexicon.forms.of and _is_after_author(lexicon, words, index - 1)):
            break
        index -= 1
        if index and words[index - 1] in OPENING and not found.is_quoted:
            break
    return index


def _is_after_author(lexicon: CitationLexicon, words: list[str], index: int) -> bool:
    near = words[max(0, index - 2) : index]
    return any(word in lexicon.authors or word in lexicon.kinds or word in lexicon.pieces for word in near)


def _has_kind_near(lexicon: CitationLexicon, before: TokenWindow, index: int) -> bool:
    """Whether one of the words before is a kind of outlet, and no mark is between: "la agencia de noticias rusa"."""
    for place in range(index - 1, max(0, index - _MAX_DESCRIPTORS) - 1, -1):
        if not before.are_words[place]:
            return False
        if before.texts[place] in lexicon.kinds:
            return True
    return False


def _cue_ending(lexicon: CitationLexicon, before: TokenWindow, index: int) -> tuple[CueFound, int] | None:
    """The cue that ends before token ``index``, fillers aside, and the index of its first token."""
    words = before.texts
    for fillers in range(MAX_FILLERS + 1):
        at = index - fillers
        if at <= 0 or not before.are_words[at - 1]:
            return None
        found = _phrase_ending(lexicon, words, at)
        if found is not None:
            roles, first, after = found
            return CueFound(roles, before.starts[first], before.end(after - 1), fillers), first
        word = words[at - 1]
        is_filler = word in lexicon.fillers or word.isdigit() or (fillers > 0 and word in lexicon.prepositions)
        if not is_filler:
            return None
    return None


def _phrase_ending(lexicon: CitationLexicon, words: list[str], after: int) -> tuple[int, int, int] | None:
    """The roles of the phrase that ends before word ``after``, its first word and the one behind it.

    An adjective may be in it, and its last word may be one that was skipped as an article.
    """
    phrase = lexicon.ending(words, after)
    is_phrase = phrase is not None and _may_precede(phrase)
    if phrase is not None and is_phrase and phrase.length > 1:
        return phrase.roles, after - phrase.length, after
    wider = lexicon.around_adjective(words, after)
    if wider is not None:
        return wider.roles, after - wider.length, after
    if phrase is not None and is_phrase:
        return phrase.roles, after - 1, after
    wider = lexicon.ending(words, after + 1) if after < len(words) else None
    if wider is not None and wider.length > 1 and _may_precede(wider):
        return wider.roles, after + 1 - wider.length, after + 1
    return None


def _may_precede(phrase: Phrase) -> bool:
    return phrase.roles & ~(Role.AFTER | Role.FINAL | CueUse.TO | CueUse.HEADLINE) != 0


def far_cue(lexicon: CitationLexicon, found: Surroundings, index: int, roles: int) -> None:
    """A cue of some roles further in front, where a descriptor or "to" shows the name to be an outlet's."""
    before = found.before
    words = before.texts
    for at in range(index - 1, max(0, index - MAX_FAR), -1):
        if not before.are_words[at - 1]:
            if words[at - 1] in ",;:—–()":
                return
            continue
        phrase = lexicon.ending(words, at)
        if phrase is not None and phrase.roles & roles:
            first = at - phrase.length
            found.cue_before = CueFound(phrase.roles, before.starts[first], before.end(at - 1), index - at, is_far=True)
            found.mark_before_cue = mark_before(before, first)
            found.word_before_cue = before.word(first - 1)
            return
