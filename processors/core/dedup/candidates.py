"""Finds the near-duplicates of a text, over the segments of a window, with a bound on the work for one post."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.core.dedup.band_index import Query
from processors.core.dedup.candidate_rows import CandidateSearch
from processors.core.dedup.post_table import EXACT, SECOND_LEAD
from processors.core.dedup.segment import Segment, text_keys
from processors.core.dedup.similarity import Match, TextRows, matches


class SimilarText(NamedTuple):
    """A near-duplicate text of a segment."""

    segment: Segment
    row: int
    match: Match


class Lookup:
    """Some texts on their way into the segments, looked up all at once: numpy needs as long for one as for dozens.

    ``find`` returns what was there when the lookup was made, and those of its own texts that were ``added`` since.
    """

    def __init__(self, texts: NDArray[np.void], windows: Sequence[Sequence[Segment]]) -> None:
        """``windows`` holds the segments to look into for each of the texts, which are rows of TEXT."""
        self.texts = texts
        self._query = Query(text_keys(texts))
        self._found: list[list[SimilarText]] = [[] for _ in texts]
        """What each text finds in the segments of its window."""
        self._first, self._alike = self._compare()
        """For each text the first that is equal, line ends included, which represents all of them; for that one those
        that are near-duplicates.
        """
        self._added: dict[int, list[tuple[Segment, int]]] = defaultdict(list)
        """Segments and rows of the texts added, by their first text."""
        self._unindexed: dict[Segment, list[int]] = defaultdict(list)
        self.bound_hits = self._ask(windows)
        """How often a bound cut a search short."""

    def find(self, number: int, window: Sequence[Segment]) -> list[SimilarText]:
        """The near-duplicates of a text in the segments of its window."""
        found = self._found[number]
        alike = self._alike.get(self._first[number])
        if alike is None:
            return found
        fresh = [
            SimilarText(segment, row, match)
            for other, match in alike
            for segment, row in self._added.get(other, ())
            if segment in window
        ]
        return sorted(found + fresh, key=lambda one: (window.index(one.segment), one.row))

    def is_alone(self, number: int) -> bool:
        """Whether a text finds nothing, and no other of these texts finds it."""
        return not self._found[number] and self._first[number] not in self._alike

    def added(self, number: int, segment: Segment, row: int) -> None:
        """Note that a text was added to a segment. It is found there by others when ``index_added`` was called."""
        self._unindexed[segment].append(number)
        self._added[self._first[number]].append((segment, row))

    def index_added(self) -> None:
        """Let every lookup find the texts that were added."""
        for segment, numbers in self._unindexed.items():
            segment.index_texts(self._query, np.array(numbers))
        self._unindexed.clear()

    def _ask(self, windows: Sequence[Sequence[Segment]]) -> int:
        alike: dict[int, list[int]] = defaultdict(list)
        for number, window in enumerate(windows):
            alike[id(window)].append(number)
        asking: dict[Segment, list[int]] = defaultdict(list)
        for numbers in alike.values():
            for segment in windows[numbers[0]]:
                asking[segment] += numbers
        walk = CandidateSearch(
            self._query,
            self.texts["values"],
            [(segment, None if len(own) == len(windows) else np.array(own)) for segment, own in asking.items()],
        )
        for segment, texts, rows in walk.pairs():
            for position, match in matches(TextRows(segment.texts.rows, rows), TextRows(self.texts, texts)):
                self._found[texts.item(position)].append(SimilarText(segment, rows.item(position), match))
        return walk.bound_hits

    def _compare(self) -> tuple[list[int], dict[int, list[tuple[int, Match]]]]:
        """For each text the first that is equal; which first texts share a key and are near-duplicates: another one, or
        itself when there are equal ones.
        """
        keys = self._query.keys
        content = keys[:, EXACT] - np.uint64(2) * keys[:, SECOND_LEAD]  # where all values are equal, it is none of them
        _, first, numbers, counts = np.unique(content, return_index=True, return_inverse=True, return_counts=True)
        keys = keys[first]
        order = np.argsort(keys, axis=None)
        known, owners = keys.ravel()[order], first[order // keys.shape[1]]
        share = np.zeros((len(self.texts), len(self.texts)), np.bool_)
        begins, distance = np.arange(len(known) - 1), 1
        while len(begins := begins[known[begins] == known[begins + distance]]):
            share[owners[begins], owners[begins + distance]] = True
            distance += 1
            begins = begins[begins < len(known) - distance]
        share |= share.T
        share[first, first] = counts > 1
        texts, others = np.triu(share).nonzero()
        alike: dict[int, list[tuple[int, Match]]] = defaultdict(list)
        for position, match in matches(TextRows(self.texts, texts), TextRows(self.texts, others)):
            text, other = texts.item(position), others.item(position)
            alike[text].append((other, match))
            if other != text:
                alike[other].append((text, match))
        return first[numbers].tolist(), alike
