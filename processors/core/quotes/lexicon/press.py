"""Words of the trade: what marks a line as one about the press, a kind of outlet, a footer."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from processors.core.quotes.lexicon.file_models import SHORTEST_ENDING, PressWords
from processors.core.quotes.lines.tokens import spell, words_of


class PressLexicon:
    """The word lists as sets. Immutable once built."""

    def __init__(self, words: PressWords) -> None:
        self.press = _plain(words.press)
        self._phrase_heads = frozenset(phrase.partition(" ")[0] for phrase in self.press if " " in phrase)
        self.footers = _plain(words.footers)
        self.promotion = _plain(words.promotion)
        self.review = _plain(words.review)
        self.kinds = _plain(words.kinds)
        self.openers = _plain(words.openers)
        self.references = self.kinds | _plain(words.authors)
        """Words that refer to an outlet already named: what it is, or who writes in it."""
        self.pieces = _plain(words.pieces)
        self.sources = _plain(words.sources)
        self.credits = _plain(words.credits)
        self.origins = _plain(words.origins)
        self.titles = _plain(words.titles)
        self.person = _plain(words.person)
        self.not_names = _plain(words.not_names)
        self.topics = _plain(words.topics)
        self.questions = _plain(words.questions)
        self.not_verbs = _plain(words.not_verbs)
        self.press_services = _plain(words.press_services)
        self.particles = _plain(words.particles)
        self.organisations = _plain(words.organisations)
        self.conjunctions = _plain(words.conjunctions)
        self.correspondents = _plain(words.correspondents)
        self.descriptors = self.kinds | self.correspondents
        """What may come between a cue and a name: kinds of outlets and who reports for them."""
        self._calls: dict[str, list[tuple[str, ...]]] = {}
        for call in sorted(words.calls, key=len, reverse=True):
            first, *rest = words_of(call)
            self._calls.setdefault(first, []).append((first, *rest))
        self.vocabulary = (
            self.press | self.review | self.references | self.pieces | self.sources | self.footers | self.credits
        )
        """Words by which a line or a name is recognised."""
        self._own_affairs = tuple(map(_spelled, words.own_affairs))
        self.name_endings = tuple(map(_spelled, words.name_endings))
        self._nationality_endings = tuple(map(_spelled, words.nationality_endings))
        self._press_endings = tuple(map(_spelled, words.press_endings))
        # Most words fail on these, which takes a tenth of the time of trying every ending.
        self._last_letters = frozenset(ending[-SHORTEST_ENDING:] for ending in self._nationality_endings)
        self._press_letters = frozenset(ending[-SHORTEST_ENDING:] for ending in self._press_endings)

    def speaks_of_press(self, words: Sequence[str]) -> bool:
        """Whether a word is one for the press as such or a compound with one ("weltpresse"), or two words are ("front
        pages").
        """
        return any(map(self.is_press, words)) or self._has_press_phrase(words)

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
        return any(word.startswith(self._own_affairs) for word in words)

    def is_call(self, words: Sequence[str]) -> bool:
        """Whether words of a line open with a phrase that calls to subscribe or to read on."""
        calls = self._calls.get(words[0], ()) if words else ()
        return any(tuple(words[: len(call)]) == call for call in calls)

    def qualifies(self, word: str) -> bool:
        """Whether the word may accompany an outlet's name without a meaning of its own: "the British newspaper"."""
        return word in self.openers or self.describes(word)

    def describes(self, word: str) -> bool:
        """Whether the word beside a name shows it to be an outlet's: what it is, or of which country."""
        return word in self.kinds or (
            word[-SHORTEST_ENDING:] in self._last_letters and word.endswith(self._nationality_endings)
        )


def _plain(words: Iterable[str]) -> frozenset[str]:
    # All at once, which takes a fifth of the time.
    return frozenset(_spelled("\n".join(words)).split("\n")) - {""}


def _spelled(word: str) -> str:
    return spell(word).text.lower()
