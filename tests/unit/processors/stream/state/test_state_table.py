"""The analysis' table of states: a file that follows its log."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from processors.errors import PipelineBugError, StateLogError, StateTableError
from processors.stream.state.changelog_table import TopicIds
from processors.stream.state.post_states import StateTables
from processors.stream.state.state_log import UnreadableRecord
from processors.stream.state.state_table import PostId
from processors.testing import MemoryLog
from schemas import RejectReason, post_key
from schemas.rank import Rank, StateClass
from schemas.states import PostState, topic_mark
from schemas.times import DAY_MS, HOUR_MS

START_MS = 20_000 * DAY_MS
IDS = TopicIds("normalized-1", "states-1")


class Log(MemoryLog):
    """The log of one partition."""

    def add(self, key: PostId | bytes, value: PostState | bytes | None, at_ms: int = START_MS) -> None:
        stored_key = key if isinstance(key, bytes) else post_key(*key).encode()
        stored = value.pack(topic_mark(IDS.normalized)) if isinstance(value, PostState) else value
        self.append(stored_key, stored, at_ms)


class Worker:
    """A worker's tables over a log, in one data folder."""

    def __init__(self, folder: Path, log: Log, ids: TopicIds = IDS, **options: int) -> None:
        self.set_aside: list[UnreadableRecord] = []
        self.log, self.ids = log, ids
        settings = {"keep_days": 90, "max_unreadable": 2} | options
        self.tables = StateTables(folder, log, report=self._report, **settings)

    async def _report(self, unreadable: UnreadableRecord) -> None:
        self.set_aside.append(unreadable)

    async def load(self) -> "Worker":
        self.table = await self.tables.load(3, self.ids)
        return self

    def deliver(self, states: Mapping[PostId, PostState | None], at_ms: int = START_MS) -> None:
        """Send states to the log."""
        for key, state in states.items():
            self.log.add(key, None if state is None else self.table.value(state), at_ms)

    def write(self, states: Mapping[PostId, PostState | None], at_ms: int = START_MS) -> None:
        """Send states to the log, and take them over once they are confirmed."""
        self.deliver(states, at_ms)
        self.table.write(states, self.log.end, at_ms)

    def find(self, *keys: PostId) -> dict[PostId, PostState]:
        return self.table.find(keys)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
async def worker(tmp_path: Path, log: Log) -> AsyncIterator[Worker]:
    worker = Worker(tmp_path, log)
    await worker.load()
    yield worker
    worker.tables.close()


def state(moment_us: int = 1, revision: str = "00000000000000aa", quotes: int = 0) -> PostState:
    return PostState(Rank(moment_us, StateClass.COLLECTED), revision, home=2, epoch=1, quotes=quotes)


DELETED = PostState(Rank(9, StateClass.ARCHIVED), "", is_deleted=True)


def test_a_state_is_found_by_the_ids_of_channel_and_message(worker: Worker) -> None:
    many = {(5, message): state(message, quotes=message) for message in range(1, 1200)}
    worker.write({(7, 1): state(), (7, 2): DELETED} | many)
    assert worker.find((7, 1), (7, 2), (7, 3), (1, 7)) == {(7, 1): state(), (7, 2): DELETED}
    assert worker.find(*many) == many
    assert worker.find() == {}


def test_the_later_state_of_a_post_is_kept_and_none_removes_it(worker: Worker) -> None:
    worker.write({(7, 1): state(1), (7, 2): state(1)})
    worker.write({(7, 1): state(2, "another form"), (7, 2): None})
    assert worker.find((7, 1), (7, 2)) == {(7, 1): state(2, "another form")}


async def test_a_restart_reads_only_what_came_after(tmp_path: Path, log: Log, worker: Worker) -> None:
    worker.write({(7, 1): state(1), (7, 2): state(2)})
    worker.tables.close()
    log.add((7, 3), state(3))
    again = await Worker(tmp_path, log).load()
    assert log.starts == [0, 1], "from the last record that it holds, which must still be there"
    assert again.find((7, 1), (7, 2), (7, 3)) == {(7, 1): state(1), (7, 2): state(2), (7, 3): state(3)}
    again.tables.close()


async def test_what_another_worker_wrote_meanwhile_is_read_at_the_next_generation(log: Log, worker: Worker) -> None:
    worker.write({(7, 1): state(1)})
    log.add((7, 1), state(5))
    log.add((7, 2), DELETED)
    await worker.load()
    assert worker.find((7, 1), (7, 2)) == {(7, 1): state(5), (7, 2): DELETED}
    worker.write({(7, 3): state(1)})
    await worker.load()
    assert log.starts == [0, 0, 3]


