"""Where offsets in a text are after a step of its clean-up."""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from schemas.text.normalization import nfc

Edit = tuple[int, int, str]
"""Replace ``text[start:end]`` by the string."""
Move = Callable[[Sequence[int]], list[int]]
"""Gives offsets, which come in order, their places after a step of the clean-up."""
_JOINED_LETTERS = 3
"""Letters that may become one: those of a Korean syllable, or the parts of an Indic vowel. No mark is between them."""


class OffsetMap:
    """From offsets in a text to offsets in the text that edits made of it. Nothing is computed before it is asked."""

    def __init__(self, edits: Callable[[], Iterable[Edit]]) -> None:
        self._edits = edits

    def __call__(self, offsets: Sequence[int]) -> list[int]:
        """The new offsets, of offsets in order; one inside of an edit goes as far as its replacement reaches."""
        starts, ends, lengths, moved = [0], [0], [0], [0]
        shift = 0
        for start, end, replacement in self._edits():
            starts.append(start)
            ends.append(end)
            lengths.append(len(replacement))
            moved.append(start + shift)
            shift += len(replacement) - (end - start)
        found = []
        for offset in offsets:
            edit = bisect_right(starts, offset) - 1
            inside, behind = min(offset - starts[edit], lengths[edit]), max(0, offset - ends[edit])
            found.append(moved[edit] + (lengths[edit] + behind if offset >= ends[edit] else inside))
        return found


class CompositionMap:
    """From offsets in a text to offsets in its composed form. Only the pieces around the offsets are looked at one by
    one, each as short as it can be, so that offsets stay exact around it.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, offsets: Sequence[int]) -> list[int]:
        """The new offsets, of offsets in order; one inside of a piece goes as far as its composed form reaches."""
        found = []
        done = moved = 0
        for offset in offsets:
            start, end = self._piece_at(offset)
            moved += len(nfc(self._text[done:start]))
            done = start
            piece = self._text[start:end]
            composed = nfc(piece)
            found.append(moved + (offset - start if composed == piece else min(offset - start, len(composed))))
        return found

    def _piece_at(self, offset: int) -> tuple[int, int]:
        start, end = offset, min(offset + 1, len(self._text))
        while not self._is_bound(start):
            start -= 1
        while not self._is_bound(end):
            end += 1
        return start, end

    def _is_bound(self, position: int) -> bool:
        """Whether what is before a position and what is after it can be composed apart."""
        if not 0 < position < len(self._text) or self._text[position] < "\u0300":
            return True
        if unicodedata.combining(self._text[position]):
            return False
        before, character = self._text[max(0, position - _JOINED_LETTERS) : position], self._text[position]
        return nfc(before + character) == nfc(before) + nfc(character)
