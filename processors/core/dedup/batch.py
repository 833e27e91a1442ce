"""Posts that go into the index one after the other, prepared together."""

from collections.abc import Callable, Sequence

import numpy as np

from processors.core.dedup.candidates import Lookup
from processors.core.dedup.incoming import identity, posted, texts
from processors.core.dedup.known_posts import Identities
from processors.core.dedup.post_table import day_of
from processors.core.dedup.segment import Segment
from schemas import PostFingerprint


class Batch:
    """Some posts, where each is known, and what their texts may find."""

    def __init__(
        self,
        posts: Sequence[PostFingerprint],
        arrived_ms: Sequence[int],
        identities: Identities,
        window: Callable[[int], Sequence[Segment]],
    ) -> None:
        self._identities = identities
        self._hashes = [identity(post) for post in posts]
        self._known = identities.find(np.array(self._hashes, np.uint64))
        self._admitted: dict[int, tuple[int, int]] = {}
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
        self.lookup = Lookup(
            texts([(fingerprint, language) for _, fingerprint, language in given]), [window(day) for day in self.days]
        )

    def identity(self, number: int) -> int:
        """Hash of a post's key."""
        return self._hashes[number]

    def find(self, number: int) -> tuple[int, int] | None:
        """Day and row of a post."""
        return self._admitted.get(self._hashes[number]) or self._known[number]

    def admit(self, number: int, day: int, row: int) -> None:
        """Note where a post is that was not known, or that has moved."""
        self._admitted[self._hashes[number]] = day, row

    def close(self) -> None:
        """Let what comes after the batch find what was in it."""
        self._identities.add(self._admitted)
        self.lookup.chain()
