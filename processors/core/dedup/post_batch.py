"""Posts that go into the index one after the other, prepared together."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from processors.core.dedup.candidates import Lookup
from processors.core.dedup.known_posts import KnownPosts
from processors.core.dedup.post_table import IndexedPost, day_of
from processors.core.dedup.record_rows import identity, posted, rows, texts
from processors.core.dedup.segment import Segment
from schemas import PostFingerprint


class PostBatch:
    """Some posts, where each is known, and what their texts may find."""

    def __init__(
        self,
        posts: Sequence[PostFingerprint],
        arrived_ms: Sequence[int],
        known_posts: KnownPosts,
        window: Callable[[int], Sequence[Segment]],
    ) -> None:
        self._known_posts = known_posts
        self._hashes = [identity(post) for post in posts]
        self._known = known_posts.find(np.array(self._hashes, np.uint64))
        self._admitted: dict[int, tuple[int, int]] = {}
        self._leaders: dict[Segment, list[tuple[int, tuple[int, int]]]] = defaultdict(list)
        """Posts of each segment that are not written to it yet, and the rows of post and text."""
        given = [
            (number, post.fingerprint, post.language)
            for number, post in enumerate(posts)
            if post.fingerprint is not None and post.fingerprint.exact is not None
        ]
        self.arrived_ms = arrived_ms
        """Broker's time of each."""
        self.texts = {number: text for text, (number, _, _) in enumerate(given)}
        """Number of each post's text in the lookup, if there is a word to compare."""
        self.days = [day_of(posted(posts[number])) for number, _, _ in given]
        """Day of each text."""
        self._rows = rows(posts, self._hashes)
        self._values: list[tuple[Any, ...]] = self._rows.tolist()
        self.lookup = Lookup(
            texts([(fingerprint, language) for _, fingerprint, language in given]), [window(day) for day in self.days]
        )
        self.is_leader = [self._is_leader(number, post) for number, post in enumerate(posts)]
        """Whether each is a leader if it is not known: no forward, and without a duplicate, also in the batch."""

    def _is_leader(self, number: int, post: PostFingerprint) -> bool:
        text = self.texts.get(number)
        is_plain = not (post.is_stale or post.is_repeat or post.origin or post.named_origin)
        return is_plain and text is not None and self.lookup.is_alone(text)

    def post(self, number: int, state: int = 0) -> IndexedPost:
        """A post in its present state, with more bits of ``state``, without a text or a link."""
        post = IndexedPost._make(self._values[number])
        return post._replace(state=post.state | state) if state else post

    def find(self, number: int) -> tuple[int, int] | None:
        """Day and row of a post."""
        return self._admitted.get(self._hashes[number]) or self._known[number]

    def admit(self, number: int, day: int, row: int) -> None:
        """Note where a post is that was not known, or that has moved."""
        self._admitted[self._hashes[number]] = day, row

    def admit_leader(self, number: int, day: int, segment: Segment) -> None:
        """Admit a leader. Its rows are written with those of others, since numpy needs as long for one as for
        dozens: see ``write_leaders``.
        """
        row, text = segment.reserve_leader()
        self.admit(number, day, row)
        self.lookup.added(self.texts[number], segment, text)
        self._leaders[segment].append((number, (row, text)))

    def write_leaders(self) -> None:
        """Write the rows that wait. Needed by whatever reads other posts than the duplicates."""
        for segment, leaders in self._leaders.items():
            numbers = [number for number, _ in leaders]
            texts = self.lookup.texts[[self.texts[number] for number in numbers]]
            segment.write_leaders([rows for _, rows in leaders], self._rows[numbers], texts)
        self._leaders.clear()

    def close(self) -> None:
        """Let what comes after the batch find what was in it."""
        self.write_leaders()
        self._known_posts.add(self._admitted)
        self.lookup.index_added()
