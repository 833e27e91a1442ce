"""What is around a name in its sentence: its descriptors, cue and marks."""

from dataclasses import dataclass
from typing import Final

from processors.core.citations.token_window import TokenWindow, Word
from processors.core.quotes.lines.lines import Offsets

PICTURES: Final = 0x2190
"""Signs from here on are pictures, but for the marks of Chinese and Japanese."""
_FIRST_CJK: Final = 0x3000
_LAST_CJK: Final = 0x303F
_FULL_WIDTH: Final = 0xFF
"""The high byte of full-width marks."""


@dataclass(slots=True)
class CueFound:
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
    is_compound: bool = False
    """Whether a hyphen joins it to the word behind: "„Handelsblatt“-Korrespondent"."""
    is_joined: bool = False
    """Whether a preposition is among its articles: "a la"."""
    kind_word: str = ""
    """The nearest kind of outlet before it."""
    is_source: bool = False
    """Whether the label of a source is before it: "Source: X"."""
    is_addressed: bool = False
    """Whether its case is that of whom a verb of saying is directed to: "NTV'ye", "ტაბულას", "আলোকে"."""
    is_spoken_to: bool = False
    """Whether a word such as "to" or "on" joins it to what is before."""


def is_picture(mark: str) -> bool:
    """Whether a sign is a picture, and no mark of Chinese or Japanese."""
    place = ord(mark)
    return place > PICTURES and not (_FIRST_CJK <= place <= _LAST_CJK or place >> 8 == _FULL_WIDTH)


def opens_sentence(mark: str) -> bool:
    """Whether nothing but a picture is before what has this mark before it."""
    return mark == "^" or (mark != "" and is_picture(mark))
