"""The way of a move: what is in its way, what interrupts it, and what it leaves to collector and replays."""

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest.ledger.ledger import Ledger
from ingest.ledger.records import ChannelProgress, LedgerUpdate
from ingest.replay.cursors import Cursors
from ingest.sources import Position
from runtime.file_lock import FileLock, lock_of
from runtime.kafka.errors import ClusterUnreachableError
from runtime.kafka.topic_survey import TopicSurvey
from runtime.settings.tree import Settings
from schemas import Lane
from schemas.topics import NORMALIZED, RAW_LIVE, STATES, TOPICS, Topic
from sinks.store.compression import RecordCodec
from sinks.store.database import Dialect, closing
from sinks.store.embedded.planning import BatchRecords
from sinks.store.embedded.store import EmbeddedStore
from sinks.store.errors import StoreError, StoreInUseError
from sinks.store.migrations import Migration, migrations
from sinks.store.moving.handover import begin_move
from sinks.store.sink import StoreSink
from tests.support.store.records import State, post_value
from tests.support.store.stores import sqlite_store
from tgwire.cli.app import app
from tgwire.errors import WorkersRunningError
from tgwire.move import moving
from tgwire.move.records import Outgoing

POSTS = 3
TOPIC_ID = "0" * 31 + "1"


class Topics:
    """In place of a cluster: keeps what is sent, and goes away at will."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.portions: list[int] = []
        """Bytes."""
        self.topic_id = TOPIC_ID
        self.committed = False
        self.goes_away_after: int | None = None
        """Portions."""

    def send(self, records: Iterable[Outgoing]) -> None:
        if self.goes_away_after == 0:
            raise ClusterUnreachableError("the cluster is away")
        if self.goes_away_after is not None:
            self.goes_away_after -= 1
        together = list(records)
        self.portions.append(sum(len(each.value or b"") for each in together))
        self.sent += together

    def __enter__(self) -> "Topics":
        return self

    def __exit__(self, *_: object) -> None: ...

    def commit(self, _: Settings, __: Iterable[TopicSurvey]) -> None:
        self.committed = True

    def prepare(self, _: Settings) -> list[TopicSurvey]:
        counts = Counter(each.topic for each in self.sent)
        return [
            TopicSurvey(topic, self.topic_id, {0: 0}, dict.fromkeys(range(6), 0) | {0: counts[topic]}, None)
            for topic in TOPICS
        ]

    def gets_a_record_of_others(self, topic: Topic) -> None:
        self.sent.append(Outgoing(topic, b"tg:9:9", b"{}"))


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> Topics:
    found = Topics()
    monkeypatch.setattr(moving, "require_no_workers", lambda _: None)
    monkeypatch.setattr(moving, "prepare_topics", found.prepare)
    monkeypatch.setattr(moving, "ConfirmedSender", lambda *_: found)
    monkeypatch.setattr(moving, "commit_fingerprints", found.commit)
    monkeypatch.setattr(moving, "destinations", lambda _: {lane: f"posts.raw.{lane}:1" for lane in Lane})
    monkeypatch.setattr(moving, "_PORTION", 1)
    return found


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a collector without Kafka that has published up to 120, and of a replay."""
    monkeypatch.setenv("TGWIRE_INGEST__STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    store = EmbeddedStore(sqlite_store(tmp_path / "tgwire.db")(), "1:6")
    values = [State(number, (1, 0)) for number in range(1, POSTS + 1)]
    store.write(BatchRecords(1_772_400_000_000, [(each.key, post_value(each)) for each in values]), lambda _: None)
    place = f"store:{store.id}:{store.epoch}:"
    store.close()
    with Ledger(tmp_path, f"{place}live") as ledger:
        ledger.start(7, 100)
        ledger.apply([LedgerUpdate(7, frontier=120)])
        ledger.order.reserve(5)
    with Cursors(tmp_path) as cursors:
        cursors.advance("a.jsonl", f"{place}backfill", Position(5, "x"), published=5, rejected=0)
        cursors.advance("b.jsonl", "elsewhere", Position(7, "x"), published=7, rejected=0)
    return tmp_path


def move(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["move", *(arguments or ("--to-kafka", "--yes"))])


def check_moved(state: Path) -> None:
    with Ledger(state, "posts.raw.live:1") as ledger:
        assert ledger.progress(7) == ChannelProgress(100, frontier=120, backfilled=0)
        assert (ledger.is_new, ledger.notice, ledger.was_clean) == (False, None, True)
    with Cursors(state) as cursors:
        found = cursors.get("a.jsonl", "posts.raw.backfill:1")
        assert found is not None
        assert (found.position.offset, found.published) == (5, 5)
        assert cursors.get("b.jsonl", "elsewhere") is not None
    with closing(sqlite_store(state / "tgwire.db")()) as database, database.reading() as reader:
        rows = reader.rows("SELECT topic, sum(next_offset), min(epoch) FROM sink_offsets GROUP BY topic ORDER BY topic")
        assert rows == [(name, POSTS if name == NORMALIZED.name else 0, 2) for name in sorted(StoreSink.topics)]
    assert not (state / "move.unfinished").exists()


def test_collector_replays_and_sink_go_on_where_the_one_process_was(state: Path, topics: Topics) -> None:
    done = move("--to-kafka", "--yes", "--json")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["posts"] == POSTS
    assert sum(each.topic is STATES for each in topics.sent) == POSTS
    check_moved(state)
    assert "there is nothing to move" in str(move().exception)


def test_large_records_are_held_a_few_at_a_time(state: Path, topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_PORTION", 500)
    monkeypatch.setattr(moving, "_PORTION_BYTES", 1_000_000)
    size, posts = 100_000, 60
    values = [State(number, (1, 0)) for number in range(POSTS + 1, POSTS + 1 + posts)]
    large = [(each.key, json.dumps(json.loads(post_value(each)) | {"text": "rain " * (size // 5)})) for each in values]
    with contextlib.closing(EmbeddedStore(sqlite_store(state / "tgwire.db")(), "1:6")) as store:
        records = [(key, value.encode()) for key, value in large]
        store.write(BatchRecords(1_772_400_000_000, records), lambda _: None)
    assert move().exit_code == 0
    assert sum(topics.portions) > size * posts
    assert max(topics.portions) < 1_000_000 + 11 * size  # those of ten posts, at most, beyond
    assert sum(each.topic is STATES for each in topics.sent) == POSTS + posts


def test_an_interrupted_move_goes_on_and_nothing_else_starts_meanwhile(state: Path, topics: Topics) -> None:
    topics.goes_away_after = 2
    assert isinstance(move().exception, ClusterUnreachableError)
    archive = state / "a.jsonl"
    archive.write_text('{"id": 1, "text": "Rain"}')
    for command in (
        ["replay", str(archive), "--to", "store"],
        ["store", "erase", "tg:1:1", "--yes"],
        ["backup", "there"],
        ["sink", "store"],
    ):
        refused = CliRunner().invoke(app, command)
        assert "a move to Kafka has not come to its end" in str(refused.exception), command
    topics.goes_away_after = None
    assert move().exit_code == 0
    assert [each.topic for each in topics.sent].count(NORMALIZED) == POSTS
    check_moved(state)


def move_until(step: str) -> None:
    """A move that is interrupted before a step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert move().exit_code != 0


def test_one_that_is_interrupted_after_the_last_record_sends_nothing_again(state: Path, topics: Topics) -> None:
    move_until("go_on_behind")
    topics.goes_away_after = 0
    assert move().exit_code == 0
    check_moved(state)


def test_when_the_store_is_changed_a_move_ends_without_the_cluster(
    state: Path, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_until("hand_over")
    assert "is changed already" in str(move("--cancel").exception)
    monkeypatch.setattr(moving, "prepare_topics", lambda _: pytest.fail("asks the cluster"))
    assert move().exit_code == 0
    check_moved(state)


def test_what_workers_write_after_the_last_record_is_left_to_the_sink(state: Path, topics: Topics) -> None:
    move_until("go_on_behind")
    topics.gets_a_record_of_others(RAW_LIVE)
    topics.gets_a_record_of_others(NORMALIZED)
    assert move().exit_code == 0
    check_moved(state)


def test_topics_that_somebody_else_fills_before_the_last_record_are_refused(state: Path, topics: Topics) -> None:
    topics.goes_away_after = 1
    move()
    topics.goes_away_after = None
    topics.gets_a_record_of_others(RAW_LIVE)
    assert "these are not: posts.raw.live" in str(move().exception)


def test_workers_that_start_while_records_are_sent_are_noticed(
    state: Path, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_later(_: Settings) -> None:
        if topics.sent:
            raise WorkersRunningError("workers run")

    monkeypatch.setattr(moving, "require_no_workers", refuse_later)
    assert isinstance(move().exception, WorkersRunningError)
    assert not topics.committed


@pytest.mark.parametrize("is_all_sent", [False, True])
@pytest.mark.parametrize("has_ids", [True, False])
def test_topics_that_were_made_again_are_refused_and_the_move_can_be_given_up(
    state: Path, topics: Topics, *, is_all_sent: bool, has_ids: bool
) -> None:
    topics.topic_id = TOPIC_ID if has_ids else ""
    if is_all_sent:
        move_until("go_on_behind")
    else:
        topics.goes_away_after = 1
        move()
    # By their ends they are known for others when all is sent; before that, when they are empty.
    topics.goes_away_after, topics.sent = None, topics.sent[: int(is_all_sent)]
    topics.topic_id = "2" * 32 if has_ids else ""
    assert "was being moved to other topics" in str(move().exception)
    assert move("--cancel").exit_code == 0
    topics.sent = []
    with Ledger(state, "posts.raw.live:1") as ledger:
        assert ledger.is_new
    assert move().exit_code == 0


@pytest.mark.parametrize("command", ["--to-kafka", "--cancel"])
def test_another_store_than_that_of_the_move_is_refused(state: Path, topics: Topics, command: str) -> None:
    move_until("go_on_behind")
    EmbeddedStore(sqlite_store(state / "other.db")(), "1:6").close()
    refused = move(command, "--store", f"sqlite:{state / 'other.db'}", "--yes")
    assert f"{state / 'other.db'} is another store" in str(refused.exception)


def test_a_store_on_its_way_is_kept_from_writers_of_other_folders(
    state: Path, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_until("go_on_behind")
    url = f"sqlite:{state / 'tgwire.db'}"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TGWIRE_INGEST__STATE_DIR", str(state / "elsewhere"))
        elsewhere.setenv("TGWIRE_STORE__URL", url)
        with (
            closing(sqlite_store(state / "tgwire.db")()) as database,
            pytest.raises(StoreError, match="a move to Kafka has not come to its end"),
        ):
            EmbeddedStore(database, "1:6")
        for command in (["store", "erase", "tg:101:2", "--yes"], ["store", "retain", "--days", "1", "--yes"]):
            refused = CliRunner().invoke(app, command)
            assert "a move to Kafka has not come to its end" in str(refused.exception), command
        assert "from another folder than" in str(move().exception)
    assert move().exit_code == 0
    check_moved(state)


def test_a_move_that_was_given_up_elsewhere_does_not_go_on(
    state: Path, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_until("go_on_behind")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TGWIRE_INGEST__STATE_DIR", str(state / "elsewhere"))
        assert move("--cancel", "--store", f"sqlite:{state / 'tgwire.db'}").exit_code == 0
    EmbeddedStore(sqlite_store(state / "tgwire.db")(), "1:6").close()
    assert "was given up, from another folder" in str(move().exception)
    assert move("--cancel").exit_code == 0


def test_a_process_that_fills_the_store_from_another_machine_ends_when_a_move_begins(tmp_path: Path) -> None:
    database = sqlite_store(tmp_path / "tgwire.db")
    with contextlib.closing(EmbeddedStore(database(), "1:6")) as store:
        with closing(database()) as other:
            begin_move(other, "a move")
        value = State(1, (1, 0))
        with pytest.raises(StoreInUseError, match="another process has written to it"):
            store.write(BatchRecords(1_772_400_000_000, [(value.key, post_value(value))]), lambda _: None)


def test_posts_that_could_not_be_kept_are_tried_again_before_a_move(state: Path, topics: Topics) -> None:
    letters = state / "dead-letters.jsonl"
    letters.write_text(
        '{"key": "tg:1:1", "raw": "{}"}\n{"key": "tg:1:2", "raw": "{}"}\n{"key": "tg:1:1", "record": "{}"}\n'
    )
    assert f"{letters} has 2 posts that could not be kept" in str(move().exception)
    assert topics.sent == []
    letters.write_text('{"key": "tg:1:1", "record": "{}"}\n')
    assert move().exit_code == 0


def test_a_move_can_be_given_up(state: Path, topics: Topics) -> None:
    topics.goes_away_after = 1
    move()
    cancelled = move("--cancel")
    assert (cancelled.exit_code, "is filled without Kafka as before" in cancelled.stderr) == (0, True)
    EmbeddedStore(sqlite_store(state / "tgwire.db")(), "1:6").close()
    assert "no move is under way" in str(move("--cancel").exception)


@pytest.mark.parametrize("name", ["ledger.sqlite3", "cursors.sqlite3", "tgwire.db.sink"])
def test_nothing_is_moved_or_given_up_while_it_is_in_use(state: Path, topics: Topics, name: str) -> None:
    with contextlib.closing(FileLock(lock_of(state / name))):
        assert "process" in str(move().exception)
    assert topics.sent == []
    move_until("go_on_behind")
    with contextlib.closing(FileLock(lock_of(state / name))):
        assert "process" in str(move("--cancel").exception)
    assert move().exit_code == 0


def test_a_note_that_is_damaged_is_removed_as_its_error_advises(state: Path, topics: Topics) -> None:
    (state / "move.unfinished").write_text("{")
    assert "damaged. Give the move up: tgwire move --cancel" in str(move().exception)
    cancelled = move("--cancel")
    assert (cancelled.exit_code, "could not be read, and is removed" in cancelled.stderr) == (0, True)
    assert move().exit_code == 0


@pytest.mark.parametrize("command", ["--to-kafka", "--cancel"])
def test_an_upgrade_between_two_runs_is_no_dead_end(
    state: Path, topics: Topics, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    move_until("go_on_behind")
    steps = [*migrations(Dialect.SQLITE)]
    steps.append(Migration(steps[-1].number + 1, "CREATE TABLE news (id INTEGER)"))
    monkeypatch.setattr("sinks.store.migrations.migrations", lambda _: steps)
    assert move(command, "--yes").exit_code == 0


@pytest.mark.parametrize("changes", ["quotes = 1", "deleted_ms = 1"])
def test_a_record_that_cannot_be_read_is_taken_out_as_the_error_advises(
    state: Path, topics: Topics, changes: str
) -> None:
    with contextlib.closing(sqlite3.connect(state / "tgwire.db")) as database, database:
        database.execute(f"UPDATE posts SET {changes} WHERE key = 'tg:101:2'")
        database.execute(
            "UPDATE bodies SET record = ? WHERE seq = (SELECT body FROM posts WHERE key = 'tg:101:2')",
            (RecordCodec().pack(b"{}"),),
        )
    error = str(move().exception)
    assert "tg:101:2: its record cannot be read" in error
    assert error.endswith("tgwire move --cancel; tgwire store erase tg:101:2")
    assert move("--cancel").exit_code == 0
    assert CliRunner().invoke(app, ["store", "erase", "tg:101:2", "--yes"]).exit_code == 0
    topics.sent = []
    assert move().exit_code == 0


def test_what_a_ledger_has_of_the_topics_from_an_earlier_try_is_dropped(state: Path, topics: Topics) -> None:
    with Ledger(state, "posts.raw.live:1") as ledger:
        ledger.start(7, 300)
        ledger.start(8, 10)
    assert move().exit_code == 0
    with Ledger(state, "posts.raw.live:1") as ledger:
        found = ledger.progress(7)
        assert found is not None
        assert found.frontier == 120
        assert ledger.progress(8) is None
