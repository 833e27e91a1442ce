"""Which rows of segments share a value with some texts, with a bound on the work for one text."""

from typing import NamedTuple

import numpy as np

from processors.core.dedup.chains import Keys, Query, Rows
from processors.core.dedup.segment import Segment
from processors.core.dedup.tables import EXACT, FIRST_LEAD, SECOND_LEAD

BUCKET = 64
"""Most rows looked at in one bucket, the newest first: who fills a bucket on purpose finds himself in it."""
STEPS = 512
"""Rows after which a text looks at no more, its equal apart."""
ROUND = 8
"""Rows of each bucket between two looks at that bound; few chains are as long."""
_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1
_NONE = np.zeros(0, np.intp)


class _Ways(NamedTuple):
    """Ways through the chains of a segment, an array each."""

    texts: Rows
    columns: Rows
    values: Keys
    """What is looked for."""
    rows: Rows
    """Where they begin, -1: nowhere."""


class Walk:
    """Some texts on their way through segments."""

    def __init__(self, query: Query, values: Keys) -> None:
        self._query = query
        self._values = values
        self._left = np.full(len(values), STEPS)
        """Rows that each text may still look at, but for those ``looked``."""
        self._looked: list[Rows] = []
        """Texts, once for each row."""
        self.bound_hits = 0
        """How often a bound cut a search short."""

    def through(self, segment: Segment, asked: Rows | None) -> tuple[Rows, Rows]:
        """Pairs of a text and a row of the segment that share a value, in order; of these texts, or of all."""
        texts, columns = segment.chains.may_have(self._query, asked)
        if not len(texts):
            return _NONE, _NONE
        ways = self._ways(segment, texts if asked is None else asked[texts], columns)
        seen, rows = self._follow(segment, ways)
        is_met = segment.texts.rows["values"][rows, ways.columns[seen]] == ways.values[seen]
        pairs = ways.texts[seen[is_met]] << _ROW_BITS | rows[is_met]
        if len(pairs):
            pairs = np.unique(pairs)
        return pairs >> _ROW_BITS, pairs & _ROW_MASK

    def _ways(self, segment: Segment, texts: Rows, columns: Rows) -> _Ways:
        keys, values = self._query.keys[texts, columns], self._values[texts, columns]
        # A first line may have become the second, or the second the first.
        leads = np.nonzero(columns >= FIRST_LEAD)[0]
        if len(leads):
            columns = np.concatenate([columns, FIRST_LEAD + SECOND_LEAD - columns[leads]])
            texts, keys, values = (
                np.concatenate([texts, texts[leads]]),
                np.concatenate([keys, keys[leads]]),
                np.concatenate([values, values[leads]]),
            )
        return _Ways(texts, columns, values, segment.chains.last(columns, keys))

    def _follow(self, segment: Segment, ways: _Ways) -> tuple[Rows, Rows]:
        """All rows on the ways, each with the number of its way."""
        open_, rows = np.arange(len(ways.rows)), ways.rows
        seen = [(_NONE, _NONE)]
        for step in range(BUCKET + 1):
            is_there = rows >= 0
            open_, rows = open_[is_there], rows[is_there]
            if step % ROUND == 0:
                open_, rows = self._bounded(ways, open_, rows)
            if not len(rows) or step == BUCKET:
                self.bound_hits += len(rows)
                break
            seen.append((open_, rows))
            self._looked.append(ways.texts[open_])
            rows = segment.chains.before(ways.columns[open_], rows)
        numbers, found = zip(*seen, strict=True)
        return np.concatenate(numbers), np.concatenate(found)

    def _bounded(self, ways: _Ways, numbers: Rows, rows: Rows) -> tuple[Rows, Rows]:
        """Those of the ways that have not met the bound."""
        if self._looked:
            self._left -= np.bincount(np.concatenate(self._looked), minlength=len(self._left))
            self._looked.clear()
        if self._left.min() > 0:
            return numbers, rows
        is_open = (self._left[ways.texts[numbers]] > 0) | (ways.columns[numbers] == EXACT)
        self.bound_hits += len(is_open) - int(is_open.sum())
        return numbers[is_open], rows[is_open]
