"""A writer that is killed at any moment: the store holds exactly what its offsets say."""

from pathlib import Path

import pytest

from tests.chaos.store.killing import check, kill_once


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_killed_writer_loses_nothing_and_writes_nothing_twice(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    url = f"sqlite:{tmp_path}/store.db" if database == "sqlite" else request.getfixturevalue("postgres_database")
    written = 0
    for seed in range(3):
        kill_once(url, seed)
        ends = check(url)
        assert sum(ends.values()) >= written
        written = sum(ends.values())
    assert written > 100
