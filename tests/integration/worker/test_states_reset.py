"""``tgwire states reset``, and the ids of topics, over real brokers."""

import asyncio
import time
from pathlib import Path

import pytest
from kafka import KafkaConsumer
from typer.testing import CliRunner

from processors.stream.offsets.partition_reader import PartitionReader
from processors.stream.offsets.topic_ids import topic_ids
from processors.stream.state.changelog_table import TopicIds
from processors.stream.state.post_states import StateTables
from runtime.kafka.errors import TopicMissingError
from runtime.kafka.topic_reader import end_offsets
from runtime.kafka.topics import recreate_topic, verify_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import post_key
from schemas.rank import Rank, StateClass
from schemas.states import PostState, topic_mark
from schemas.topics import NORMALIZED, STATES
from tests.integration.worker.test_stream import publish
from tests.support.patience import DEADLINE_S, SESSION_S
from tgwire.cli.app import app
from tgwire.local_broker import EngineName

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("topics")]

STATE = PostState(Rank(5, StateClass.COLLECTED), "00000000000000aa", home=1, epoch=1)
KEY = (7, 1)


@pytest.fixture
def settings(kafka_settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings, which the command finds in the environment."""
    for name in ("bootstrap_servers", "topic_prefix"):
        monkeypatch.setenv(f"TGWIRE_KAFKA__{name.upper()}", str(getattr(kafka_settings, name)))
    worker = WorkerSettings(group=kafka_settings.topic_prefix + "group")
    monkeypatch.setenv("TGWIRE_WORKER__GROUP", worker.group)
    return Settings(kafka=kafka_settings, worker=worker)


def ids(settings: Settings) -> TopicIds:
    names = [settings.kafka.topic_prefix + topic.name for topic in (NORMALIZED, STATES)]
    found = asyncio.run(topic_ids(settings.kafka, names))
    assert list(found) == names
    return TopicIds(*found.values())


def known(settings: Settings, folder: Path) -> dict[tuple[int, int], PostState]:
    """What a worker with this folder knows of the post."""
    reader = PartitionReader(settings.kafka)
    topic = settings.kafka.topic_prefix + STATES.name
    tables = StateTables(
        folder, lambda number, start: reader.read_from(topic, number, start), keep_days=90, max_unreadable=0
    )
    current = ids(settings)

    async def find() -> dict[tuple[int, int], PostState]:
        return (await tables.load(0, current)).find([KEY])

    try:
        return asyncio.run(find())
    finally:
        tables.close()


def write(settings: Settings) -> None:
    value = STATE.pack(topic_mark(ids(settings).normalized))
    publish(settings, STATES, iter([(post_key(*KEY).encode(), value)]), partition=0)


def test_a_topic_that_is_made_again_has_another_id(settings: Settings) -> None:
    before = ids(settings)
    assert all(before)
    assert ids(settings) == before
    recreate_topic(settings.kafka, NORMALIZED, like=STATES)
    after = ids(settings)
    assert (after.normalized != before.normalized, after.states) == (True, before.states)


def test_a_topic_that_is_missing_is_named(settings: Settings) -> None:
    with pytest.raises(TopicMissingError, match=r"nothing \(UnknownTopicOrPartitionError\); run: tgwire topics create"):
        asyncio.run(topic_ids(settings.kafka, ["nothing"]))


def test_a_reset_empties_the_tables_of_all_workers(settings: Settings, tmp_path: Path) -> None:
    write(settings)
    for folder in ("a", "b"):
        assert known(settings, tmp_path / folder) == {KEY: STATE}
    done = CliRunner().invoke(app, ["states", "reset", "--yes", "--json"])
    assert (done.exit_code, done.stdout) == (0, f'{{"reset":"{settings.kafka.topic_prefix}posts.states"}}\n')
    assert set(end_offsets(settings.kafka, STATES).values()) == {0}
    for folder in ("a", "b", "new machine"):
        assert known(settings, tmp_path / folder) == {}
    assert {check.state for check in verify_topics(settings.kafka) if check.topic is STATES} <= {"ok", "not checked"}
    write(settings)
    for folder in ("a", "b"):
        assert known(settings, tmp_path / folder) == {KEY: STATE}


def test_states_are_not_known_once_posts_normalized_was_made_again(settings: Settings, tmp_path: Path) -> None:
    write(settings)
    assert known(settings, tmp_path / "a") == {KEY: STATE}
    recreate_topic(settings.kafka, NORMALIZED, like=STATES)
    for folder in ("a", "new machine"):
        assert known(settings, tmp_path / folder) == {}


def test_a_reset_waits_for_nobody_but_refuses_while_workers_run(settings: Settings, kafka_engine: EngineName) -> None:
    if kafka_engine == "tansu":
        pytest.skip("Tansu lists no groups")
    write(settings)
    consumer = KafkaConsumer(
        settings.kafka.topic_prefix + STATES.name,
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=settings.worker.group,
        session_timeout_ms=int(1000 * SESSION_S),
    )
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not consumer.assignment():
            assert time.monotonic() < deadline
            consumer.poll(500)
        refused = CliRunner().invoke(app, ["states", "reset", "--yes"])
        assert f"workers of group {settings.worker.group} run (Stable): stop them" in str(refused.exception)
    finally:
        consumer.close()
    assert sum(end_offsets(settings.kafka, STATES).values()) == 1
    assert CliRunner().invoke(app, ["states", "reset", "--yes"]).exit_code == 0
    assert sum(end_offsets(settings.kafka, STATES).values()) == 0
