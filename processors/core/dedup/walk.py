"""Which rows of segments share a value with some texts, with a bound on the work for one text."""

import numpy as np
from numpy.typing import NDArray

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

_Walks = NDArray[np.int64]
"""Ways through chains: text, column, value that is looked for, next row (-1: none), as (4, ways)."""


class Walk:
    """Some texts on their way through segments."""

    def __init__(self, query: Query, values: Keys) -> None:
        self._query = query
        self._values = values.view(np.int64)
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
        walks = self._walks(segment, texts if asked is None else asked[texts], columns)
        known = segment.texts.rows["values"].view(np.int64)
        met: list[Rows] = []
        for step in range(BUCKET + 1):
            walks = walks[:, walks[-1] >= 0]
            if step % ROUND == 0:
                walks = self._bounded(walks)
            texts, columns, values, rows = walks
            if not len(rows) or step == BUCKET:
                self.bound_hits += len(rows)
                break
            self._looked.append(texts)
            is_met = known[rows, columns] == values
            met.append(texts[is_met] << _ROW_BITS | rows[is_met])
            walks[-1] = segment.chains.before(columns, rows)
        pairs = np.concatenate([_NONE, *met])
        if len(pairs):
            pairs = np.unique(pairs)
        return pairs >> _ROW_BITS, pairs & _ROW_MASK

    def _walks(self, segment: Segment, texts: Rows, columns: Rows) -> _Walks:
        # A first line may have become the second, or the second the first.
        keys, values = self._query.keys[texts, columns], self._values[texts, columns]
        walks = np.stack([texts, columns, values, segment.chains.last(columns, keys)])
        is_lead = columns >= FIRST_LEAD
        if not is_lead.any():
            return walks
        others = FIRST_LEAD + SECOND_LEAD - columns[is_lead]
        last = segment.chains.last(others, keys[is_lead])
        return np.hstack([walks, np.stack([texts[is_lead], others, values[is_lead], last])])

    def _bounded(self, walks: _Walks) -> _Walks:
        if self._looked:
            self._left -= np.bincount(np.concatenate(self._looked), minlength=len(self._left))
            self._looked.clear()
        if self._left.min() > 0:
            return walks
        is_open = (self._left[walks[0]] > 0) | (walks[1] == EXACT)
        self.bound_hits += len(is_open) - int(is_open.sum())
        return walks[:, is_open]
