"""Words of the trade: what marks a line as one about the press, a kind of outlet, a footer."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Final

from ahocorasick_rs import BytesAhoCorasick

from processors.core.quotes.lexicon.file_models import SHORTEST_ENDING, PressWords
from processors.core.quotes.lexicon.phrase_table import by_first_word, longest_from
from processors.core.quotes.lines.tokens import spell

_HEAD: Final = 2
_FIRST_ARABIC, _AFTER_ARABIC = "\u0600", "\u0700"
"""Letters to which Arabic joins its "and", as in "the channels and the newspapers"."""
_LONGEST_LETTER: Final = 2
"""Bytes of a letter of the scripts that part their words by blanks, in UTF-8; more are another's."""
_ENDING: Final = itemgetter(slice(-SHORTEST_ENDING, None))


class PressLexicon:
    """The word lists as sets. Immutable once built."""

    def __init__(self, words: PressWords) -> None:
        """``words`` are in spelling (:func:`spelled`)."""
        self.press = _set(words.press) | {
            "و" + word for word in words.press if _FIRST_ARABIC <= word[:1] < _AFTER_ARABIC
        }
        self._phrase_heads = frozenset(phrase.partition(" ")[0] for phrase in self.press if " " in phrase)
        self._of_press = self.press | self._phrase_heads
        self._earlier = by_first_word([(phrase, 1) for phrase in sorted(words.earlier, key=_longest_first)])
        self.footers = _set(words.footers)
        self.promotion = _set(words.promotion)
        self.review = _set(words.review)
        self.kinds = _set(words.kinds)
        self.openers = _set(words.openers)
        self.references = self.kinds | _set(words.authors)
        """Words that refer to an outlet already named: what it is, or who writes in it."""
        self.pieces = _set(words.pieces)
        self.sources = _set(words.sources)
        self.credits = _set(words.credits)
        self.origins = _set(words.origins)
        self.titles = _set(words.titles)
        self.person = _set(words.person)
        self.pronouns = _set(words.pronouns)
        self.not_names = _set(words.not_names)
        self.topics = _set(words.topics)
        self.questions = _set(words.questions)
        self.not_verbs = _set(words.not_verbs)
        self.press_services = _set(words.press_services)
        self.particles = _set(words.particles)
        self.organisations = _set(words.organisations)
        self.conjunctions = _set(words.conjunctions)
        self.correspondents = _set(words.correspondents)
        self.vocabulary = (
            self.press | self.review | self.references | self.pieces | self.sources | self.footers | self.credits
        )
        """Words by which a line or a name is recognised."""
        self._own_affairs: dict[str, tuple[str, ...]] = {}
        """What such words start with, by the first letters: most words fail on these."""
        for start in words.own_affairs:
            self._own_affairs[start[:_HEAD]] = (*self._own_affairs.get(start[:_HEAD], ()), start)
        self._leaders = tuple(words.leaders)
        signs = (*words.press_endings, *self._of_press)
        self._first_whole, self._first_kind = len(words.press_endings), len(signs)
        self._signs = BytesAhoCorasick([_bytes(sign) for sign in (*signs, *self.kinds)])
        self.name_endings = tuple(words.name_endings)
        self._name_letters = frozenset(ending[-_HEAD:] for ending in self.name_endings)
        self._nationality_endings = tuple(words.nationality_endings)
        self._press_endings = tuple(words.press_endings)
        # Most words fail on these, which takes a tenth of the time of trying every ending.
        self._last_letters = frozenset(ending[-SHORTEST_ENDING:] for ending in self._nationality_endings)
        self._press_letters = frozenset(ending[-SHORTEST_ENDING:] for ending in self._press_endings)

    def signs_in(self, lower: str) -> tuple[bool, int]:
        """Whether a text in lower case may have a word for the press, and how many kinds of outlets at most: by what it
        holds, in a third of the time that looking up its words takes.
        """
        encoded = _bytes(lower)
        is_press, kinds = False, 0
        for sign, start, end in self._signs.find_matches_as_indexes(encoded, overlapping=True):
            if _is_inside_word(encoded, end) or (sign >= self._first_whole and _is_inside_word(encoded, start)):
                continue  # as most: "лист" of "листья"
            if sign >= self._first_kind:
                kinds += 1
            else:
                is_press = True
        return is_press, kinds

    def has_press_word(self, words: Sequence[str]) -> bool:
        """Whether a word is one for the press as such or a compound with one ("weltpresse"), or two words are ("front
        pages").
        """
        if not self.press.isdisjoint(words):
            return True
        return bool(self._with_press_ending(words)) or self._has_press_phrase(words)

    def press_candidates(self, words: Sequence[str]) -> frozenset[str]:
        """Those of the words that are for the press or open a phrase for it: a text without any has no press word."""
        return self._of_press.intersection(words).union(self._with_press_ending(words))

    def _with_press_ending(self, words: Sequence[str]) -> list[str]:
        letters, endings = self._press_letters, self._press_endings
        if letters.isdisjoint(map(_ENDING, words)):  # as of most texts
            return []
        return [word for word in words if word[-SHORTEST_ENDING:] in letters and word.endswith(endings)]

    def _has_press_phrase(self, words: Sequence[str]) -> bool:
        if self._phrase_heads.isdisjoint(words):
            return False
        return any(f"{first} {second}" in self.press for first, second in pairwise(words))

    def is_press(self, word: str) -> bool:
        """Whether a word is one for the press as such."""
        return word in self.press or (
            word[-SHORTEST_ENDING:] in self._press_letters and word.endswith(self._press_endings)
        )

    def are_own_affairs(self, words: Iterable[str]) -> bool:
        """Whether a word is one for what outlets do on their own behalf: offers, posts of their staff, prizes."""
        starts = self._own_affairs
        for word in words:  # written out, which takes half the time of a generator
            head = word[:_HEAD]
            if head in starts and word.startswith(starts[head]) and not word.startswith(self._leaders):
                return True
        return False

    def earlier_at(self, words: Sequence[str], first: int, stop: int) -> bool:
        """Whether a phrase at word ``first`` goes back to an earlier time: "earlier", "plus tôt"."""
        return longest_from(self._earlier, words, first, stop) is not None

    def ends_like_name(self, written: str) -> bool:
        """Whether a word or a name has an ending of outlets' names."""
        return written[-_HEAD:] in self._name_letters and written.endswith(self.name_endings)

    def qualifies(self, word: str) -> bool:
        """Whether the word may accompany an outlet's name without a meaning of its own: "the British newspaper"."""
        return word in self.openers or self.describes(word)

    def describes(self, word: str) -> bool:
        """Whether the word beside a name shows it to be an outlet's: what it is, or of which country."""
        return word in self.kinds or (
            word[-SHORTEST_ENDING:] in self._last_letters and word.endswith(self._nationality_endings)
        )


def _longest_first(phrase: str) -> int:
    return -phrase.count(" ")


def spelled(words: PressWords) -> PressWords:
    """The word lists as a text's spelling has them, in lower case."""
    # Each list at once, which takes a fifth of the time.
    return PressWords(**{name: spell("\n".join(listed)).text.lower().split("\n") for name, listed in words})


def _is_inside_word(encoded: bytes, place: int) -> bool:
    """Whether a letter or digit is on either side of a place. Those of three bytes count for none: among them are the
    scripts that part no words.
    """
    before = encoded[max(0, place - _LONGEST_LETTER) : place].decode(errors="ignore")[-1:]
    return before.isalnum() and encoded[place : place + _LONGEST_LETTER].decode(errors="ignore")[:1].isalnum()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _set(words: Iterable[str]) -> frozenset[str]:
    return frozenset(words) - {""}
