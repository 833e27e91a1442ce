"""Posts built to slow the index down, or to confuse it."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from processors.core.dedup import DedupIndex
from processors.core.dedup.chains import Chains, Rows
from processors.core.dedup.segment import text_keys
from processors.core.dedup.sketch import pack, unpack
from processors.core.dedup.tables import VALUES
from processors.core.dedup.walk import BUCKET, ROUND, STEPS
from schemas import Fingerprint, FingerprintRecord

Signatures = NDArray[np.uint16]
START = datetime(2024, 1, 1, tzinfo=UTC)


def record(number: int, signature: Signatures, lead: int = 0, **changes: object) -> FingerprintRecord:
    fields = {
        "key": f"tg:{number}:{number}",
        "revision": f"{number}",
        "language": "en",
        "posted_at": START + timedelta(seconds=number),
        "fingerprint": Fingerprint(
            exact=f"{number:x}", sketch=pack(signature.tolist(), [], (lead or number, lead or number), 60)
        ),
    }
    return FingerprintRecord(**(fields | changes))  # type: ignore[arg-type]


def signatures(count: int, seed: int) -> Signatures:
    return np.random.default_rng(seed).integers(0, 1 << 16, (count, 128), np.uint16)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many rows of chains are looked at."""
    seen: Counter[str] = Counter()
    before = Chains.before

    def counting(self: Chains, columns: Rows, rows: Rows) -> Rows:
        seen["rows"] += len(rows)
        return before(self, columns, rows)

    monkeypatch.setattr(Chains, "before", counting)
    return seen


def chain(chains: Chains, column: int, key: int) -> list[int]:
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
        index.restore([record(number, signature, lead=7)])
        assert looked_at["rows"] <= STEPS + ROUND * (VALUES + 2)
    assert looked_at["rows"] > BUCKET
    assert index.bound_hits > 0
    looked_at.clear()
    for number, signature in enumerate(signatures(100, 3), start=10_000):
        index.restore([record(number, signature)])
    assert looked_at["rows"] < 10 * 100


def test_an_equal_text_is_found_behind_a_flood_of_the_day_before() -> None:
    hostile = signatures(1, 1).repeat(600, axis=0)
    hostile[:-1, 56:] = signatures(599, 2)[:, 56:]
    index = DedupIndex()
    index.restore([record(number, signature, lead=7) for number, signature in enumerate(hostile[:-1], start=1)])
    equal = Fingerprint(exact="same", sketch=pack(hostile[-1].tolist(), [], (7, 7), 60))
    for number in (1000, 1001):
        index.restore([record(number, hostile[-1], fingerprint=equal, posted_at=START + timedelta(days=1))])
    assert index.bound_hits > 0
    _, segment = index.segments.values()
    assert (segment.texts.size, segment.posts.size) == (1, 2)


def test_a_full_bucket_still_shows_its_newest_copy() -> None:
    crowd = signatures(BUCKET * 3, 5)
    index = DedupIndex()
    for number, signature in enumerate(crowd, start=1):
        index.restore([record(number, signature, lead=9)])
    copy = crowd[-1].copy()
    copy[:8] += 1
    before = len(index)
    index.restore([record(5000, copy, lead=9)])
    assert len(index) == before + 1


def test_rows_that_come_together_are_chained_as_one_by_one() -> None:
    crowd = signatures(50, 4).repeat(5, axis=0)
    crowd[:, 100:] = signatures(250, 9)[:, 100:]
    records = [record(number, signature, lead=number % 7 + 1) for number, signature in enumerate(crowd, start=1)]
    together, alone = DedupIndex(), DedupIndex()
    together.restore(records[:200])
    together.restore(records[200:])
    for one in records:
        alone.restore([one])
    (segment,), (other,) = together.segments.values(), alone.segments.values()
    keys = text_keys(segment.texts.saved())
    assert keys.tolist() == text_keys(other.texts.saved()).tolist()
    for column in range(keys.shape[1]):
        for key in keys[:, column].tolist():
            assert chain(segment.chains, column, key) == chain(other.chains, column, key)


def test_equal_posts_by_the_thousand_make_one_text(looked_at: Counter[str]) -> None:
    signature = signatures(1, 6)[0]
    index = DedupIndex()
    equal = Fingerprint(exact="same", sketch=pack(signature.tolist(), [], (1, 2), 60))
    for number in range(1, 1000):
        index.restore([record(number, signature, fingerprint=equal)])
    (segment,) = index.segments.values()
    assert (segment.texts.size, len(index)) == (1, 999)
    looked_at.clear()
    index.restore([record(1000, signature, fingerprint=equal)])
    assert looked_at["rows"] <= 37


@pytest.mark.parametrize("posted_at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2105, 12, 31, tzinfo=UTC), None])
def test_any_date_can_be_kept(posted_at: datetime | None) -> None:
    index = DedupIndex()
    index.restore([record(1, signatures(1, 7)[0], posted_at=posted_at)])
    assert len(index) == 1
    assert index.drop_before(0) == (1 if posted_at is not None and posted_at.year == 1 else 0)


def test_ids_of_any_size_can_be_kept() -> None:
    index = DedupIndex()
    index.restore([record(1, signatures(1, 8)[0], key=f"tg:{2**53 - 1}:{2**53 - 1}")])
    assert len(index) == 1


@pytest.mark.parametrize("sketch", ["", "A" * 391, "A" * 393, "é" * 392, "A" * 388 + "===="])
def test_a_sketch_of_another_form_is_refused_at_the_door(sketch: str) -> None:
    with pytest.raises(ValidationError):
        Fingerprint(exact="a", sketch=sketch)
    with pytest.raises(ValueError, match=r"sketch|ASCII"):
        unpack([sketch])
