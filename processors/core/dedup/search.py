"""Finding the texts that say the same, over the segments of a window, with a bound on the work for one post."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from processors.core.dedup.chains import Query
from processors.core.dedup.segment import Segment
from processors.core.dedup.similarity import Match, matches
from processors.core.dedup.tables import EXACT, Text

BUCKET = 64
"""Most rows looked at in one bucket, the newest first: who fills a bucket on purpose finds himself in it."""
STEPS = 512
"""Most rows looked at for one post."""


class Found(NamedTuple):
    """A text of a segment that says the same."""

    segment: Segment
    match: Match


class Search:
    """Looks texts up, and counts how often a bound cut a search short."""

    def __init__(self) -> None:
        self.bound_hits = 0

    def find(self, text: Text, query: Query, segments: Sequence[Segment]) -> list[Found]:
        """All texts in these segments that match; ``query`` is the text's."""
        if not segments:
            return []
        filters = [segment.chains.filter.take(query.words(len(segment.chains.filter))) for segment in segments]
        may_have = (np.array(filters) & query.bits) == query.bits
        if not may_have.any():
            return []
        found: list[Found] = []
        steps = STEPS
        for number in np.nonzero(may_have.any(1))[0].tolist():
            segment, columns = segments[number], np.nonzero(may_have[number])[0].tolist()
            rows, steps = self._rows(segment, query, columns, steps)
            if rows:
                found += (Found(segment, match) for match in matches(rows, segment.texts.rows, text))
        return found

    def _rows(self, segment: Segment, query: Query, columns: list[int], steps: int) -> tuple[list[int], int]:
        """The rows that share a value; the whole comes first: an equal text is found whatever else the steps go to."""
        rows: set[int] = set()
        if EXACT in columns:
            columns.insert(0, columns.pop(columns.index(EXACT)))
        values = segment.texts.rows["values"]
        for asked in columns:
            column, value = int(query.columns[asked]), query.values[asked]
            for count, row in enumerate(segment.chains.walk(column, int(query.keys[asked]))):
                if count == BUCKET or (steps <= 0 and asked != EXACT):
                    self.bound_hits += 1
                    break
                steps -= 1
                if row not in rows and values[row, column] == value:
                    rows.add(row)
        return sorted(rows), steps
