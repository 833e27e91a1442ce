"""One process without Kafka over PostgreSQL: what it keeps is what it keeps in SQLite."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.publish.metrics import IngestMetrics
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from schemas import RawPost
from sinks.store.database import DbRow, closing
from sinks.store.opening import open_database
from tests.support.patience import DEADLINE_S
from tests.support.store.raw_states import raw_states
from tgwire.embedded.errors import StoreRefusesError
from tgwire.embedded.opening import StorePublishers

pytestmark = pytest.mark.integration

QUERIES = (
    "SELECT key, message_id, posted_ms, deleted_ms, language, revision, edits, home FROM posts ORDER BY key",
    "SELECT key, rank_us, home FROM marks ORDER BY key",
    "SELECT key, target, kind, similarity, lag_ms FROM links ORDER BY key",
    "SELECT key, rank_us FROM verdicts ORDER BY key",
    "SELECT key, what, rank_us FROM revisions ORDER BY key, rank_us, what",
    "SELECT day, channel_id, copies FROM copies_daily ORDER BY day, channel_id",
    "SELECT seq FROM fingerprints ORDER BY seq",
)


def publishers(folder: Path, url: str) -> StorePublishers:
    settings = Settings(ingest=IngestSettings(state_dir=folder))
    return StorePublishers(settings, url, IngestMetrics(CollectorRegistry()))


def kept(folder: Path, url: str, parts: Sequence[Sequence[RawPost]]) -> list[list[DbRow]]:
    """What a store holds of posts, each part of them by a process of its own."""
    making = publishers(folder, url)
    for part in parts:
        with making.open() as publisher:
            for post in part:
                publisher.publish(post)
                publisher.flush()
    with closing(open_database(url)) as database, database.reading() as reader:
        return [[tuple(row) for row in reader.rows(query)] for query in QUERIES]


def test_both_databases_hold_the_same(tmp_path: Path, postgres_database: str) -> None:
    posts = list(raw_states(5, 80))
    parts = posts[:40], posts[40:]
    assert kept(tmp_path, postgres_database, parts) == kept(tmp_path, f"sqlite:{tmp_path}/tgwire.db", parts)


def test_of_two_processes_one_ends(tmp_path: Path, postgres_database: str) -> None:
    post, other = list(raw_states(5, 2))
    with publishers(tmp_path / "a", postgres_database).open() as first:
        with publishers(tmp_path / "b", postgres_database).open() as second:
            second.publish(other)
            second.flush()
        delivery = first.publish(post)
        first._thread.join(DEADLINE_S)
        assert isinstance(delivery.error, StoreRefusesError)
        assert "another process has written to it" in str(delivery.error)
