"""Faults at any moment of a write: the store holds exactly what its offsets say."""

from pathlib import Path

import pytest

from tests.chaos.store.killing import check, freeze_once, freeze_server_once, kill_once, kill_server_once
from tests.support.store.postgres_server import MISSING, PostgresServer, find_postgres


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
    assert min(ends.values()) > 0


def test_a_frozen_writer_of_a_file_keeps_a_second_one_out(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/store.db"
    freeze_once(url, 1)
    assert sum(check(url).values()) > 0


def test_a_woken_writer_and_a_server_that_comes_back_write_nothing_twice() -> None:
    programs = find_postgres()
    if programs is None:
        pytest.skip(MISSING)
    with PostgresServer(programs) as server:
        url = server.new_database()
        freeze_once(url, 1)
        written = sum(check(url).values())
        for fault in (kill_server_once, freeze_server_once):
            fault(server, url, 1)
            assert sum(check(url).values()) > written
            written = sum(check(url).values())