async def test_a_worker_on_a_new_machine_knows_what_the_log_holds(tmp_path: Path, log: Log, worker: Worker) -> None:
    worker.write({(7, 1): state(1), (7, 2): state(1), (7, 3): DELETED})
    worker.write({(7, 2): None})
    other = await Worker(tmp_path / "other", log).load()
    assert other.find((7, 1), (7, 2), (7, 3)) == {(7, 1): state(1), (7, 3): DELETED}
    other.tables.close()


@pytest.mark.parametrize("records", [[], [((7, 9), state(9))], [((7, 9), state(9)), ((7, 8), state(8))]])
async def test_a_table_of_another_log_is_built_from_its_beginning(
    log: Log, worker: Worker, records: list[tuple[PostId, PostState]]
) -> None:
    worker.write({(7, 1): state(1), (7, 2): state(2)})
    log.records.clear()
    for key, value in records:
        log.add(key, value)
    with capture_logs() as logs:
        await worker.load()
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == [
        "local states are of another log, which is read from its beginning"
    ]
    assert worker.find((7, 1), (7, 2), (7, 8), (7, 9)) == dict(records)


async def test_a_record_that_compaction_removed_leads_to_a_new_table(log: Log, worker: Worker) -> None:
    worker.write({(7, 1): state(1), (7, 2): state(2)})
    log.add((7, 2), state(3))
    del log.records[1]
    await worker.load()
    assert worker.find((7, 1), (7, 2)) == {(7, 1): state(1), (7, 2): state(3)}
    await worker.load()
    assert log.starts == [0, 1, 0, 2]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (TopicIds("normalized-2", "states-1"), "posts.normalized was recreated"),
        (TopicIds("normalized-1", "states-2"), "posts.states was recreated"),
    ],
)
async def test_a_topic_made_again_empties_the_table(
    tmp_path: Path, log: Log, worker: Worker, ids: TopicIds, said: str
) -> None:
    worker.write({(7, 1): state(1), (7, 2): DELETED})
    worker.tables.close()
    if ids.states != IDS.states:
        log.records.clear()
    again = Worker(tmp_path, log, ids)
    with capture_logs() as logs:
        await again.load()
    assert any(said in str(line["event"]) for line in logs)
    assert again.find((7, 1), (7, 2)) == {}
    again.tables.close()


async def test_states_of_the_posts_normalized_of_before_are_not_found_on_any_machine(
    tmp_path: Path, log: Log, worker: Worker
) -> None:
    worker.write({(7, 1): state(1), (7, 2): DELETED, (7, 3): state(3)})
    new = await Worker(tmp_path / "new machine", log, TopicIds("normalized-2", "states-1")).load()
    assert new.find((7, 1), (7, 2), (7, 3)) == {}
    new.write({(7, 1): state(1)})
    assert new.find((7, 1), (7, 2), (7, 3)) == {(7, 1): state(1)}
    assert new.table.expired(START_MS) == [(7, 2), (7, 3)], "so that the log is rid of them"
    new.tables.close()


async def test_a_cluster_without_ids_leaves_the_table_as_it_is(tmp_path: Path, log: Log) -> None:
    first = await Worker(tmp_path, log, TopicIds("", "")).load()
    first.write({(7, 1): state(1)})
    first.tables.close()
    upgraded = await Worker(tmp_path, log, IDS).load()
    upgraded.write({(7, 2): state(2)})
    assert upgraded.find((7, 1), (7, 2)) == {(7, 1): state(1), (7, 2): state(2)}
    upgraded.tables.close()
    without = await Worker(tmp_path, log, TopicIds("", "")).load()
    assert without.find((7, 1), (7, 2)) == {(7, 1): state(1), (7, 2): state(2)}
    without.tables.close()
    other = await Worker(tmp_path, log, TopicIds("normalized-2", "states-1")).load()
    assert other.find((7, 1), (7, 2)) == {(7, 1): state(1)}, "the first was sent before there were ids"
    other.tables.close()


