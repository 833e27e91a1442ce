"""Which posts are known, and where: a hash table of 16 bytes a slot."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

_LEAST = 1024
_FULL = 0.6
_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1
_NOWHERE = np.iinfo(np.int64).max

Hashes = NDArray[np.uint64]


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

    def find(self, identities: Hashes) -> list[tuple[int, int] | None]:
        """Day and row of each post that is known."""
        places = np.full(len(identities), _NOWHERE)
        asked, slots = np.arange(len(identities)), self._slots(identities)
        while len(asked):
            found, wanted = self._hashes[slots], identities[asked]
            is_met = found == wanted
            places[asked[is_met]] = self._places[slots[is_met]]
            is_open = ~is_met & (found != 0)
            asked, slots = asked[is_open], (slots[is_open] + 1) & (len(self._hashes) - 1)
        return [None if place == _NOWHERE else (place >> _ROW_BITS, place & _ROW_MASK) for place in places.tolist()]

    def add(self, posts: Mapping[int, tuple[int, int]]) -> None:
        """Add posts that are not known: day and row of each."""
        hashes = np.array(list(posts), np.uint64)
        places = np.array([day << _ROW_BITS | row for day, row in posts.values()], np.int64)
        if self._size + len(hashes) > _FULL * len(self._hashes):
            known = self._hashes != 0
            self._rebuild(np.append(self._hashes[known], hashes), np.append(self._places[known], places))
        else:
            self._place(hashes, places)

    def replace(self, days: Iterable[tuple[int, Hashes]]) -> None:
        """Hold these posts and no others: for each day the hashes of its rows, in order."""
        parts = [(hashes, (np.int64(day) << np.int64(_ROW_BITS)) + np.arange(len(hashes))) for day, hashes in days]
        self._rebuild(
            np.concatenate([np.zeros(0, np.uint64), *(hashes for hashes, _ in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(places for _, places in parts)]),
        )

    def _rebuild(self, hashes: Hashes, places: NDArray[np.int64]) -> None:
        size = max(_LEAST, 1 << int(len(hashes) / _FULL * 1.5).bit_length())
        self._hashes, self._places = np.zeros(size, np.uint64), np.zeros(size, np.int64)
        self._size = 0
        self._place(hashes, places)

    def _place(self, hashes: Hashes, places: NDArray[np.int64]) -> None:
        self._size += len(hashes)
        slots = self._slots(hashes)
        while len(hashes):
            is_free = self._hashes[slots] == 0
            self._hashes[slots[is_free]] = hashes[is_free]  # of several for one slot one wins
            has_won = self._hashes[slots] == hashes
            self._places[slots[has_won]] = places[has_won]
            hashes, places = hashes[~has_won], places[~has_won]
            slots = (slots[~has_won] + 1) & (len(self._hashes) - 1)

    def _slots(self, hashes: Hashes) -> NDArray[np.intp]:
        return (hashes & np.uint64(len(self._hashes) - 1)).astype(np.intp)
