"""Duplicate indexes to save, and those of saved ones."""

import numpy as np

from processors.core.dedup import DedupIndex
from processors.core.dedup.minhash import pack
from processors.stream.state.snapshots import SavedIndex
from schemas import Fingerprint, PostFingerprint
from schemas.rank import Rank, StateClass
from tests.support.fingerprints import DAY_US, START_MS, START_US, batch

LOG = "topic-id:1"
_SIGNATURES = np.random.default_rng(5).integers(0, 1 << 16, (40, 128), np.uint16)


def fingerprint(text: int) -> Fingerprint:
    signature = _SIGNATURES[text % 40].copy()
    signature[: text // 40 % 8] += 1  # another text that is a near-duplicate
    return Fingerprint(text + 1, pack(signature.tolist(), [], (text + 1, text + 2), 60))


def post(number: int, day: int | None, text: int | None, moment: int = 0) -> PostFingerprint:
    """A state of a post; without a text its deletion, without a day of a post without a date."""
    return PostFingerprint(
        channel_id=number % 7 + 1,
        message_id=number + 1,
        revision=0 if text is None else text + 1,
        rank=Rank(moment, StateClass.COLLECTED),
        language="" if text is None else "en",
        posted_us=None if day is None else START_US + day * DAY_US + number * 1_000_000,
        fingerprint=None if text is None else fingerprint(text),
    )


def add(index: DedupIndex, *posts: PostFingerprint, arrived_ms: int = START_MS) -> None:
    """Fold posts whose verdicts nobody asks for."""
    index.fold_silently([(batch(posts), arrived_ms)])


def filled(posts: int, days: int = 1, first: int = 0) -> DedupIndex:
    index = DedupIndex()
    add(index, *(post(number, number % days, number) for number in range(first, first + posts)))
    return index


def opened(saved: SavedIndex | None, keep_days: int | None = None) -> DedupIndex:
    assert saved is not None
    return DedupIndex(7, saved.days, saved.last, saved.runs, keep_days=keep_days)
