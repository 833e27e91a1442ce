"""What stands before and after a name in its sentence: descriptors, cue and marks, read in a bounded window."""

import re
from collections.abc import Iterable
from itertools import compress
from operator import itemgetter
from typing import Final, NamedTuple

from processors.core.citations.lexicon import CitationLexicon, Phrase, Role
from processors.core.citations.markdown_removal import PlainText
from processors.core.quotes.lexicon.cues import CueUse
from processors.core.quotes.lexicon.outlets import ARTICLES
from processors.core.quotes.lexicon.scripts import FIRST_UNCASED, UNPARTED, is_spaced
from processors.core.quotes.lexicon.unparted_words import outside_runs
from processors.core.quotes.lines.lines import Offsets
from processors.core.text.character_kinds import UNCASED

WINDOW: Final = 120
"""Code points to each side of a name that are read."""
# A choice whose ways open with a letter or a class is ruled out at once where none of these is.
_TOKEN = re.compile(
    r"https?://\S+|www\.\S+|t\.me/\S+|@\w+|[^\W_]+|[-‑](?:(?=\s)|(?<=\s.))"
    r"|[^\w\s'’`´*‑‐\u200b-\u200f\ufe0f-]"
)
_OPENING = '«„“"‹「『‘'
CLOSING = '»“”"›」』’'
_EITHER = "”»"
"""Of those that close, what opens a name in some languages: ”Gazette”, »Blatt«."""
_EITHER = "”»"
"""Marks that close in most languages, and open in some: ”Gazette”, »Blatt«."""
_PICTURES = 0x2190
_LONGEST_MARK = 4
"""Signs beyond which what is no word is a link or an account."""
_START = itemgetter(0)
_HYPHENS = ("-", "‑", "‐")
_APOSTROPHES = "'’`"
_TO = frozenset(["e", "a", "ye", "ya"])
"""Endings of the Turkish dative behind an apostrophe: "NTV'ye"."""
_DATIVE = ("nak", "nek")
"""Endings of the Hungarian dative: "a Népszavának"."""
_TO_KINDS = ("sine", "sına", "suna", "nalına", "nline", "birine", "sınə", "sinə", "nalına", "saytına", "tellına")
"""Endings of the same case of a kind of outlet behind the name: "X gazetesine"."""
_MAX_EDITION = 3
_MAX_DESCRIPTORS = 6
_MAX_FILLERS = 3
_COLONS = frozenset(":：")
_BEHIND_COMMA: Final = frozenset(
    ["что", "що", "што", "dass", "że", "iż", "že", "hogy", "että", "kad", "ka", "че", "дека", "at"]
)
"""What opens the statement in languages that put a comma before it."""
_BEHIND_VERB: Final = frozenset(["că", "ότι", "πως", "që", "که", "أن", "إن", "כי", "कि", "bahwa", "bahawa", "rằng"])
"""The same in languages that put none."""
_BEHIND_COPULA: Final = frozenset(["that", "att", "at", "dat", "que", "qu", "che"])
"""The same where it joins as much else: only a copula shows that the outlet thinks what follows."""
_COPULAS: Final = frozenset(
    [
        *(
            "is",
            "are",
            "was",
            "were",
            "remains",
            "seems",
            "appears",
            "är",
            "er",
            "verkar",
            "blijft",
            "lijkt",
            "est",
            "reste",
        ),
        *("semble", "está", "es", "se", "parece", "è", "si", "resta", "pare", "é", "mostra"),
    ]
)
_BEFORE_NOUNS: Final = frozenset(
    [
        *("the", "a", "an", "le", "la", "les", "un", "une", "el", "los", "las", "una", "il", "lo", "gli", "i", "o"),
        *("os", "as", "um", "uma", "het", "een", "en", "ett", "den", "det"),
    ]
)
THAT: Final = _BEHIND_COMMA | _BEHIND_VERB | _BEHIND_COPULA | frozenset(["hur", "að", "ki", "ku", "بأن"])
"""What opens the statement behind a verb of saying."""
_WHICH: Final = frozenset(
    [
        *("which", "qui", "che", "que", "die", "das", "der", "som", "který", "která", "které", "ktorý", "ktorá"),
        *("który", "która", "которая", "который", "которое", "яке", "який", "яка", "care", "koji", "koja", "koje"),
        *("који", "која", "које", "който", "която", "което"),
    ]
)
"""What opens a clause about the name before it: "The Times, which says"."""
_CASES: Final = frozenset(
    [
        *(
            "nın",
            "nin",
            "nun",
            "nün",
            "ın",
            "un",
            "ün",
            "ya",
            "ye",
            "yə",
            "da",
            "də",
            "dan",
            "dən",
            "nak",
            "nek",
            "ban",
        ),
        *("ben", "nál", "nél", "tól", "től", "val", "vel", "ning", "ga", "ге", "ға", "қа", "ке", "ның", "нің", "тың"),
        *("тің", "дың", "дің", "нын", "нин", "тын", "тин", "да", "де", "та", "те"),
    ]
)
_LONGEST_CASE: Final = 4
FIRST_ARMENIAN: Final = "\u0561"
LAST_GEORGIAN: Final = "\u10ff"
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
_LONGEST_ATTACHED = 2
_MAX_FAR = 12
"""Words between a cue and a name where a descriptor is before the name."""
_LATE = 30
"""Words between a name and the verb that closes its clause."""
_INDEFINITE = frozenset(
    [
        *("a", "an", "ein", "eine", "einem", "einen", "eines", "kein", "keine", "un", "une", "una", "uno"),
        *("en", "ett", "et", "um", "uma", "een"),
    ]
)
_DEFINITE_ELSEWHERE = "a"
_GREEK_ARTICLES = frozenset(["ο", "η", "το", "οι", "τα", "του", "της", "των", "τον", "την", "τους", "τις"])
_ARTICLES = (
    ARTICLES
    | _INDEFINITE
    | _GREEK_ARTICLES
    | {"dem", "den", "des", "l", "d", "gli", "i", "al", "del", "della", "dell", "einer"}
)
_OF = frozenset(
    [
        *("of", "de", "des", "du", "d", "von", "vom", "for", "at", "från", "på", "с", "у", "dell", "della", "del"),
        *("l", "i", "s", "from"),
    ]
)


