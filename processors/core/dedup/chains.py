"""A hash index of rows by several keys each, in three flat arrays that can be grown, saved and memory-mapped."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

FILTER_WORDS = 8
"""Least 64-bit words of the filter a row: with 3 bits for each of 35 keys, under 1 % of keys pass by chance."""
SLOT_ROWS = 2
"""Most rows to one slot of a column on average: walks are rare, the filter sees to that."""
_LEAST = 64

LAYOUT: Mapping[str, "np.dtype[np.generic]"] = {
    "heads": np.dtype(np.uint32),
    "next": np.dtype(np.uint32),
    "filter": np.dtype(np.uint64),
}


def _mask_table() -> NDArray[np.uint64]:
    codes = np.arange(1 << 18, dtype=np.uint64)
    one = np.uint64(1)
    six = np.uint64(63)
    masks: NDArray[np.uint64] = (
        (one << (codes & six)) | (one << (codes >> np.uint64(6) & six)) | (one << (codes >> np.uint64(12)))
    )
    return masks


_MASKS = _mask_table()


class Query:
    """Keys on their way through the chains of several segments, with what they have in common computed once."""

    def __init__(self, columns: NDArray[np.intp], keys: Keys, values: Keys | None = None) -> None:
        self.columns = columns
        self.keys = keys
        self.values = keys if values is None else values
        """What the keys were made of."""
        self.bits: Keys = _MASKS.take((keys & np.uint64(0x3FFFF)).astype(np.intp))
        self._words: dict[int, NDArray[np.intp]] = {}

    def words(self, size: int) -> NDArray[np.intp]:
        """Positions of the keys in a filter of so many words."""
        words = self._words.get(size)
        if words is None:
            words = self._words[size] = (self.keys >> np.uint64(20) & np.uint64(size - 1)).astype(np.intp)
        return words


class Chains:
    """Rows 0, 1, 2, ... by ``width`` keys each. Rows with equal keys of one column form a chain, the last one first."""

    def __init__(self, width: int, arrays: Mapping[str, NDArray[np.generic]] | None = None) -> None:
        self._width = width
        if arrays is None:
            self._heads = np.zeros(width * _LEAST // SLOT_ROWS, np.uint32)
            self._next = np.zeros((_LEAST, width), np.uint32)
            self.filter = np.zeros(_LEAST * FILTER_WORDS, np.uint64)
        else:
            self._heads, self._next, self.filter = arrays["heads"], arrays["next"], arrays["filter"]  # type: ignore[assignment]

        self._measure()

    def _measure(self) -> None:
        self._bits = (len(self._heads) // self._width).bit_length() - 1
        self._starts = np.arange(self._width) << self._bits

    def arrays(self, size: int) -> dict[str, NDArray[np.generic]]:
        """What is to be saved when there are ``size`` rows."""
        return {"heads": self._heads, "next": self._next[:size], "filter": self.filter}

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self._heads.nbytes + self._next.nbytes + self.filter.nbytes

    def add(self, row: int, query: Query) -> None:
        """Add the next row, which must have been made room for; its keys are the first ones of the query."""
        width = self._width
        slots = self._slots(query.keys[:width]) + self._starts
        self._next[row] = self._heads.take(slots)
        self._heads[slots] = row + 1
        np.bitwise_or.at(self.filter, query.words(len(self.filter))[:width], query.bits[:width])

    def thaw(self) -> None:
        """Make arrays writable that came from a file."""
        if not self._next.flags.writeable:
            self._heads, self._next, self.filter = self._heads.copy(), self._next.copy(), self.filter.copy()

    def needs_room(self, row: int) -> bool:
        """Whether a row would be too many."""
        return row >= len(self._next)

    def grow(self, keys: Keys) -> None:
        """Make room for half as many rows again; ``keys`` are those of all rows there are, (rows, width)."""
        rows = len(keys)
        room = max(_LEAST, rows + rows // 2)
        slots = 1 << (max(1, room // SLOT_ROWS) - 1).bit_length()
        self._heads = np.zeros(self._width * slots, np.uint32)
        self._next = np.zeros((room, self._width), np.uint32)
        self.filter = np.zeros(1 << (room * FILTER_WORDS - 1).bit_length(), np.uint64)
        self._measure()
        for column in range(self._width):
            self._fill(column, keys[:, column])

    def _fill(self, column: int, keys: Keys) -> None:
        slots = self._slots(keys)
        if self._bits <= 16:
            slots = slots.astype(np.uint16)  # numpy sorts these by radix
        order = np.argsort(slots, kind="stable")
        slots = slots[order]
        is_same = slots[1:] == slots[:-1]
        self._next[order[1:][is_same], column] = order[:-1][is_same] + 1
        is_last = np.append(~is_same, [True]) if len(slots) else np.zeros(0, bool)
        self._heads[self._starts[column] + slots[is_last]] = order[is_last] + 1
        query = Query(self._starts, keys)
        np.bitwise_or.at(self.filter, query.words(len(self.filter)), query.bits)

    def _slots(self, keys: Keys) -> NDArray[np.intp]:
        return (keys >> np.uint64(64 - self._bits)).astype(np.intp)

    def walk(self, column: int, key: int) -> Iterator[int]:
        """Rows that may have a key, the last added first."""
        node = int(self._heads[(column << self._bits) + (key >> (64 - self._bits))])
        while node:
            yield node - 1
            node = int(self._next[node - 1, column])
