"""Finding the texts that say the same, over the segments of a window, with a bound on the work for one post."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.chains import Query
from processors.core.dedup.segment import Segment, text_keys
from processors.core.dedup.similarity import Match, matches
from processors.core.dedup.tables import EXACT, FIRST_LEAD, SECOND_LEAD

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

    def rows(
        self, segment: Segment, keys: Sequence[int], values: Sequence[int], columns: list[int], steps: int
    ) -> tuple[set[int], int]:
        """The rows of a segment that share one of these columns' values, and the steps that are left. The whole comes
        first: an equal text is found whatever else the steps go to.
        """
        rows: set[int] = set()
        if EXACT in columns:
            columns.insert(0, columns.pop(columns.index(EXACT)))
        known = segment.texts.rows["values"]
        for asked in columns:
            # A first line may have become the second, or the second the first.
            for column in (asked,) if asked < FIRST_LEAD else (FIRST_LEAD, SECOND_LEAD):
                for count, row in enumerate(segment.chains.walk(column, keys[asked])):
                    if count == BUCKET or (steps <= 0 and asked != EXACT):
                        self.bound_hits += 1
                        break
                    steps -= 1
                    if row not in rows and known.item(row, column) == values[asked]:
                        rows.add(row)
        return rows, steps


class Lookup:
    """Some texts on their way into the segments, looked up all at once: numpy takes as long for one as for dozens.

    ``find`` tells what was there when the lookup was made, and those of its own texts that were ``added`` since.
    """

    def __init__(self, search: Search, texts: NDArray[np.void], windows: Sequence[Sequence[Segment]]) -> None:
        """``windows`` holds the segments to look into for each of the texts, which are rows of TEXT."""
        self.texts = texts
        self._search = search
        self._query = Query(text_keys(texts))
        self._columns: list[dict[Segment, list[int]]] = [{} for _ in texts]
        """The columns by which each text may be found in a segment."""
        self._added: dict[int, list[tuple[Segment, int]]] = {}
        """Segment and row of the texts added, by the keys that several of the texts have."""
        self._own: dict[int, list[int]] = defaultdict(list)
        """Those keys of each text."""
        self._unchained: dict[Segment, list[int]] = defaultdict(list)
        self._ask(windows)
        self._compare()

    def find(self, number: int, window: Sequence[Segment]) -> list[Found]:
        """What says the same as a text, in the segments of its window."""
        columns = self._columns[number]
        if not columns and number not in self._own:
            return []
        added = self._fresh(number)
        text = self.texts[number]
        values = text["values"].tolist()
        keys = self._query.keys[number].tolist()
        found: list[Found] = []
        steps = STEPS
        for segment in window:
            rows = added.get(segment, set())
            if segment in columns:
                chained, steps = self._search.rows(segment, keys, values, columns[segment], steps)
                rows |= chained
            if rows:
                found += (Found(segment, match) for match in matches(sorted(rows), segment.texts.rows, text))
        return found

    def added(self, number: int, segment: Segment, row: int) -> None:
        """Note that a text was added to a segment. It is found there by others when ``chain`` was called."""
        self._unchained[segment].append(number)
        for key in self._own.get(number, ()):
            self._added.setdefault(key, []).append((segment, row))

    def chain(self) -> None:
        """Let every lookup find the texts that were added."""
        for segment, numbers in self._unchained.items():
            segment.chain(self._query, np.array(numbers))
        self._unchained.clear()

    def _fresh(self, number: int) -> dict[Segment, set[int]]:
        fresh: dict[Segment, set[int]] = {}
        for key in self._own.get(number, ()):
            for segment, row in self._added.get(key, ()):
                fresh.setdefault(segment, set()).add(row)
        return fresh

    def _ask(self, windows: Sequence[Sequence[Segment]]) -> None:
        asking: dict[Segment, list[int]] = defaultdict(list)
        for number, window in enumerate(windows):
            for segment in window:
                asking[segment].append(number)
        for segment, numbers in asking.items():
            rows = None if len(numbers) == len(windows) else np.array(numbers)
            for position, column in zip(*segment.chains.may_have(self._query, rows), strict=True):
                self._columns[numbers[position]].setdefault(segment, []).append(column)

    def _compare(self) -> None:
        """Find the keys that more than one of the texts has."""
        keys = self._query.keys.ravel()
        order = np.argsort(keys)
        known, owners = keys[order], order // self._query.keys.shape[1]
        is_shared = np.zeros(len(keys) + 1, np.bool_)
        is_shared[1:-1] = (known[1:] == known[:-1]) & (owners[1:] != owners[:-1])
        for position in np.nonzero(is_shared[1:] | is_shared[:-1])[0].tolist():
            self._own[int(owners[position])].append(int(known[position]))
