"""Which posts are known, and where: a hash table for the latest ones, sorted runs for those before them.

A run is written once, so that it may be a memory-mapped file of which only what is requested is resident. Runs of like
size become one, so there are few of them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.day_segments import DaySegments

_LEAST = 1024
_FULL = 0.6
_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1
_NOWHERE = np.iinfo(np.int64).max
LATEST = 1 << 20
"""Most posts in the hash table: 16 MB more than in a run."""
LARGER = 4
"""Times that a run is larger than the one behind it."""

Hashes = NDArray[np.uint64]
Locations = NDArray[np.int64]
ENTRY_BYTES = 16


class SortedRun(NamedTuple):
    """Hashes in order, and for each the day and row."""

    hashes: Hashes
    places: Locations


class KnownPosts:
    """The location of each post, by the 64-bit hash of its key (0 is no hash).

    Two of ten million posts share a hash with a probability of 1 in 400,000. Entries of days that were forgotten
    stay for a while, so each answer is checked against the day.
    """

    def __init__(self, days: DaySegments, runs: Sequence[SortedRun] | None = None) -> None:
        """Find posts of these days; ``runs`` as they were saved, None to make them of the days."""
        self._days = days
        self.runs = [run for run in ([_run_of(days)] if runs is None else runs) if len(run.hashes)]
        """The oldest and largest first; of two that know a post the later one is right."""
        self._clear()

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, memory-mapped ones included."""
        return (
            self._hashes.nbytes + self._places.nbytes + sum(run.hashes.nbytes + run.places.nbytes for run in self.runs)
        )

    def find(self, identities: Hashes) -> list[tuple[int, int] | None]:
        """Day and row of each post that is known."""
        places = self._latest(identities)
        asked = np.flatnonzero(places == _NOWHERE)
        for run in reversed(self.runs):
            if not len(asked):
                break
            wanted = identities[asked]
            slots = np.searchsorted(run.hashes, wanted)
            slots[slots == len(run.hashes)] = 0
            is_met = run.hashes[slots] == wanted
            if is_met.any():
                places[asked[is_met]] = run.places[slots[is_met]]
                asked = asked[~is_met]
        return [
            None if place == _NOWHERE else self._checked(place >> _ROW_BITS, place & _ROW_MASK, identity)
            for place, identity in zip(places.tolist(), identities.tolist(), strict=True)
        ]

    def add(self, posts: Mapping[int, tuple[int, int]]) -> None:
        """Add posts that are not known, or that have moved: day and row of each."""
        hashes = np.array(list(posts), np.uint64)
        places = np.array([day << _ROW_BITS | row for day, row in posts.values()], np.int64)
        if self._size + len(hashes) > _FULL * len(self._hashes):
            known = self._hashes != 0
            self._rebuild(np.append(self._hashes[known], hashes), np.append(self._places[known], places))
        else:
            self._place(hashes, places)
        if self._size > LATEST:
            self.seal()

    def seal(self) -> None:
        """Turn the hash table into a run, and join those that are not much larger with it."""
        if not self._size:
            return
        known = self._hashes != 0
        run = _sorted(self._hashes[known], self._places[known])
        self._clear()
        while self.runs and len(self.runs[-1].hashes) < LARGER * len(run.hashes):
            run = self._joined(self.runs.pop(), run)
        if len(run.hashes):
            self.runs.append(run)

    def _joined(self, older: SortedRun, newer: SortedRun) -> SortedRun:
        """Both runs as one, without what days no longer hold."""
        run = _sorted(np.concatenate([older.hashes, newer.hashes]), np.concatenate([older.places, newer.places]))
        is_kept = np.isin(run.places >> _ROW_BITS, np.fromiter(self._days, np.int64))
        is_kept[:-1] &= run.hashes[1:] != run.hashes[:-1]
        return SortedRun(run.hashes[is_kept], run.places[is_kept])

    def _checked(self, day: int, row: int, identity: int) -> tuple[int, int] | None:
        return (day, row) if self._days.holds(day, row, identity) else None

    def _latest(self, identities: Hashes) -> Locations:
        places = np.full(len(identities), _NOWHERE)
        asked, slots = np.arange(len(identities)), self._slots(identities)
        while len(asked):
            found, wanted = self._hashes[slots], identities[asked]
            is_met = found == wanted
            places[asked[is_met]] = self._places[slots[is_met]]
            is_open = ~is_met & (found != 0)
            asked, slots = asked[is_open], (slots[is_open] + 1) & (len(self._hashes) - 1)
        return places

    def _clear(self) -> None:
        self._hashes, self._places = np.zeros(_LEAST, np.uint64), np.zeros(_LEAST, np.int64)
        self._size = 0

    def _rebuild(self, hashes: Hashes, places: Locations) -> None:
        size = max(_LEAST, 1 << int(len(hashes) / _FULL * 1.5).bit_length())
        self._hashes, self._places = np.zeros(size, np.uint64), np.zeros(size, np.int64)
        self._size = 0
        self._place(hashes, places)

    def _place(self, hashes: Hashes, places: Locations) -> None:
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


def _run_of(days: DaySegments) -> SortedRun:
    parts = [(posts["identity"], (day << _ROW_BITS) + np.arange(len(posts))) for day, posts in days.table("posts")]
    hashes = np.concatenate([np.zeros(0, np.uint64), *(hashes for hashes, _ in parts)])
    return _sorted(hashes, np.concatenate([np.zeros(0, np.int64), *(places for _, places in parts)]))


def _sorted(hashes: Hashes, places: Locations) -> SortedRun:
    order = np.argsort(hashes, kind="stable")
    return SortedRun(hashes[order], places[order])