@pytest.mark.parametrize("is_end_known", [True, False])
async def test_records_between_those_of_this_worker_are_read_later(
    log: Log, worker: Worker, is_end_known: bool
) -> None:
    worker.write({(7, 1): state(1)})
    assert not worker.table.is_behind
    if is_end_known:
        log.add((7, 2), state(2))
    worker.deliver({(7, 3): state(3)})
    worker.table.write({(7, 3): state(3)}, log.end if is_end_known else None, START_MS)
    assert worker.find((7, 3)) == {(7, 3): state(3)}
    assert worker.table.is_behind
    worker.write({(7, 4): state(4)})
    assert worker.table.is_behind
    await worker.load()
    assert not worker.table.is_behind
    assert log.starts[-1] == 0
    assert len(worker.find((7, 1), (7, 2), (7, 3), (7, 4))) == (4 if is_end_known else 3)


async def test_an_unreadable_record_is_named_and_passed_over(tmp_path: Path, log: Log, worker: Worker) -> None:
    log.add((7, 1), state(1))
    log.add((7, 2), b"\x09abc")
    log.add(b"\xffno key", None)
    log.add((7, 3), state(3))
    with capture_logs() as logs:
        await worker.load()
    assert worker.find((7, 1), (7, 2), (7, 3)) == {(7, 1): state(1), (7, 3): state(3)}
    assert [(line["offset"], line["key"], line["problem"]) for line in logs if line["log_level"] == "error"] == [
        (1, "tg:7:2", "version 9 is not known here"),
        (2, "\\xffno key", "is no post key"),
    ]
    assert [each.why.reason for each in worker.set_aside] == [
        RejectReason.UNKNOWN_SCHEMA_VERSION,
        RejectReason.INVALID_FIELD,
    ]
    assert worker.tables.unreadable == 2
    worker.tables.close()
    again = await Worker(tmp_path, log).load()
    assert (again.set_aside, again.tables.unreadable) == ([], 2), "the file remembers them"
    again.tables.close()


async def test_too_many_unreadable_records_end_the_worker(log: Log, worker: Worker) -> None:
    for message in (1, 2, 3):
        log.add((7, message), b"")
    with pytest.raises(StateLogError, match=r"posts\.states/3 offset 2: the value: the value is empty; more than 2"):
        await worker.load()


def test_a_key_out_of_range_is_no_state(worker: Worker) -> None:
    assert worker.find((1, 1)) == {}


async def test_a_huge_id_in_the_log_is_unreadable(log: Log, worker: Worker) -> None:
    log.add(b"tg:1:99999999999999999999", state(1))
    await worker.load()
    assert [each.why.field for each in worker.set_aside] == ["key"]


def garbage(path: Path) -> None:
    path.write_bytes(b"this is not a database, whatever its name says" * 100)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def other_format(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 7")
    db.close()


def no_tables(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("drop table position")
    db.close()


@pytest.mark.parametrize("damage", [garbage, truncated, emptied, other_format, no_tables])
async def test_a_damaged_file_is_set_aside_and_built_again(
    tmp_path: Path, log: Log, worker: Worker, damage: Callable[[Path], None]
) -> None:
    many = {(7, message): state(message) for message in range(1, 2000)}
    worker.write(many)
    worker.tables.close()
    damage(tmp_path / "3.sqlite")
    again = Worker(tmp_path, log)
    with capture_logs() as logs:
        try:
            await again.load()
            assert again.find(*many) == many
        except StateTableError:  # found only when it is read: the restart mends it
            await again.load()
    assert again.find(*many) == many
    assert (
        damage is emptied or any(".damaged" in str(line) for line in logs) or (tmp_path / "3.sqlite.damaged").exists()
    )
    again.tables.close()


async def test_damage_that_is_met_at_work_ends_the_worker_and_the_restart_mends_it(
    tmp_path: Path, log: Log, worker: Worker
) -> None:
    many = {(7, message): state(message) for message in range(1, 20_000)}
    worker.write(many)
    worker.tables.close()
    path = tmp_path / "3.sqlite"
    whole = path.read_bytes()
    kept = 3 * 4096  # the head, and how far it follows the log
    path.write_bytes(whole[:kept] + b"\xee" * (len(whole) - kept))
    again = await Worker(tmp_path, log).load()
    with pytest.raises(StateTableError, match=r"3\.sqlite is damaged"):
        again.find(*many)
    restarted = await Worker(tmp_path, log).load()
    assert restarted.find(*many) == many
    assert (tmp_path / "3.sqlite.damaged").exists()
    restarted.tables.close()


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, log: Log) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateTableError, match=r"file/3\.sqlite cannot be used"):
        await Worker(tmp_path / "file", log).load()


