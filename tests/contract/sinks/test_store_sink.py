"""The store passes the suite of all sinks, on both databases."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from sinks.contract import Sink
from sinks.store.opening import open_database
from sinks.store.sink import StoreSink
from tests.contract.sinks.sink_contract import Seen, SinkContract

_SEEN = """SELECT keys.key, p.revision, p.deleted_ms IS NOT NULL OR m.key IS NOT NULL, l.target, k.views FROM (
  SELECT key FROM posts UNION SELECT key FROM marks UNION SELECT key FROM links WHERE target IS NOT NULL
  UNION SELECT key FROM counters) keys
LEFT JOIN posts p ON p.key = keys.key LEFT JOIN marks m ON m.key = keys.key
LEFT JOIN links l ON l.key = keys.key LEFT JOIN counters k ON k.key = keys.key"""


@dataclass(frozen=True)
class StorePlace:
    url: str
    takes_newer_versions = False

    def make(self) -> Sink:
        return StoreSink(lambda: open_database(self.url))

    def seen(self) -> dict[str, Seen]:
        database = open_database(self.url)
        try:
            with database.reading() as reader:
                rows = reader.rows(_SEEN)
        finally:
            database.close()
        return {key: Seen(revision, bool(deleted), target, views) for key, revision, deleted, target, views in rows}

    def effects(self) -> Counter[tuple[str, str]] | None:
        return None


class TestSqliteStore(SinkContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> StorePlace:
        return StorePlace(f"sqlite:{tmp_path}/store.db")


class TestPostgresStore(SinkContract):
    @pytest.fixture
    def place(self, postgres_database: str) -> StorePlace:
        return StorePlace(postgres_database)
