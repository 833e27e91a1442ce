"""A hash index of rows by several keys each, in three flat arrays that can be grown, saved and memory-mapped."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Rows = NDArray[np.intp]

SLOT_ROWS = 2
"""Most rows to one slot of a column on average: walks are rare, the filter sees to that."""
FILTER_WORDS = 8
"""Least 64-bit words of the filter a row: with 5 bits for each of 35 keys, one of 400 keys passes by chance."""
_LEAST_SLOTS = 4
_FEW_SLOTS = 256
_LEAST_ROOM = 8
_CODE_BITS = 12
_RADIX = 1 << 16
"""Slots that numpy sorts by radix: so many columns are filled at once as have no more."""

LAYOUT: Mapping[str, "np.dtype[np.generic]"] = {
    "heads": np.dtype(np.uint32),
    "next": np.dtype(np.uint32),
    "filter": np.dtype(np.uint64),
}


def _mask_table() -> Keys:
    """For each code five bits of 64; a table that stays in the processor's first cache. Saved filters rest on it."""
    codes = np.arange(1 << _CODE_BITS, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    masks = np.zeros(len(codes), np.uint64)
    for shift in (58, 46, 34, 22, 10):
        masks |= np.uint64(1) << (codes >> np.uint64(shift) & np.uint64(63))
    return masks


_MASKS = _mask_table()


class Query:
    """Keys of some rows on their way through the chains of several segments, with what they have in common computed
    once: (rows, width).
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._codes = keys.view(np.int64)
        self.bits: Keys = _MASKS.take(self._codes & ((1 << _CODE_BITS) - 1))
        self._words: dict[int, NDArray[np.int64]] = {}

    def words(self, size: int) -> NDArray[np.int64]:
        """Positions of the keys in a filter of so many words."""
        words = self._words.get(size)
        if words is None:
            words = self._words[size] = (self._codes >> _CODE_BITS) & (size - 1)
        return words


class BandIndex:
    """Rows 0, 1, 2, ... by ``width`` keys each. Rows with equal keys of one column form a chain, the last one first.

    ``heads`` holds for each column and slot the number (from 1) of the last row, ``next`` for each row and column that
    of the one before it; the filter answers most questions without a look at either.
    """

    def __init__(self, width: int, arrays: Mapping[str, NDArray[np.generic]] | None = None, size: int = 0) -> None:
        """``arrays`` hold ``size`` rows, and may have room for more."""
        self._width = width
        self.size = size
        """Rows."""
        self._filter: Keys
        self._next: NDArray[np.uint32]
        if arrays is None:
            self._size_for(_LEAST_SLOTS)
            self._next = np.zeros((_LEAST_ROOM, width), np.uint32)
        else:
            self._heads, self._filter = arrays["heads"], arrays["filter"]  # type: ignore[assignment]
            self._next = arrays["next"]  # type: ignore[assignment]
            self._measure()

    def _size_for(self, slots: int) -> None:
        self._heads = np.zeros(self._width * slots, np.uint32)
        self._filter = np.zeros(slots * SLOT_ROWS * FILTER_WORDS, np.uint64)
        self._measure()

    def _measure(self) -> None:
        self._slots = len(self._heads) // self._width
        self._shift = 65 - self._slots.bit_length()
        self._starts = np.arange(self._width) * self._slots

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What is to be saved."""
        return {"heads": self._heads, "next": self._next[: self.size], "filter": self._filter}

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self._heads.nbytes + self._next.nbytes + self._filter.nbytes

    def may_have(self, query: Query, rows: Rows | None) -> tuple[Rows, Rows]:
        """Which of the keys of these rows of a query, or of all, may be here in whatever column: numbers among the
        rows, and columns.
        """
        words, bits = query.words(len(self._filter)), query.bits
        if rows is not None:
            words, bits = words[rows], bits[rows]
        numbers, columns = ((self._filter.take(words) & bits) == bits).nonzero()
        return numbers, columns

    def extend(self, query: Query, rows: Rows, known: Callable[[], Keys]) -> None:
        """Add the next rows, which are these of the query.

        ``known`` gives the keys of all rows, the new ones too. It is requested when the slots must grow.
        """
        keys = query.keys[rows]
        first, self.size = self.size, self.size + len(keys)
        if self._make_room(known):
            return
        slots = self._slots_of(keys) + self._starts
        numbers = np.arange(first + 1, self.size + 1)[:, None]
        self._next[first : self.size] = self._heads[slots]
        self._heads[slots] = numbers
        behind, columns = (self._heads[slots] != numbers).nonzero()
        if len(behind):
            # Later ones of the new rows have their slots. Between each of those and the head that was go these rows,
            # the last one first; the first of them is followed by that head already.
            taken = slots[behind, columns]
            order = np.argsort(taken, kind="stable")
            taken, columns, own = taken[order], columns[order], first + behind[order]
            is_same = taken[1:] == taken[:-1]
            self._next[own[1:][is_same], columns[1:][is_same]] = own[:-1][is_same] + 1
            is_last = np.append(~is_same, True)
            self._next[self._heads[taken[is_last]].astype(np.intp) - 1, columns[is_last]] = own[is_last] + 1
        np.bitwise_or.at(self._filter, query.words(len(self._filter))[rows], query.bits[rows])

    def last(self, columns: Rows, keys: Keys) -> Rows:
        """For each key the row added last that may have it in its column, or -1."""
        return self._heads.take(columns * self._slots + self._slots_of(keys)).astype(np.intp) - 1

    def before(self, columns: Rows, rows: Rows) -> Rows:
        """For each row the one added before it that may have the same key, or -1."""
        return self._next.take(rows * self._width + columns).astype(np.intp) - 1

    def _make_room(self, known: Callable[[], Keys]) -> bool:
        """Make room for ``size`` rows; whether all of them were chained on the way."""
        room = len(self._next)
        if self.size > room:
            grown = np.zeros((self.size + self.size // 2, self._width), np.uint32)
            grown[:room] = self._next
            self._next = grown
        elif not self._next.flags.writeable:
            self._next = self._next.copy()
        if self.size > self._slots * SLOT_ROWS:
            slots = self._slots
            while self.size > slots * SLOT_ROWS:
                slots *= 2 if slots >= _FEW_SLOTS else 8  # small days are many, and each step chains all rows again
            self._size_for(slots)
            self._fill(known())
            return True
        if not self._heads.flags.writeable:
            self._heads, self._filter = self._heads.copy(), self._filter.copy()
        return False

    def _fill(self, keys: Keys) -> None:
        """Build all chains again; nothing else may be in the arrays."""
        size, at_once = len(keys), max(1, _RADIX // self._slots)
        for first in range(0, self._width, at_once):
            own = np.ascontiguousarray(keys.T[first : first + at_once])
            slots = self._slots_of(own) + self._starts[: len(own), None]
            is_short = len(own) * self._slots <= _RADIX
            slots = slots.ravel().astype(np.uint16 if is_short else np.uint32)
            order = np.argsort(slots, kind="stable")  # by radix, up to 16 bits
            slots = slots[order]
            numbers = order % size + 1
            is_same = slots[1:] == slots[:-1]
            before = np.zeros(own.size, np.uint32)
            before[order[1:]] = np.where(is_same, numbers[:-1], 0)
            self._next[:size, first : first + len(own)] = before.reshape(own.shape).T
            is_last = np.append(~is_same, True)
            self._heads[self._starts[first] + slots[is_last]] = numbers[is_last]
            query = Query(own.ravel())
            np.bitwise_or.at(self._filter, query.words(len(self._filter)), query.bits)

    def _slots_of(self, keys: Keys) -> NDArray[np.int64]:
        return (keys >> np.uint64(self._shift)).view(np.int64)