class Word(NamedTuple):
    """A word in lower case, and where it starts in the plain text."""

    text: str
    start: int


class TokenWindow:
    """The tokens of a stretch of the plain text in order: words, marks and addresses, as three parallel lists, which
    take half the time of an object for each.
    """

    __slots__ = ("are_words", "starts", "texts")

    def __init__(self, texts: list[str], starts: list[int], are_words: list[bool] | None = None) -> None:
        self.texts = texts
        """In lower case."""
        self.starts = starts
        """In the plain text."""
        self.are_words = list(map(str.isalnum, texts)) if are_words is None else are_words
        """Whether each is made of letters or digits."""

    def __len__(self) -> int:
        return len(self.texts)

    def end(self, index: int) -> int:
        """Where a token ends in the plain text."""
        return self.starts[index] + len(self.texts[index])

    def words(self, first: int = 0, after: int | None = None) -> Iterable[tuple[str, int]]:
        """The words among the tokens ``first`` to ``after - 1``, with their starts."""
        part = slice(first, after)
        return compress(zip(self.texts[part], self.starts[part], strict=True), self.are_words[part])

    def word(self, index: int) -> Word | None:
        """The word at an index; null for a mark, and outside of the window."""
        if not 0 <= index < len(self.texts) or not self.are_words[index]:
            return None
        return Word(self.texts[index], self.starts[index])


def opens_sentence(mark: str) -> bool:
    """Whether nothing but a picture is before what has this mark before it."""
    return mark == "^" or (mark != "" and ord(mark) > _PICTURES)


