"""Which posts are known, and where: a hash table of 16 bytes a slot."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_LEAST = 1024
_FULL = 0.6
_ROW_BITS = 32


class Identities:
    """Where each post stands, by the 64-bit hash of its language and key (0 is no hash).

    Two of ten million posts share a hash with a probability of 1 in 400,000.
    """

    def __init__(self) -> None:
        self._hashes = np.zeros(_LEAST, np.uint64)
        self._places = np.zeros(_LEAST, np.int64)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self._hashes.nbytes + self._places.nbytes

    def find(self, identity: int) -> tuple[int, int] | None:
        """Day and row of a post."""
        slot = self._slot(identity)
        if not self._hashes[slot]:
            return None
        place = int(self._places[slot])
        return place >> _ROW_BITS, place & ((1 << _ROW_BITS) - 1)

    def add(self, identity: int, day: int, row: int) -> None:
        """Add a post that is not known."""
        if self._size >= _FULL * len(self._hashes):
            known = self._hashes != 0
            self._rebuild(self._hashes[known], self._places[known])
        slot = self._slot(identity)
        self._hashes[slot], self._places[slot] = identity, day << _ROW_BITS | row
        self._size += 1

    def replace(self, days: Iterable[tuple[int, NDArray[np.uint64]]]) -> None:
        """Hold these posts and no others: for each day the hashes of its rows, in order."""
        parts = [(hashes, (np.int64(day) << np.int64(_ROW_BITS)) + np.arange(len(hashes))) for day, hashes in days]
        self._rebuild(
            np.concatenate([np.zeros(0, np.uint64), *(hashes for hashes, _ in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(places for _, places in parts)]),
        )

    def _slot(self, identity: int) -> int:
        """The slot of a hash: its own or the free one where it would go."""
        hashes, mask = self._hashes, len(self._hashes) - 1
        slot = identity & mask
        while (found := hashes[slot]) and found != identity:
            slot = (slot + 1) & mask
        return slot

    def _rebuild(self, hashes: NDArray[np.uint64], places: NDArray[np.int64]) -> None:
        size = max(_LEAST, 1 << int(len(hashes) / _FULL * 1.5).bit_length())
        self._hashes, self._places = np.zeros(size, np.uint64), np.zeros(size, np.int64)
        self._size = len(hashes)
        slots = (hashes & np.uint64(size - 1)).astype(np.intp)
        while len(hashes):
            free = self._hashes[slots] == 0
            self._hashes[slots[free]] = hashes[free]  # of several for one slot one wins
            has_won = self._hashes[slots] == hashes
            self._places[slots[has_won]] = places[has_won]
            hashes, places, slots = hashes[~has_won], places[~has_won], (slots[~has_won] + 1) & (size - 1)
