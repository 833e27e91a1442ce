"""Which rows of segments share a value with some texts, with a bound on the work for one text."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.band_index import BandIndex, Keys, Query, Rows
from processors.core.dedup.post_table import EXACT, FIRST_LEAD, SECOND_LEAD
from processors.core.dedup.segment import Segment

BUCKET = 64
"""Most rows looked at in one bucket, the newest first: who fills a bucket on purpose finds himself in it."""
STEPS = 512
"""Rows after which a text looks at no more, its equal apart."""
ROUND = 8
"""Rows of each bucket between two looks at that bound; few chains are as long."""
_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1

Asked = Sequence[tuple[Segment, Rows | None]]
"""Segments, with the texts that ask each of them; None: all texts."""


class CandidateSearch:
    """Ways of some texts through the chains of segments, one step of all of them at a time: numpy takes about as long
    for one as for dozens. Ways of one segment are adjacent.
    """

    def __init__(self, query: Query, values: Keys, asked: Asked) -> None:
        """``values`` are those of the texts, (texts, VALUES), and ``query`` holds their keys."""
        self._segments = [segment for segment, _ in asked]
        self._query = query
        self._values = values
        self._texts, self._columns, self._starts = self._positives(asked)
        """Of each way the text, and the column in which its value is looked for; the first way of each segment."""
        self._asked = self._columns
        """The columns of the values among those of the texts."""
        leads = np.nonzero(self._columns >= FIRST_LEAD)[0]
        if len(leads):
            self._look_in_both(leads)
        self.bound_hits = 0
        """How often a bound cut a search short."""

    def pairs(self) -> Iterator[tuple[Segment, Rows, Rows]]:
        """For segments where there are any, the texts and rows that share a value, pair by pair and in order."""
        if not len(self._texts):
            return
        ways, rows = self._follow()
        wanted, columns = self._values[self._texts[ways], self._asked[ways]], self._columns[ways]
        for segment, part in self._parts(ways):
            is_met = segment.texts.rows["values"][rows[part], columns[part]] == wanted[part]
            if is_met.any():
                pairs = np.sort(self._texts[ways[part][is_met]] << _ROW_BITS | rows[part][is_met])
                pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]  # np.unique has a hash table, and takes longer
                yield segment, pairs >> _ROW_BITS, pairs & _ROW_MASK

    def _positives(self, asked: Asked) -> tuple[Rows, Rows, Rows]:
        """Texts and columns that the segments' filters let pass, and where those of each segment begin."""
        texts, columns, starts = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)], [0]
        for segment, own in asked:
            numbers, passed = segment.band_index.may_have(self._query, own)
            texts.append(numbers if own is None else own[numbers])
            columns.append(passed)
            starts.append(starts[-1] + len(passed))
        return np.concatenate(texts), np.concatenate(columns), np.array(starts[:-1])

    def _look_in_both(self, leads: Rows) -> None:
        """Give these ways others behind them: a first line may have become the second, or the second the first."""
        order = np.insert(np.arange(len(self._texts)), leads, leads)
        self._starts = self._starts + np.searchsorted(leads, self._starts)
        self._texts, self._asked, self._columns = self._texts[order], self._asked[order], self._columns[order]
        others = leads + np.arange(1, len(leads) + 1)
        self._columns[others] = FIRST_LEAD + SECOND_LEAD - self._columns[others]

    def _follow(self) -> tuple[Rows, Rows]:
        """All rows on the ways, each with the number of its way, by these."""
        ways = np.arange(len(self._texts))
        left = np.full(len(self._values), STEPS)
        rows = self._step(BandIndex.last, ways, self._query.keys[self._texts, self._asked])
        seen, found = [ways[:0]], [ways[:0]]
        for step in range(BUCKET + 1):
            is_there = rows >= 0
            ways, rows = ways[is_there], rows[is_there]
            if step and step % ROUND == 0:
                looked = self._texts[np.concatenate(seen[-ROUND:])]
                left -= np.bincount(looked, minlength=len(left))
                is_open = (left[self._texts[ways]] > 0) | (self._columns[ways] == EXACT)
                self.bound_hits += len(ways) - int(is_open.sum())
                ways, rows = ways[is_open], rows[is_open]
            if not len(ways) or step == BUCKET:
                self.bound_hits += len(ways)
                break
            seen.append(ways)
            found.append(rows)
            rows = self._step(BandIndex.before, ways, rows)
        together = np.concatenate(seen)
        order = np.argsort(together, kind="stable")
        return together[order], np.concatenate(found)[order]

    def _step(self, ask: Callable[[BandIndex, Rows, Any], Rows], ways: Rows, given: NDArray[Any]) -> Rows:
        """The next row on each of these ways, which are in order."""
        columns = self._columns[ways]
        if len(self._segments) == 1:
            return ask(self._segments[0].band_index, columns, given)
        rows = np.empty(len(ways), np.intp)
        for segment, part in self._parts(ways):
            rows[part] = ask(segment.band_index, columns[part], given[part])
        return rows

    def _parts(self, ways: Rows) -> Iterator[tuple[Segment, slice]]:
        """Which of these ways lead through which segment."""
        bounds = [*np.searchsorted(ways, self._starts).tolist(), len(ways)]
        for segment, (begin, end) in zip(self._segments, pairwise(bounds), strict=True):
            if begin < end:
                yield segment, slice(begin, end)
