"""A store that is filled in one process holds what the worker and the store's sink make of the same posts."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from prometheus_client import CollectorRegistry

from ingest.publish.metrics import IngestMetrics
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from schemas import RawPost
from sinks.store.database import DbRow
from sinks.store.sqlite.database import SqliteDatabase
from tests.support.store.contents import contents
from tests.support.store.over_kafka import OverKafka
from tests.support.store.raw_states import raw_states
from tests.support.store.stores import check_words, sqlite_store
from tgwire.embedded.opening import StorePublishers

STATES = 200


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


Filled = tuple[dict[str, list[DbRow]], dict[str, int | None]]
"""What a store holds, and the home of each post."""


async def over_kafka(folder: Path, analyzer: Analyzer, posts: Sequence[RawPost]) -> Filled:
    with OverKafka(folder / "worker", analyzer, sqlite_store(folder / "kafka.db")) as pipeline:
        await pipeline.take(posts)
        return contents(pipeline.feed.database), await pipeline.homes(posts)


def embedded(folder: Path, posts: Sequence[RawPost], slice_posts: int, starts: Sequence[int]) -> Filled:
    """With a new process, as far as state goes, at each of some posts."""
    settings = Settings(ingest=IngestSettings(state_dir=folder / "state"))
    path = folder / f"embedded-{slice_posts}.db"
    publishers = StorePublishers(settings, f"sqlite:{path}", IngestMetrics(CollectorRegistry()), slice_posts)
    for begin, end in zip([0, *starts], [*starts, len(posts)], strict=True):
        with publishers.open() as publisher:
            deliveries = [publisher.publish(post) for post in posts[begin:end]]
            publisher.flush()
            assert all(each.is_settled and each.error is None for each in deliveries)
    assert not publishers.dead_letters.path.exists()
    database = SqliteDatabase(path)
    try:
        check_words(database)
        with database.reading() as reader:
            homes: dict[str, int | None] = dict(
                reader.rows("SELECT key, home FROM posts UNION ALL SELECT key, home FROM marks")
            )
        return contents(database), homes
    finally:
        database.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_edits_deletions_returns_and_late_originals_end_the_same(
    tmp_path: Path, analyzer: Analyzer, seed: int
) -> None:
    posts = list(raw_states(seed, STATES))
    expected, homes = await over_kafka(tmp_path, analyzer, posts)
    assert all(len(expected[table]) > 3 for table in ("posts", "revisions", "links", "quotes", "copies_daily"))
    starts = sorted(Random(seed).sample(range(1, STATES), 2))
    for slice_posts in (3, 100):
        assert embedded(tmp_path, posts, slice_posts, starts) == (expected, homes)