class CueFound(NamedTuple):
    """A cue beside a name: its roles and its place in the plain text."""

    roles: int
    start: int
    end: int
    fillers: int = 0
    """Words between it and the name, descriptors aside; behind the name also adverbs and days aside."""
    is_far: bool = False


class Surroundings:
    """What was read around a name. What few names have is set where it is found."""

    def __init__(
        self, sentence: Offsets, line: Offsets, before: TokenWindow, after: TokenWindow, name: Offsets
    ) -> None:
        """``before`` and ``after`` have the tokens of the sentence on each side of the name."""
        self.sentence = sentence
        self.line = line
        self.before = before
        self.after = after
        self.head, self.tail = name

    has_kind: bool = False
    has_author: bool = False
    has_nationality: bool = False
    is_quoted: bool = False
    in_parens: bool = False
    closes_parens: bool = False
    cue_before: CueFound | None = None
    mark_before_cue: str = ""
    """The mark before the cue, "^" at the head of the sentence, "" for a word."""
    word_before_cue: Word | None = None
    mark_before: str = ""
    """The mark before the name and its descriptors, "^" at the head of the sentence, "" for a word."""
    word_before: Word | None = None
    """The word before the name and its descriptors."""
    cue_after: CueFound | None = None
    late_verb: CueFound | None = None
    """The verb that closes the clause of the name."""
    verb_behind_source: CueFound | None = None
    """The verb behind the source that the outlet cites: "X, citing the port, writes that"."""
    mark_after: str = ""
    """The mark after the name, "$" at the end of the sentence, "" for a word."""
    word_after: Word | None = None
    mark_after_cue: str = ""
    head: int
    """Where the name with its descriptors starts."""
    first: int = 0
    """The index in ``before`` of the token there."""
    tail: int
    """Where it ends."""
    last: int = 0
    """The index in ``after`` of the token behind it."""
    is_possessive: bool = False
    is_indefinite: bool = False
    """Whether an article such as "a" is before it, so that it is one of many."""
    may_be_definite: bool = False
    """Whether that article is the definite one of another language: "apurou a Vela", "írja a Távíró"."""
    may_join: bool = False
    """Whether an article before it may mark whom a verb of saying is directed to: "der Zeitung"."""
    has_dative: bool = False
    """Whether its name ends as one does that something is said to."""
    is_compound: bool = False
    """Whether a hyphen joins it to the word behind: "„Handelsblatt“-Korrespondent"."""
    is_joined: bool = False
    """Whether a preposition is among its articles: "a la"."""
    kind_word: str = ""
    """The nearest kind of outlet before it."""
    is_spoken_to: bool = False
    """Whether a word such as "to" or "on" joins it to what is before."""


def tokens(lexicon: CitationLexicon, plain: PlainText, start: int, end: int) -> TokenWindow:
    """The tokens of ``plain.lower[start:end]``."""
    lower = plain.lower
    texts: list[str] = []
    starts: list[int] = []
    for match in _TOKEN.finditer(lower, start, end):
        texts.append(match[0])
        starts.append(match.start())
    if not plain.letters & UNCASED:
        return TokenWindow(texts, starts)
    for index, text in enumerate(texts):
        bare = lexicon.without_and(text)
        if bare is not text:
            texts[index] = bare
            starts[index] += 1
    if UNPARTED.search(lower, start, end) is None:
        return TokenWindow(texts, starts)
    return _parted(lexicon, lower, (start, end), zip(starts, texts, strict=True))


def _parted(lexicon: CitationLexicon, lower: str, place: Offsets, found: Iterable[tuple[int, str]]) -> TokenWindow:
    """The tokens with those of scripts that part no words cut."""
    kept: list[tuple[int, str, bool]] = []
    words = list(lexicon.unparted.words(lower, *place))
    for start, text in found:
        if UNPARTED.search(text) is None:
            kept.append((start, text, text.isalnum()))
        else:
            words += outside_runs(lower, start, start + len(text))
    kept += ((first, lower[first:after], True) for first, after in words)
    kept.sort(key=_START)
    return TokenWindow(
        [text for _, text, _ in kept], [start for start, _, _ in kept], [is_word for _, _, is_word in kept]
    )


