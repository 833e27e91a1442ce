"""A hash index of rows by several keys each, in three flat arrays that can be grown, saved and memory-mapped."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

SLOT_ROWS = 2
"""Most rows to one slot of a column on average: walks are rare, the filter sees to that."""
FILTER_WORDS = 8
"""Least 64-bit words of the filter a row: with 3 bits for each of 35 keys, under 1 % of keys pass by chance."""
_LEAST_SLOTS = 32
_CODE_BITS = 12

LAYOUT: Mapping[str, "np.dtype[np.generic]"] = {
    "heads": np.dtype(np.uint32),
    "next": np.dtype(np.uint32),
    "filter": np.dtype(np.uint64),
}


def _mask_table() -> Keys:
    """For each code three bits of 64; a table that stays in the processor's first cache. Saved filters rest on it."""
    codes = np.arange(1 << _CODE_BITS, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    masks = np.zeros(len(codes), np.uint64)
    for shift in (58, 46, 34):
        masks |= np.uint64(1) << (codes >> np.uint64(shift) & np.uint64(63))
    return masks


_MASKS = _mask_table()


class Query:
    """Keys on their way through the chains of several segments, with what they have in common computed once."""

    def __init__(self, columns: NDArray[np.intp], keys: Keys, values: Keys | None = None) -> None:
        self.columns = columns
        self.keys = keys
        self.values = keys if values is None else values
        """What the keys were made of."""
        self._codes = keys.view(np.int64)
        self.bits: Keys = _MASKS.take(self._codes & ((1 << _CODE_BITS) - 1))
        self._words: dict[int, NDArray[np.int64]] = {}

    def words(self, size: int) -> NDArray[np.int64]:
        """Positions of the keys in a filter of so many words."""
        words = self._words.get(size)
        if words is None:
            words = self._words[size] = (self._codes >> _CODE_BITS) & (size - 1)
        return words


class Chains:
    """Rows 0, 1, 2, ... by ``width`` keys each. Rows with equal keys of one column form a chain, the last one first.

    ``heads`` holds for each column and slot the number (from 1) of the last row, ``next`` for each row and column that
    of the one before it; the filter answers most questions without a look at either.
    """

    def __init__(self, width: int, arrays: Mapping[str, NDArray[np.generic]] | None = None) -> None:
        self._width = width
        if arrays is None:
            self._size_for(_LEAST_SLOTS)
            self._next = np.zeros((_LEAST_SLOTS * SLOT_ROWS, width), np.uint32)
        else:
            self._heads, self._next, self.filter = arrays["heads"], arrays["next"], arrays["filter"]  # type: ignore[assignment]
            self._measure()

    def _size_for(self, slots: int) -> None:
        self._heads = np.zeros(self._width * slots, np.uint32)
        self.filter = np.zeros(slots * SLOT_ROWS * FILTER_WORDS, np.uint64)
        self._measure()

    def _measure(self) -> None:
        self._slots = len(self._heads) // self._width
        self._shift = 65 - self._slots.bit_length()
        self._starts = np.arange(self._width) * self._slots

    def arrays(self, size: int) -> dict[str, NDArray[np.generic]]:
        """What is to be saved when there are ``size`` rows."""
        return {"heads": self._heads, "next": self._next[:size], "filter": self.filter}

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self._heads.nbytes + self._next.nbytes + self.filter.nbytes

    def add(self, row: int, query: Query, known: Callable[[], Keys]) -> None:
        """Add the next row; its keys are the first ones of the query.

        ``known`` gives the keys of all rows before it, (rows, width). It is asked for when the slots must grow.
        """
        self._make_room(row, known)
        width = self._width
        slots = self._slots_of(query.keys[:width]) + self._starts
        self._next[row] = self._heads.take(slots)
        self._heads[slots] = row + 1
        np.bitwise_or.at(self.filter, query.words(len(self.filter))[:width], query.bits[:width])

    def walk(self, column: int, key: int) -> Iterator[int]:
        """Rows that may have a key, the last added first."""
        node = int(self._heads[column * self._slots + (key >> self._shift)])
        while node:
            yield node - 1
            node = int(self._next[node - 1, column])

    def _make_room(self, row: int, known: Callable[[], Keys]) -> None:
        if row >= len(self._next):
            grown = np.zeros((row + row // 2 + _LEAST_SLOTS, self._width), np.uint32)
            grown[:row] = self._next[:row]
            self._next = grown
        elif not self._next.flags.writeable:
            self._next = self._next.copy()
        if row >= self._slots * SLOT_ROWS:
            self._size_for(2 * self._slots)
            self._fill(known())
        elif not self._heads.flags.writeable:
            self._heads, self.filter = self._heads.copy(), self.filter.copy()

    def _fill(self, keys: Keys) -> None:
        """Chain all rows anew; nothing else may be in the arrays."""
        for column in range(self._width):
            slots = self._slots_of(keys[:, column]).astype(np.uint16 if self._slots <= 1 << 16 else np.uint32)
            order = np.argsort(slots, kind="stable")  # by radix, up to 16 bits
            slots = slots[order]
            is_same = slots[1:] == slots[:-1]
            self._next[order[0], column] = 0
            self._next[order[1:], column] = np.where(is_same, order[:-1] + 1, 0)
            is_last = np.append(~is_same, True)
            self._heads[column * self._slots + slots[is_last].astype(np.int64)] = order[is_last] + 1
            query = Query(self._starts, np.ascontiguousarray(keys[:, column]))
            np.bitwise_or.at(self.filter, query.words(len(self.filter)), query.bits)

    def _slots_of(self, keys: Keys) -> NDArray[np.int64]:
        return (keys >> np.uint64(self._shift)).view(np.int64)
