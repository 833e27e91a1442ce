"""Posts that go into the index one after the other, prepared together."""

from collections.abc import Callable, Sequence

import numpy as np

from processors.core.dedup.identity import Identities
from processors.core.dedup.incoming import Incoming, identity, incoming, texts
from processors.core.dedup.search import Lookup
from processors.core.dedup.segment import Segment
from processors.core.dedup.tables import UNKNOWN, day_of, microseconds
from schemas import FingerprintRecord


class Batch:
    """Some records of posts, where each post is known, and what their texts may find."""

    def __init__(
        self,
        records: Sequence[FingerprintRecord],
        identities: Identities,
        window: Callable[[int], Sequence[Segment]],
    ) -> None:
        self._identities = identities
        self._records = records
        self._hashes = [identity(record) for record in records]
        self._posted = [microseconds(record.posted_at, UNKNOWN) for record in records]
        self._known = identities.find(np.array(self._hashes, np.uint64))
        self._admitted: dict[int, tuple[int, int]] = {}
        told = [number for number, record in enumerate(records) if record.fingerprint.exact is not None]
        self.texts = {number: text for text, number in enumerate(told)}
        """Number of each record's text in the lookup, if there is a word to compare."""
        self.days = [day_of(self._posted[number]) for number in told]
        """Day of each text."""
        self.lookup = Lookup(texts([records[number] for number in told]), [window(day) for day in self.days])

    def given(self, number: int) -> Incoming:
        """A record in numbers; ValueError when it has a key that is none."""
        return incoming(self._records[number], self._hashes[number], self._posted[number])

    def find(self, number: int) -> tuple[int, int] | None:
        """Day and row of a post."""
        return self._known[number] or self._admitted.get(self._hashes[number])

    def admit(self, number: int, day: int, row: int) -> None:
        """Note a post that was not known."""
        self._admitted[self._hashes[number]] = day, row

    def close(self) -> None:
        """Let what comes after the batch find what was in it."""
        self._identities.add(self._admitted)
        self.lookup.chain()
