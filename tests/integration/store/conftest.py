"""Each test of a store runs on both databases."""

from pathlib import Path

import pytest

from tests.support.store.stores import OpenStore, postgres_store, sqlite_store


@pytest.fixture(params=["sqlite", "postgres"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Opens the test's store, empty at first."""
    if request.param == "sqlite":
        return sqlite_store(tmp_path / "store.db")
    return postgres_store(request.getfixturevalue("postgres_database"))
