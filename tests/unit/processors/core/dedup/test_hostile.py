"""Posts built to slow the index down, or to confuse it."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from processors.core.dedup import DedupIndex
from processors.core.dedup.band_index import BandIndex, Rows
from processors.core.dedup.candidate_rows import BUCKET, ROUND, STEPS
from processors.core.dedup.minhash import pack, unpack
from processors.core.dedup.post_table import EXACT, VALUES
from processors.core.dedup.record_rows import texts
from processors.core.dedup.segment import text_keys
from schemas import Fingerprint, PostFingerprint
from schemas.base import LIMIT_US
from tests.support.fingerprints import DAY_US, START_US, fold, links, state

Signatures = NDArray[np.uint16]


def post(number: int, signature: Signatures, lead: int = 0, **changes: object) -> PostFingerprint:
    sketch = pack(signature.tolist(), [], (lead or number, lead or number), 60)
    one = state(number, Fingerprint(number, sketch), channel=number)
    return one._replace(**({"posted_us": START_US + number * 1_000_000} | changes))  # type: ignore[arg-type]


def signatures(count: int, seed: int) -> Signatures:
    return np.random.default_rng(seed).integers(0, 1 << 16, (count, 128), np.uint16)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many rows of chains are looked at."""
    seen: Counter[str] = Counter()
    before = BandIndex.before

    def counting(self: BandIndex, columns: Rows, rows: Rows) -> Rows:
        seen["rows"] += len(rows)
        return before(self, columns, rows)

    monkeypatch.setattr(BandIndex, "before", counting)
    return seen


def chain(chains: BandIndex, column: int, key: int) -> list[int]:
    """Rows that may have a key, the last added first."""
    columns, found = np.array([column]), list[int]()
    rows = chains.last(columns, np.array([key], np.uint64))
    while rows[0] >= 0:
        found.append(int(rows[0]))
        rows = chains.before(columns, rows)
    return found


def test_a_bucket_that_is_filled_on_purpose_slows_nobody_down(looked_at: Counter[str]) -> None:
    """All hostile posts share half of their bands and their first words, yet no two are alike in more."""
    hostile = signatures(1, 1).repeat(600, axis=0)
    hostile[:, 56:] = signatures(600, 2)[:, 56:]
    index = DedupIndex()
    for number, signature in enumerate(hostile, start=1):
        looked_at.clear()
        fold(index, post(number, signature, lead=7))
        assert looked_at["rows"] <= STEPS + ROUND * (VALUES + 2)
    assert looked_at["rows"] > BUCKET
    assert index.bound_hits > 0
    looked_at.clear()
    for number, signature in enumerate(signatures(100, 3), start=10_000):
        fold(index, post(number, signature))
    assert looked_at["rows"] < 10 * 100


def test_an_equal_text_is_found_behind_a_flood_of_the_day_before() -> None:
    hostile = signatures(1, 1).repeat(600, axis=0)
    hostile[:-1, 56:] = signatures(599, 2)[:, 56:]
    index = DedupIndex()
    fold(index, *(post(number, signature, lead=7) for number, signature in enumerate(hostile[:-1], start=1)))
    equal = Fingerprint(7_000_000, pack(hostile[-1].tolist(), [], (7, 7), 60))
    for number in (1000, 1001):
        fold(index, post(number, hostile[-1], fingerprint=equal, posted_us=START_US + DAY_US))
    assert index.bound_hits > 0
    _, segment = index.segments.values()
    assert (segment.texts.size, segment.posts.size) == (1, 2)


def test_an_equal_text_is_found_behind_others_of_its_slot_when_the_bound_is_reached() -> None:
    """The others have its signature and first words, and hashes such that they are in front of it there."""
    exact = np.random.default_rng(8).integers(1, 1 << 63, 200_000, np.uint64)
    rows = texts([(Fingerprint(value), "en") for value in exact.tolist()])
    slots = text_keys(rows)[:, EXACT] >> np.uint64(64 - 11)
    colliding = exact[slots == slots[0]].tolist()[: BUCKET // 2]
    assert len(colliding) * VALUES > 2 * STEPS
    sketch = pack(signatures(1, 1)[0].tolist(), [], (7, 7), 60)
    flood = [
        post(number, signatures(1, 1)[0], fingerprint=Fingerprint(value, sketch))
        for number, value in enumerate(colliding, start=1)
    ]
    index = DedupIndex()
    fold(index, *flood)
    (segment,) = index.segments.values()
    before = segment.texts.size
    (copy,) = fold(index, flood[0]._replace(channel_id=9000, message_id=9000, posted_us=START_US + DAY_US // 2))
    assert index.bound_hits > 0
    assert (links(copy.verdicts), segment.texts.size) == ({"tg:9000:9000": "tg:1:1"}, before)


def test_a_full_bucket_still_shows_its_newest_copy() -> None:
    crowd = signatures(BUCKET * 3, 5)
    index = DedupIndex()
    for number, signature in enumerate(crowd, start=1):
        fold(index, post(number, signature, lead=9))
    copy = crowd[-1].copy()
    copy[:8] += 1
    before = len(index)
    fold(index, post(5000, copy, lead=9))
    assert len(index) == before + 1


def test_rows_that_come_together_are_chained_as_one_by_one() -> None:
    crowd = signatures(50, 4).repeat(5, axis=0)
    crowd[:, 100:] = signatures(250, 9)[:, 100:]
    posts = [post(number, signature, lead=number % 7 + 1) for number, signature in enumerate(crowd, start=1)]
    together, alone = DedupIndex(), DedupIndex()
    fold(together, *posts[:200])
    fold(together, *posts[200:])
    for one in posts:
        fold(alone, one)
    (segment,), (other,) = together.segments.values(), alone.segments.values()
    keys = text_keys(segment.texts.saved())
    assert keys.tolist() == text_keys(other.texts.saved()).tolist()
    for column in range(keys.shape[1]):
        for key in keys[:, column].tolist():
            assert chain(segment.band_index, column, key) == chain(other.band_index, column, key)


def test_equal_posts_by_the_thousand_make_one_text(looked_at: Counter[str]) -> None:
    signature = signatures(1, 6)[0]
    index = DedupIndex()
    equal = Fingerprint(7_000_000, pack(signature.tolist(), [], (1, 2), 60))
    for number in range(1, 1000):
        fold(index, post(number, signature, fingerprint=equal))
    (segment,) = index.segments.values()
    assert (segment.texts.size, len(index)) == (1, 999)
    looked_at.clear()
    fold(index, post(1000, signature, fingerprint=equal))
    assert looked_at["rows"] <= 37


@pytest.mark.parametrize("posted_us", [0, LIMIT_US - 1, None])
def test_any_date_can_be_kept(posted_us: int | None) -> None:
    index = DedupIndex()
    fold(index, post(1, signatures(1, 7)[0], posted_us=posted_us))
    (copy,) = fold(index, post(2, signatures(1, 7)[0], posted_us=posted_us, fingerprint=Fingerprint(1)))
    assert links(copy.verdicts) == {"tg:2:2": "tg:1:1"}


def test_ids_of_any_size_can_be_kept() -> None:
    index = DedupIndex()
    fold(index, post(1, signatures(1, 8)[0], channel_id=2**53 - 1, message_id=2**53 - 1))
    assert len(index) == 1


@pytest.mark.parametrize("size", [0, 1, 293, 295])
def test_a_sketch_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="not a sketch"):
        unpack([b"A" * size, b"A" * 294])