def read(lexicon: CitationLexicon, plain: PlainText, name: Offsets, sentence: Offsets, line: Offsets) -> Surroundings:
    """What stands around ``plain.text[name]``."""
    begin = _word_start(plain.lower, max(sentence[0], name[0] - WINDOW), sentence[0])
    before = tokens(lexicon, plain, begin, name[0])
    after = tokens(lexicon, plain, name[1], min(sentence[1], name[1] + WINDOW))
    found = Surroundings(sentence, line, before, after, name)
    found.has_dative = plain.lower.endswith(_DATIVE, *name)
    _read_before(lexicon, found)
    _read_after(lexicon, plain, found)
    return found


def _word_start(text: str, offset: int, floor: int) -> int:
    """Where the next word starts, so that none is cut."""
    while floor < offset < len(text) and text[offset - 1].isalnum() and UNPARTED.match(text, offset) is None:
        offset += 1
    return offset


def _read_before(lexicon: CitationLexicon, found: Surroundings) -> None:
    before = found.before
    words = before.texts
    index = len(words)
    if index and _is_attached(before, index - 1, found.head):
        index -= 1
        found.is_joined = words[index] in lexicon.prepositions
        found.may_join = found.is_joined
    while index and (words[index - 1] in _OPENING or _opens_name(before, index - 1, found.head)):
        found.is_quoted = True
        index -= 1
        if index and words[index - 1][0] >= FIRST_UNCASED and _is_attached(before, index - 1, before.starts[index]):
            index -= 1  # "ב"הארץ"", "لـ«الشرق»": what follows is the name behind its mark
            break
    index = _skip_descriptors(lexicon, found, index)
    if index and words[index - 1] in "([":
        found.in_parens = True
        index -= 1
    elif index and words[index - 1] in _OPENING:
        index -= 1
    if index < len(words):
        found.head = before.starts[index]
    found.first = index
    found.mark_before = _mark(before, index)
    found.word_before = before.word(index - 1)
    cue = _cue_ending(lexicon, before, index)
    if cue is not None:
        found.cue_before = cue[0]
        found.mark_before_cue = _mark(before, cue[1])
        found.word_before_cue = before.word(cue[1] - 1)
        found.is_spoken_to = found.is_joined and cue[0].roles & Role.INTERVIEW != 0
    elif found.has_kind or found.has_author:
        _far_cue(lexicon, found, index, Role.VERB | Role.BEFORE)
    elif index and words[index - 1] in lexicon.joining:
        found.is_spoken_to = True
        _far_cue(lexicon, found, index - 1, Role.VERB | Role.INTERVIEW)
    elif _has_kind_near(lexicon, before, index):
        found.has_kind = True
        _far_cue(lexicon, found, index, Role.VERB | Role.BEFORE)
    elif found.may_join:
        _far_cue(lexicon, found, index, Role.INTERVIEW | Role.VERB if found.is_joined else Role.INTERVIEW)
        found.is_spoken_to = found.cue_before is not None
    if found.cue_before is None and index > 1:
        _opening_piece(lexicon, found, index)


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


def _mark(before: TokenWindow, index: int) -> str:
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
        elif word in _ARTICLES:
            found.may_join |= word in lexicon.joining
            found.is_joined |= word in lexicon.prepositions
            found.is_indefinite |= word in _INDEFINITE
            found.may_be_definite |= word == _DEFINITE_ELSEWHERE
        elif not (word in _OF and _is_after_author(lexicon, words, index - 1)):
            break
        index -= 1
        if index and words[index - 1] in _OPENING and not found.is_quoted:
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
    for fillers in range(_MAX_FILLERS + 1):
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


