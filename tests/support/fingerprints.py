"""Invented states of posts as duplicate detection gets them, and a reader of its verdicts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from processors.core.dedup import DedupIndex
from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from processors.core.dedup.minhash import pack
from processors.core.outcomes import DuplicateVerdict, Folded
from schemas import ChannelName, DuplicateRecord, Fingerprint, FingerprintBatch, Origin, PostFingerprint
from schemas.rank import Rank, StateClass
from schemas.times import DAY_MS

DAY_US = 1000 * DAY_MS
START_US = 20_000 * DAY_US
"""A day of 2024."""
START_MS = START_US // 1000


@cache
def sketched(family: int, variant: int) -> Fingerprint:
    """A text of a family: those of one family are similar (0.6 to 0.8), others nothing."""
    signature = np.random.default_rng(family).integers(0, 1 << 16, 128)
    if variant:
        signature[variant * 20 : variant * 20 + 20] = np.random.default_rng(1000 * family + variant).integers(
            0, 1 << 16, 20
        )
    sketch = pack(signature.tolist(), [], (100 * family + variant + 1, 100 * family + variant + 1), 60)
    return Fingerprint(1 + 100 * family + variant, sketch)


def words(text: str) -> Fingerprint:
    """A text that is compared as a whole."""
    return Fingerprint(int.from_bytes(text.encode()[:7], "big") + 1)


def state(
    message: int,
    text: Fingerprint | str | None,
    *,
    channel: int = 1,
    day: float | None = 0,
    moment: int = 0,
    is_collected: bool = False,
    revision: int | None = None,
    language: str = "en",
    origin: tuple[int, int] | None = None,
    is_stale: bool = False,
    is_repeat: bool = False,
) -> PostFingerprint:
    """A state of a post: of its text, or without words for None. Its moment is the rank's."""
    fingerprint = words(text) if isinstance(text, str) else Fingerprint(None) if text is None else text
    return PostFingerprint(
        channel_id=channel,
        message_id=message,
        revision=revision if revision is not None else fingerprint.exact or 0,
        rank=Rank(moment, StateClass(is_collected)),
        language=language,
        posted_us=None if day is None else START_US + int(day * DAY_US),
        fingerprint=fingerprint,
        origin=None if origin is None else Origin(*origin),
        is_stale=is_stale,
        is_repeat=is_repeat,
    )


def deletion(
    message: int,
    *,
    channel: int = 1,
    moment: int = 0,
    day: float | None = None,
    is_collected: bool = False,
    is_stale: bool = False,
) -> PostFingerprint:
    """A deletion of a post; most do not have the date of the post."""
    return PostFingerprint(
        channel_id=channel,
        message_id=message,
        revision=0,
        rank=Rank(moment, StateClass(is_collected)),
        language="",
        posted_us=None if day is None else START_US + int(day * DAY_US),
        fingerprint=None,
        is_stale=is_stale,
    )


def batch(posts: Sequence[PostFingerprint] = (), names: Sequence[ChannelName] = ()) -> FingerprintBatch:
    """A record of these posts."""
    return FingerprintBatch(VERSION, EPOCH, posts, names)


def fold(index: DedupIndex, *posts: PostFingerprint, arrived_ms: int = START_MS) -> list[Folded]:
    """What posts change that come in one record."""
    return succeeded(index.fold(batch(posts), arrived_ms))


def succeeded(changes: Iterable[Folded | Exception]) -> list[Folded]:
    """The changes; the error of one that failed."""
    found = []
    for change in changes:
        if isinstance(change, Exception):
            raise change
        found.append(change)
    return found


@dataclass
class Reader:
    """What a reader of posts.duplicates knows: the last verdict on each post."""

    verdicts: dict[str, DuplicateRecord | None] = field(default_factory=dict)

    def take(self, changes: Iterable[Folded]) -> "Reader":
        """Read what was sent."""
        for change in changes:
            self.verdicts |= {verdict.key: verdict.record for verdict in change.verdicts}
        return self

    def of(self, key: str) -> str | None:
        """The post that one repeats."""
        record = self.verdicts.get(key)
        return None if record is None or record.duplicate is None else record.duplicate.of

    def canonical(self, key: str) -> str:
        """The end of the chain of links."""
        seen = {key}
        while (of := self.of(key)) is not None:
            key = of
            assert key not in seen, "a circle of links"
            seen.add(key)
        return key


def links(verdicts: Iterable[DuplicateVerdict]) -> dict[str, str | None]:
    """Key -> the key that it repeats."""
    return {verdict.key: original(verdict) for verdict in verdicts}


def original(verdict: DuplicateVerdict) -> str | None:
    """The key of the post that is repeated according to a verdict."""
    return None if verdict.duplicate is None else verdict.duplicate.of
