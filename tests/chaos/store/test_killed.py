"""A writer that is killed at any moment: the store holds exactly what its offsets say."""

from pathlib import Path

import pytest

from tests.chaos.store.killing import check, kill_once

LEAST, MOST = 3, 60


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_killed_writer_loses_nothing_and_writes_nothing_twice(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    url = f"sqlite:{tmp_path}/store.db" if database == "sqlite" else request.getfixturevalue("postgres_database")
    written = kills = 0
    while kills < LEAST or written <= 100:  # on a busy machine a writer is killed before it has written much
        assert kills < MOST, f"{written} records written before {kills} kills"
        kill_once(url, kills)
        ends = check(url)
        assert sum(ends.values()) >= written
        written, kills = sum(ends.values()), kills + 1
