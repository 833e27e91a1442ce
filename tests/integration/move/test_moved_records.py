"""A store that was moved to Kafka, and went on there, is as one that was filled over Kafka from the start."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest.publish.metrics import IngestMetrics
from processors.core.pipeline import Analyzer
from processors.loading import load_analyzer
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.partitions import channel_partition
from runtime.settings.collect import IngestSettings
from runtime.settings.tree import Settings
from schemas import CounterUpdate, RawPost, Tombstone
from schemas.states import PostState, topic_mark
from schemas.topics import (
    CITATIONS,
    COUNTERS,
    DUPLICATES,
    DUPLICATES_FLAT,
    NORMALIZED,
    POSTS_FLAT,
    QUOTES,
    QUOTES_FLAT,
    RAW_LIVE,
    STATES,
    Topic,
)
from sinks.contract import Partition
from sinks.store.database import closing
from sinks.store.errors import StoreError
from sinks.store.moving.handover import go_on_behind
from sinks.store.sink import StoreSink
from sinks.store.writing.rows import optional_milliseconds
from tests.support.store.contents import contents
from tests.support.store.over_kafka import OverKafka
from tests.support.store.raw_states import raw_states
from tests.support.store.stores import check_words, sqlite_store
from tgwire.embedded.opening import StorePublishers
from tgwire.move.moving import portions
from tgwire.move.progress import MoveProgress
from tgwire.move.records import Outgoing, Records

STATES_BEFORE, STATES_AFTER = 120, 80
ENDS = 1000
"""Of the topics, when all is sent."""


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return load_analyzer()


def publishers(folder: Path, analyzer: Analyzer) -> StorePublishers:
    settings = Settings(ingest=IngestSettings(state_dir=folder / "state"))
    found = StorePublishers(settings, f"sqlite:{folder / 'tgwire.db'}", IngestMetrics(CollectorRegistry()))
    found._analyzer = analyzer
    return found


def fill(folder: Path, analyzer: Analyzer, posts: Iterable[RawPost]) -> None:
    with publishers(folder, analyzer).open() as publisher:
        for post in posts:
            publisher.publish(post)
        publisher.flush()


def moved(folder: Path, *, has_flat: bool = False) -> list[Outgoing]:
    """What goes to the topics of a store, which then is one that a sink fills."""
    found: list[Outgoing] = []
    with closing(sqlite_store(folder / "tgwire.db")()) as database:
        done = MoveProgress(store_id="", store="", topics={})
        for kind, last, _, records in portions(database, Records(topic_mark("n"), has_flat=has_flat), done):
            found += records
            done.after[kind] = last
        go_on_behind(database, {Partition(topic, f"{topic}.a", 0): ENDS for topic in StoreSink.topics})
    return found


def last_records(records: Iterable[Outgoing], topic: Topic) -> dict[str, object]:
    """By key, as a compacted topic shows them: what was withdrawn is left out."""
    last = {each.key or b"": each.value for each in records if each.topic is topic}
    return {key.decode(): _shown(topic, value) for key, value in last.items() if value is not None}


def _shown(topic: Topic, value: bytes) -> object:
    """Of a deletion the store keeps its moment, not the words of the report."""
    if topic is STATES:
        state = PostState.unpack(value)
        return state._replace(quotes=0, citations=0) if state.is_deleted else state
    if topic is NORMALIZED and b'"type":"tombstone"' in value[:40]:
        tombstone = Tombstone.model_validate_json(value)
        return tombstone.key, tombstone.provenance.rank, tombstone.provenance.collected_at, tombstone.last_seen_at
    return json.loads(value)


async def test_what_goes_on_over_kafka_after_a_move_ends_as_if_it_had_begun_there(
    tmp_path: Path, analyzer: Analyzer
) -> None:
    posts = list(raw_states(3, STATES_BEFORE + STATES_AFTER))
    with OverKafka(tmp_path / "kafka", analyzer, sqlite_store(tmp_path / "kafka.db")) as pipeline:
        await pipeline.take(posts)
        expected, expected_homes = contents(pipeline.feed.database), await pipeline.homes(posts)
        expected_records = pipeline.sent
    fill(tmp_path, analyzer, posts[:STATES_BEFORE])
    sent = moved(tmp_path)
    with OverKafka(tmp_path / "worker", analyzer, sqlite_store(tmp_path / "tgwire.db"), sent) as pipeline:
        await pipeline.take(posts[STATES_BEFORE:])
        assert contents(pipeline.feed.database) == expected
        check_words(pipeline.feed.database)
        assert await pipeline.homes(posts) == expected_homes
        records = sent + pipeline.sent
    for topic in (NORMALIZED, QUOTES, CITATIONS, DUPLICATES, STATES):
        assert last_records(records, topic) == last_records(expected_records, topic), topic.name


def test_flat_topics_get_a_row_for_each_record(tmp_path: Path, analyzer: Analyzer) -> None:
    fill(tmp_path, analyzer, raw_states(5, 60))
    sent = moved(tmp_path, has_flat=True)
    deletions = {each.key for each in sent if each.topic is NORMALIZED and b'"tombstone"' in (each.value or b"")[:40]}
    there = {each.key for each in sent if each.topic is NORMALIZED} - deletions
    assert {each.key for each in sent if each.topic is POSTS_FLAT} == there
    for source, flat in ((QUOTES, QUOTES_FLAT), (DUPLICATES, DUPLICATES_FLAT)):
        assert [each.key for each in sent if each.topic is flat] == [each.key for each in sent if each.topic is source]


def test_the_newest_counts_of_each_post_are_sent(tmp_path: Path, analyzer: Analyzer) -> None:
    fill(tmp_path, analyzer, raw_states(5, 60))
    with closing(sqlite_store(tmp_path / "tgwire.db")()) as database, database.reading() as reader:
        rows = reader.rows("SELECT key, observed_ms, views, is_exact FROM counters")
        newest = {key: (at, views, is_exact) for key, at, views, is_exact in rows}
    assert len(newest) > 5
    updates = [
        CounterUpdate.model_validate_json(each.value or b"") for each in moved(tmp_path) if each.topic is COUNTERS
    ]
    assert {
        update.key: (
            optional_milliseconds(update.counters.observed_at),
            update.counters.views,
            update.counters.is_exact,
        )
        for update in updates
    } == newest
    assert {is_exact for _, _, is_exact in newest.values()} == {0, 1}


def test_a_moved_store_is_not_filled_without_kafka_any_more(tmp_path: Path, analyzer: Analyzer) -> None:
    fill(tmp_path, analyzer, raw_states(5, 10))
    moved(tmp_path)
    with pytest.raises(StoreError, match="`tgwire sink store` fills it from Kafka"):
        publishers(tmp_path, analyzer).open()


@pytest.mark.parametrize("channel_id", [1, 101, 1_234_567_890, 4_000_000_000_000])
def test_a_channel_has_the_partition_that_workers_look_for_it_in(channel_id: int) -> None:
    assert channel_partition(channel_id, 6) == ClusterTopics("", {RAW_LIVE.name: 6}).channel_partition(channel_id)
