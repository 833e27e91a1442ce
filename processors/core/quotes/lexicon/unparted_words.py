"""Words of scripts that put no blanks between them, or whose vowels are marks: cut at known names and phrases."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from processors.core.quotes.lexicon.scripts import UNPARTED, UNPARTED_RUN, is_spaced
from processors.core.quotes.lines.lines import Offsets
from processors.core.quotes.lines.tokens import Tokens

_PIECE: Final = 2
"""Letters of a word between known phrases: most words of Chinese have as many."""
_NO_NAMES: Final[Mapping[int, int]] = {}


class UnpartedWords:
    """Cuts texts at the phrases that it knows, the longest first at each place; what is between them comes in pairs of
    letters. Scripts with blanks (Devanagari, Bengali ...) keep their words, with their marks. Immutable once built.
    """

    def __init__(self, *phrases: Iterable[str]) -> None:
        """Sets of phrases, of which those of other scripts count for nothing."""
        self._phrases = phrases
        # Made when a text has such words; mypyc makes a cached_property again at each use.
        self._by_first_letter: dict[str, list[str]] | None = None

    @property
    def _by_first(self) -> dict[str, list[str]]:
        if self._by_first_letter is None:
            found = sorted(
                {phrase for some in self._phrases for phrase in some if _is_cut_at(phrase)}, key=_longest_first
            )
            self._by_first_letter = {}
            for phrase in found:
                self._by_first_letter.setdefault(phrase[0], []).append(phrase)
        return self._by_first_letter

    def words(self, text: str, start: int, end: int, names: Mapping[int, int] = _NO_NAMES) -> Iterator[Offsets]:
        """The words of these scripts in ``text[start:end]``; ``names`` are ends of known names by their starts."""
        for run in UNPARTED_RUN.finditer(text, start, end):
            if is_spaced(text[run.start()]):
                yield run.span()
            else:
                yield from self._in_run(text, *run.span(), names)

    def parted(self, tokens: Tokens, names: Iterable[Offsets]) -> Tokens:
        """The words of a text with those of these scripts cut; ``names`` are its known names."""
        text = tokens.text
        if UNPARTED.search(text) is None:
            return tokens
        found = [(*span, text[slice(*span)]) for span in self.words(text, 0, len(text), dict(names))]
        for start, end, word in zip(tokens.starts, tokens.ends, tokens.words, strict=True):
            if UNPARTED.search(text, start, end) is None:
                found.append((start, end, word))
            else:
                found += ((*span, text[slice(*span)].lower()) for span in outside_runs(text, start, end))
        found.sort()
        return Tokens(text, [word for _, _, word in found], [one[0] for one in found], [one[1] for one in found])

    def _in_run(self, text: str, start: int, end: int, names: Mapping[int, int]) -> Iterator[Offsets]:
        at = begin = start
        while at < end:
            after = min(names.get(at, at), end)
            if after == at:
                after = at + self._phrase_length(text, at, end)
            if after == at:
                at += 1
                continue
            yield from _pairs(text, begin, at)
            yield at, after
            at = begin = after
        yield from _pairs(text, begin, end)

    def _phrase_length(self, text: str, at: int, end: int) -> int:
        for phrase in self._by_first.get(text[at], ()):
            if text.startswith(phrase, at, end):
                return len(phrase)
        return 0


def _is_cut_at(phrase: str) -> bool:
    return not is_spaced(phrase[0]) and UNPARTED_RUN.fullmatch(phrase) is not None


def _longest_first(phrase: str) -> tuple[int, str]:
    return -len(phrase), phrase


def _pairs(text: str, start: int, end: int) -> Iterator[Offsets]:
    for first in range(start, end, _PIECE):
        after = min(first + _PIECE, end)
        if any(map(str.isalnum, text[first:after])):
            yield first, after


def outside_runs(text: str, start: int, end: int) -> Iterator[Offsets]:
    """What is left of a word outside of the runs of these scripts: "TPP" of "力推TPP协定"."""
    at = start
    for run in UNPARTED_RUN.finditer(text, start, end):
        if run.start() > at:
            yield at, run.start()
        at = run.end()
    if at < end:
        yield at, end