def _far_cue(lexicon: CitationLexicon, found: Surroundings, index: int, roles: int) -> None:
    """A cue of some roles further in front, where a descriptor or "to" shows the name to be an outlet's."""
    before = found.before
    words = before.texts
    for at in range(index - 1, max(0, index - _MAX_FAR), -1):
        if not before.are_words[at - 1]:
            if words[at - 1] in ",;:—–()":
                return
            continue
        phrase = lexicon.ending(words, at)
        if phrase is not None and phrase.roles & roles:
            first = at - phrase.length
            found.cue_before = CueFound(phrase.roles, before.starts[first], before.end(at - 1), index - at, is_far=True)
            found.mark_before_cue = _mark(before, first)
            found.word_before_cue = before.word(first - 1)
            return


def _read_after(lexicon: CitationLexicon, plain: PlainText, found: Surroundings) -> None:
    """What stands behind the name: the ending of its case, descriptors and marks, and the cue."""
    after = found.after
    words = after.texts
    size = len(words)
    index = int(size > 0 and _is_appended(after, found.tail))
    is_addressed = False
    while index < size and words[index] in CLOSING:
        index += 1
    if found.in_parens and index < size and words[index] in ")]":
        found.closes_parens = True
        index += 1
    if index < size and after.starts[index] == found.tail + 1 and plain.text[found.tail] in _APOSTROPHES:
        found.is_possessive = words[index] == "s"  # else the ending of a case
        is_addressed = words[index] in _TO
        index += 1
    elif index < size and _is_case(plain, after, index, found.tail):
        is_addressed = words[index].endswith(_DATIVE)
        index += 1
    elif found.has_dative:
        is_addressed = True
    elif index < size and words[index].endswith(_TO_KINDS) and words[index] in lexicon.kinds:
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


def _verb_and_person(lexicon: CitationLexicon, plain: PlainText, found: Surroundings) -> None:
    """The verb behind a comma, dash or quotation that a person's name parts from the outlet, which closes the clause:
    "..., cituje Nováka X".
    """
    before, first = found.before, found.first
    if found.mark_after == "" or found.mark_after in _OPENING:
        return
    for at in range(first - 1, max(0, first - 1 - _WORDS_OF_PERSON), -1):
        if not before.are_words[at] or not plain.text[before.starts[at]].isupper():
            return
        phrase = lexicon.ending(before.texts, at)
        if phrase is None or not phrase.roles & (Role.VERB | Role.INTERVIEW):
            continue
        begin = at - phrase.length
        mark = _mark(before, begin)
        if mark not in ("", "^") and plain.text[before.starts[begin]].islower():
            found.cue_before = CueFound(phrase.roles, before.starts[begin], before.end(at - 1), is_far=True)
            found.mark_before_cue = mark
            return


def _interview_starting(lexicon: CitationLexicon, after: TokenWindow, index: int) -> tuple[CueFound, int] | None:
    """A verb of speaking to the outlet, whose case shows it to be addressed, at the end of a clause, and the index
    after it: "NTV'ye konuştu: ...".
    """
    limit = min(len(after), index + _MAX_FILLERS)
    while index < limit and after.texts[index] in lexicon.fillers:
        index += 1
    phrase = lexicon.starting(after.texts, index)
    if phrase is None or not phrase.roles & Role.INTERVIEW:
        return None
    stop = index + phrase.length
    if stop < len(after) and after.are_words[stop] and after.texts[stop] not in THAT:
        return None
    return CueFound(phrase.roles, after.starts[index], after.end(stop - 1)), stop


