"""Finding the texts that say the same, over the segments of a window, with a bound on the work for one post."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.chains import Query
from processors.core.dedup.segment import Segment, text_keys
from processors.core.dedup.similarity import Match, matches
from processors.core.dedup.walk import Walk


class Found(NamedTuple):
    """A text of a segment that says the same."""

    segment: Segment
    row: int
    match: Match


class Lookup:
    """Some texts on their way into the segments, looked up all at once: numpy takes as long for one as for dozens.

    ``find`` tells what was there when the lookup was made, and those of its own texts that were ``added`` since.
    """

    def __init__(self, texts: NDArray[np.void], windows: Sequence[Sequence[Segment]]) -> None:
        """``windows`` holds the segments to look into for each of the texts, which are rows of TEXT."""
        self.texts = texts
        self._query = Query(text_keys(texts))
        self._found: list[list[Found]] = [[] for _ in texts]
        """What each text finds in the segments of its window."""
        self._added: dict[int, list[tuple[Segment, int]]] = {}
        """Segment and row of the texts added, by the keys that several of the texts have."""
        self._own: dict[int, list[int]] = defaultdict(list)
        """Those keys of each text."""
        self._unchained: dict[Segment, list[int]] = defaultdict(list)
        self.bound_hits = self._ask(windows)
        """How often a bound cut a search short."""
        self._compare()

    def find(self, number: int, window: Sequence[Segment]) -> list[Found]:
        """What says the same as a text, in the segments of its window."""
        found = self._found[number]
        if number not in self._own:
            return found
        fresh = self._fresh(number)
        return found + [one for segment in window for one in self._verified(number, segment, fresh.get(segment))]

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

    def _verified(self, number: int, segment: Segment, rows: set[int] | None) -> list[Found]:
        if not rows:
            return []
        known = sorted(rows)
        found = matches(segment.texts.rows[known], self.texts[[number] * len(known)])
        return [Found(segment, known[position], match) for position, match in found]

    def _ask(self, windows: Sequence[Sequence[Segment]]) -> int:
        alike: dict[int, list[int]] = defaultdict(list)
        for number, window in enumerate(windows):
            alike[id(window)].append(number)
        asking: dict[Segment, list[int]] = defaultdict(list)
        for numbers in alike.values():
            for segment in windows[numbers[0]]:
                asking[segment] += numbers
        walk = Walk(
            self._query,
            self.texts["values"],
            [(segment, None if len(own) == len(windows) else np.array(own)) for segment, own in asking.items()],
        )
        for segment, texts, rows in walk.pairs():
            for position, match in matches(segment.texts.rows[rows], self.texts[texts]):
                self._found[texts.item(position)].append(Found(segment, rows.item(position), match))
        return walk.bound_hits

    def _compare(self) -> None:
        """Find the keys that more than one of the texts has."""
        keys = self._query.keys.ravel()
        order = np.argsort(keys)
        known, owners = keys[order], order // self._query.keys.shape[1]
        is_shared = np.zeros(len(keys) + 1, np.bool_)
        is_shared[1:-1] = (known[1:] == known[:-1]) & (owners[1:] != owners[:-1])
        for position in np.nonzero(is_shared[1:] | is_shared[:-1])[0].tolist():
            self._own[int(owners[position])].append(int(known[position]))