async def test_states_wait_in_memory_while_the_disk_is_full(tmp_path: Path, log: Log, worker: Worker) -> None:
    worker.write({(7, 1): state(1), (7, 2): state(2)})
    db = worker.tables._open[3].table._db
    (pages,) = db.execute("pragma page_count").fetchone()
    db.execute(f"pragma max_page_count = {pages}")
    many = {(8, message): state(message) for message in range(1, 2000)}
    with capture_logs() as logs:
        worker.write(many)
        worker.write({(7, 1): None, (8, 1): state(77)})
    assert [line["event"] for line in logs] == ["states wait in memory: they cannot be written to disk"]
    assert worker.find((7, 1), (7, 2), (8, 1), (8, 2)) == {(7, 2): state(2), (8, 1): state(77), (8, 2): state(2)}
    assert worker.tables.waiting == 2000
    killed = await Worker(tmp_path / "killed", log).load()
    db.execute("pragma max_page_count = 100000")
    worker.write({(7, 3): state(3)})
    assert worker.tables.waiting == 0
    await worker.load()
    for each in (killed, worker):
        await each.load()
        assert len(each.find(*many, (7, 1), (7, 2), (7, 3))) == len(many) + 2
    killed.tables.close()


async def test_a_full_disk_is_not_waited_for_without_end(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.stream.state.changelog_table.MAX_WAITING", 100)
    worker.tables._open[3].table._db.execute("pragma max_page_count = 1")
    worker.write({(7, 1): state(1)})
    with pytest.raises(StateTableError, match="cannot be used: database or disk is full; free some disk space"):
        worker.write({(8, message): state(1) for message in range(1, 2000)})


def test_states_expire_by_the_time_of_their_last_write(worker: Worker) -> None:
    worker.write({(7, 1): state(1), (7, 2): DELETED, (7, 3): state(3)})
    worker.write({(7, 1): state(2), (7, 4): state(4)}, START_MS + 2 * DAY_MS)
    assert worker.table.expired(START_MS + 90 * DAY_MS) == []
    assert worker.table.expired(START_MS + 91 * DAY_MS + HOUR_MS) == [(7, 3)]
    worker.write({(7, 3): None}, START_MS + 91 * DAY_MS)
    assert worker.find((7, 1), (7, 2), (7, 3)) == {(7, 1): state(2), (7, 2): DELETED}
    assert worker.table.expired(START_MS + 93 * DAY_MS) == [(7, 1), (7, 4)]
    worker.write({(7, 1): None, (7, 4): None}, START_MS + 93 * DAY_MS)
    assert worker.table.expired(START_MS + 100_000 * DAY_MS) == [], "a deletion never expires"


def test_nothing_expires_before_its_time_is_over(worker: Worker) -> None:
    at_ms = START_MS + HOUR_MS - 1
    worker.write({(7, 1): state(1)}, at_ms)
    for now_ms in (at_ms, at_ms + 89 * DAY_MS, at_ms + 90 * DAY_MS):
        assert worker.table.expired(now_ms) == []


def test_expired_states_are_named_in_portions(worker: Worker) -> None:
    many = {(channel, message): state(1) for channel in (3, 5) for message in range(1, 4001)}
    worker.write(many)
    now_ms = START_MS + 91 * DAY_MS
    portions: list[list[PostId]] = []
    while portions[-1:] != [[]]:
        portions.append(worker.table.expired(now_ms, limit=700))
        assert len(portions[-1]) <= 700
        worker.write(dict.fromkeys(portions[-1]), now_ms)
    assert sorted(key for portion in portions for key in portion) == sorted(many)


def test_all_posts_are_looked_at_once_a_day(worker: Worker) -> None:
    worker.write({(7, 1): state(1)})
    worker.write({(7, 2): state(2)}, START_MS + DAY_MS // 2)
    now_ms = START_MS + 90 * DAY_MS + HOUR_MS
    assert worker.table.expired(now_ms) == [(7, 1)]
    assert worker.table.expired(now_ms + 23 * HOUR_MS) == []
    assert worker.table.expired(now_ms + 24 * HOUR_MS) == [(7, 1), (7, 2)], "what was not written comes again"


async def test_a_file_stays_when_its_number_goes(log: Log, worker: Worker) -> None:
    worker.write({(7, 1): state(1)})
    worker.tables.drop(3)
    worker.tables.drop(3)
    with pytest.raises(PipelineBugError, match="the table of states of partition 3"):
        worker.find((7, 1))
    await worker.load()
    assert log.starts == [0, 0]
    assert worker.find((7, 1)) == {(7, 1): state(1)}