def _interview_later(lexicon: CitationLexicon, found: Surroundings, index: int) -> tuple[CueFound, int] | None:
    """A verb of speaking behind the outlet on which someone speaks, which opens the sentence, and the index after it:
    "Sur BFMTV, le maire a assuré que".
    """
    after = found.after
    if found.first > 1 or index >= len(after):
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
    if has_comma and index + 1 < size and words[index + 1] in _WHICH:
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
    return cue if has_comma or _opens_statement(words, cue[1], with_colon=True) else None


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
    while at < limit and after.are_words[at] and (at == index or words[at] not in THAT):
        at += 1
    if at == index or at >= len(words):
        return None
    verb = lexicon.ending(words, at)
    if verb is not None and verb.roles & Role.VERB and verb.length <= at - index and _opens_statement(words, at):
        return CueFound(verb.roles, after.starts[at - verb.length], after.end(at - 1)), at
    if words[at] == ",":
        opens = at + 1 < len(words) and words[at + 1] in _BEHIND_COMMA
    elif words[at] in _BEHIND_COPULA:
        opens = words[index] in _COPULAS and _BEFORE_NOUNS.isdisjoint(words[index:at])
    else:
        opens = words[at] in _BEHIND_VERB
    return (CueFound(Role.VERB, after.starts[index], after.end(at - 1)), at) if opens else None


def _is_case(plain: PlainText, after: TokenWindow, index: int, tail: int) -> bool:
    """Whether a hyphen joins the ending of a case to the name: "Reuters-ის", "APA-nın"."""
    word = after.texts[index]
    if after.starts[index] != tail + 1 or plain.text[tail] not in _HYPHENS:
        return False
    return word in _CASES or (len(word) <= _LONGEST_CASE and FIRST_ARMENIAN <= word[0] <= LAST_GEORGIAN)


def _is_citing(lexicon: CitationLexicon, words: list[str], index: int) -> bool:
    """Whether a phrase of citing starts at a token: "Reuters, citing the port, writes that"."""
    phrase = lexicon.starting(words, index)
    return phrase is not None and phrase.roles & Role.CITING != 0


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
    is_address, is_picture = len(text) > _LONGEST_MARK, ord(text[0]) > _PICTURES
    return "$" if is_address or is_picture else text[0]


def _cue_starting(
    lexicon: CitationLexicon, plain: PlainText, after: TokenWindow, index: int
) -> tuple[CueFound, int] | None:
    """The cue after the name, fillers and descriptors aside, and the index after its last token."""
    words = after.texts
    fillers = parts = 0
    at = index
    while at < len(words) and after.are_words[at] and fillers <= _MAX_FILLERS:
        phrase = lexicon.starting_as(words, at, Role.VERB | Role.AFTER | Role.PIECE | Role.CITING)
        if phrase is not None:
            stop = at + phrase.length
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
    for at in range(index + 1, min(len(words), index + _MAX_FAR)):
        if not after.are_words[at]:
            continue
        phrase = lexicon.starting(words, at)
        is_verb = phrase is not None and phrase.roles & Role.VERB != 0
        if not is_verb and words[at - 1] != ",":
            continue
        stop = at + (phrase.length if phrase is not None and is_verb else 1)
        if _opens_statement(words, stop, with_colon=is_verb):
            roles = phrase.roles if phrase is not None else Role.VERB
            return CueFound(roles, after.starts[at], after.end(stop - 1))
    return None


def _opens_statement(words: list[str], index: int, *, with_colon: bool = False) -> bool:
    """Whether "that" is at a token, a comma before it aside, or a colon."""
    if words[index : index + 1] == [","]:
        index += 1
    if index >= len(words):
        return False
    return words[index] in THAT or (with_colon and words[index] in _COLONS)


def _last_verb(lexicon: CitationLexicon, plain: PlainText, found: Surroundings) -> CueFound | None:
    """The verb that closes a sentence which the outlet opens and which goes on beyond the window."""
    end = found.sentence[1]
    start = max(found.tail + WINDOW, end - _TAIL)
    if start >= end or not (opens_sentence(found.mark_before) or found.has_kind):
        return None
    closing = tokens(lexicon, plain, _word_start(plain.lower, start, found.sentence[0]), end)
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
