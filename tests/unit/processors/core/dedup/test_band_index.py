"""The chains of an index of rows, beside a plain list for each key."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.core.dedup.band_index import BandIndex, Keys, Query

WIDTH = 3


def _keys(rows: list[list[int]]) -> Keys:
    # The slot follows from the highest bits: few values meet in few slots.
    return np.array(rows, np.uint64).reshape(-1, WIDTH) << np.uint64(57)


@given(st.lists(st.lists(st.lists(st.integers(0, 5), min_size=WIDTH, max_size=WIDTH), max_size=30), max_size=8))
def test_rows_of_a_slot_follow_each_other_the_last_one_first(batches: list[list[list[int]]]) -> None:
    chains = BandIndex(WIDTH)
    known: list[list[int]] = []
    for batch in batches:
        known.extend(batch)
        chains.extend(Query(_keys(batch)), np.arange(len(batch)), lambda: _keys(known))
    for column in range(WIDTH):
        for value in range(6):
            row = int(chains.last(np.array([column]), _keys([[value] * WIDTH])[0, :1])[0])
            seen = []
            while row >= 0:
                seen.append(row)
                row = int(chains.before(np.array([column]), np.array([row]))[0])
            own = [number for number, row_values in enumerate(known) if row_values[column] == value]
            assert [number for number in seen if known[number][column] == value] == own[::-1]
            assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("rows", [1, 300])
def test_growing_keeps_the_order(rows: int) -> None:
    chains = BandIndex(WIDTH)
    keys = _keys([[1, 2, 3]] * rows)
    for start in range(0, rows, 40):
        part = keys[start : start + 40]
        chains.extend(Query(part), np.arange(len(part)), lambda: keys[: chains.size])
    row, seen = rows - 1, []
    while row >= 0:
        seen.append(row)
        row = int(chains.before(np.array([0]), np.array([row]))[0])
    assert seen == list(range(rows))[::-1]
