"""Kafka Connect into PostgreSQL, and Flink SQL, over the flat topics: both end with the rows of a fold in Python.

The schema and the tables are the generated files; the settings are those of docs/engines.md.
"""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from benchmarks.generator import generate
from processors.core.flat import flat_outputs
from processors.core.routing import direct_outputs
from processors.in_process import DirectPipeline
from processors.loading import load_analyzer
from runtime.kafka.connection import connect as connect_client
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from schemas import Lane, RawPost
from schemas.contract.engines import columns, postgres_ddl, table_name
from schemas.flat import ColumnType
from schemas.topics import FLAT_TOPICS, Topic
from tests.integration.engines.connect import connect
from tests.integration.engines.flink import run_sql
from tests.integration.engines.postgres import Database, running_postgres
from tests.support.flat_rows import Kept, Row, fold
from tests.support.patience import DEADLINE_S
from tgwire.local_broker import start_broker

LIST = """Foreign press on the harbour:

🔹 The Financial Times notes that trade "will need weeks" to recover.
🔹 Reuters reports that the first ferry sails on Sunday.
🔹 Le Monde writes that the port authority was warned."""
LEADING_DELETIONS = 30

pytestmark = pytest.mark.integration
Log = dict[Topic, list[Kept]]


def written() -> Log:
    """What the flat topics get: deletions of what never was first, then posts, edits, deletions, and a NUL; and
    a field of a later version, which nobody expects.
    """
    posts = list(generate(250, 5))
    posts[2:12] = [post.model_copy(update={"text": LIST, "entities": ()}) for post in posts[2:12]]
    cited = "The harbour opens on Monday, Reuters reports, citing the port authority."
    posts[100:130] = [post.model_copy(update={"text": cited, "entities": ()}) for post in posts[100:130]]
    title = posts[20].channel.model_copy(update={"title": "A\0title"})
    posts[20] = posts[20].model_copy(update={"channel": title, "text": 'With a \\ and a "\0", and 😅\n\ta tab'})
    posts += [_later(post, 1, text=f"{post.text}\n\nUPD") for post in posts[:60:3]]
    posts += [_later(post, 2, text="", is_deleted=True) for post in posts[10:250:6]]
    log: Log = {
        topic: [(f"tg:1:{number}".encode(), None) for number in range(1, LEADING_DELETIONS + 1)]
        for topic in FLAT_TOPICS
    }
    for outcome in DirectPipeline(load_analyzer()).process_all(posts):
        for topic, key, record in flat_outputs(direct_outputs(outcome)):
            value = None if record is None else record.to_json().replace(b"{", b'{"added_later":[1],', 1)
            log[topic].append((key.encode(), value))
    return log


def _later(post: RawPost, hours: int, **changes: object) -> RawPost:
    return post.model_copy(update={"order": (1_900_000_000 + hours * 3600) * 1_000_000, "lane": Lane.LIVE, **changes})


@pytest.fixture(scope="module")
def log() -> Log:
    return written()


@pytest.fixture(scope="module")
def bootstrap(apache: None, log: Log) -> Iterator[str]:
    """A broker whose flat topics hold the log."""
    with start_broker("apache") as broker:
        settings = broker.settings(KafkaSettings())
        create_topics(settings, flat=True)
        producer = connect_client(KafkaProducer, settings, acks="all")
        for topic, records in log.items():
            for key, value in records:
                producer.send(topic.name, value, key)
        producer.flush(DEADLINE_S)
        producer.close()
        yield broker.bootstrap_servers


@pytest.fixture(scope="module")
def rows(log: Log) -> dict[Topic, dict[str, Row]]:
    """The fold, with times as moments."""
    folded = {topic: fold(records) for topic, records in log.items()}
    assert all(len(found) > 10 for found in folded.values())
    return {topic: {key: typed(topic, row) for key, row in found.items()} for topic, found in folded.items()}


def typed(topic: Topic, row: Row) -> Row:
    """A row with its times read, whatever zone and precision they are written with."""
    (model,) = topic.values
    times = {column.name for column in columns(model) if column.type is ColumnType.TIME}  # type: ignore[arg-type]
    known = {name: value for name, value in row.items() if name != "added_later"}
    return {name: _moment(value) if name in times else value for name, value in known.items()}


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


@pytest.fixture
def database() -> Iterator[Database]:
    with running_postgres() as running:
        running.run(postgres_ddl())
        yield running


def test_connect_fills_postgresql(
    bootstrap: str, rows: dict[Topic, dict[str, Row]], database: Database, tmp_path: Path
) -> None:
    wanted = {topic: sorted(found.values(), key=_key) for topic, found in rows.items()}

    def found(topic: Topic) -> list[Row]:
        return sorted((typed(topic, row) for row in database.rows(table_name(topic))), key=_key)

    with connect(tmp_path / "connect", bootstrap, database.jdbc_url) as output:
        deadline = time.monotonic() + DEADLINE_S
        while any(found(topic) != rows_ for topic, rows_ in wanted.items()):
            if time.monotonic() > deadline or "will not recover" in output.read_text():
                for topic, rows_ in wanted.items():
                    assert found(topic) == rows_, output.read_text()[-6000:]
            time.sleep(0.5)  # a poll, not a hope: the deadline above ends it
    media = database.run("SELECT count(*) FROM posts_flat WHERE jsonb_array_length(media::jsonb) = media_count")
    assert int(media) == len(wanted[FLAT_TOPICS[0]])


QUERIES = (
    "SELECT * FROM posts_flat",
    "SELECT * FROM quotes_flat",
    "SELECT * FROM citations_flat",
    "SELECT * FROM duplicates_flat",
    "SELECT DATE_FORMAT(posted_at, 'yyyy-MM-dd HH') AS `hour`, COUNT(*) AS posts FROM posts_flat GROUP BY "
    "DATE_FORMAT(posted_at, 'yyyy-MM-dd HH')",
    "SELECT p.`key`, d.duplicate_of FROM posts_flat p JOIN duplicates_flat d ON p.`key` = d.`key` "
    "WHERE d.duplicate_of IS NOT NULL",
    "SELECT q.`key`, p.channel_title FROM quotes_flat q JOIN posts_flat p ON q.post_key = p.`key`",
)


def test_flink_sql_has_the_same_rows_counts_and_joins(
    bootstrap: str, rows: dict[Topic, dict[str, Row]], tmp_path: Path
) -> None:
    posts, quotes, _, duplicates = (rows[topic] for topic in FLAT_TOPICS)
    *tables, hours, copies, quoted = run_sql(tmp_path, bootstrap, QUERIES)
    for topic, found in zip(FLAT_TOPICS, tables, strict=True):
        assert sorted((typed(topic, row) for row in found), key=_key) == sorted(rows[topic].values(), key=_key)
    assert {row["hour"]: row["posts"] for row in hours} == Counter(
        f"{post['posted_at']:%Y-%m-%d %H}" for post in posts.values()
    )
    assert sorted((row["key"], row["duplicate_of"]) for row in copies) == sorted(
        (key, row["duplicate_of"]) for key, row in duplicates.items() if row["duplicate_of"] and key in posts
    )
    assert copies
    assert sorted((row["key"], row["channel_title"]) for row in quoted) == sorted(
        (key, posts[row["post_key"]]["channel_title"]) for key, row in quotes.items() if row["post_key"] in posts
    )


def _key(row: dict[str, Any]) -> str:
    return str(row["key"])
