"""The duplicate index of a partition: built from a snapshot and the log, silent up to the commit, loud from there."""

import asyncio
import gc
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from processors.core.dedup.fingerprint import VERSION
from processors.core.dedup.homes import EPOCH
from processors.core.outcomes import Folded, Reject
from processors.errors import PipelineBugError, StateLogError
from processors.stream.stages.analyze_and_dedup import DedupStage, StageResult
from processors.stream.state.dedup_state import DedupState, SharedSnapshots
from processors.stream.state.snapshot_files import LAYOUT
from processors.stream.state.snapshot_store import FolderStore
from processors.stream.state.snapshots import Snapshots
from processors.testing import MemoryLog, MemoryMessage
from runtime.settings.worker import DedupSettings
from schemas import ChannelName, FingerprintBatch, Lane, PostFingerprint, RejectReason
from schemas.fingerprints import NamedOrigin
from schemas.flat import FlatDuplicate
from schemas.times import DAY_MS
from tests.support.fingerprints import START_MS, Reader, batch, deletion, state, succeeded
from tests.support.patience import DEADLINE_S

TOPIC = "posts.fingerprints.1"
PARTITION = 1


@pytest.fixture(scope="module", autouse=True)
def _only_new_garbage() -> None:
    """A partition that goes has all garbage looked for: not among what the tests before keep in memory."""
    gc.freeze()


Message = partial(MemoryMessage, key=None, tp=(TOPIC, PARTITION), timestamp=START_MS / 1000)


class Log(MemoryLog):
    """A partition of the log."""

    def add(self, value: bytes | None) -> None:
        self.append(None, value, START_MS)

    def write(self, *posts: PostFingerprint, names: Sequence[ChannelName] = ()) -> None:
        """A record."""
        self.add(batch(posts, names).to_bytes())

    def insert(self, offset: int, value: bytes | None) -> None:
        """A record ahead of others, which move by one."""
        later = self.records[offset:]
        del self.records[offset:]
        for each in (value, *(record.value for record in later)):
            self.add(each)


NewState = Callable[..., DedupState]


@pytest.fixture
def new_state(tmp_path: Path) -> NewState:
    """A worker with a data folder; with the same name it is the same worker, started again."""

    def start(
        log: Log, name: str = "worker", topic: str = "", shared: SharedSnapshots | None = None, **settings: Any
    ) -> DedupState:
        async def topic_id() -> str:
            return topic

        settings = {"save_interval_s": 1e-9} | settings
        return DedupState(log, tmp_path / name, DedupSettings(**settings), topic_id=topic_id, shared=shared)

    return start


def take(worker: DedupState, log: Log, offset: int) -> list[Folded]:
    """What the record at an offset changes, as it comes from the group."""
    value = next(record.value for record in log.records if record.offset == offset)
    assert value is not None
    (changes,) = worker.fold_all([(Message(offset, value), FingerprintBatch.read(value))])
    return succeeded(changes)


def copies(count: int) -> Log:
    """A log of posts with the same content, one a record; each repeats the first."""
    log = Log()
    for number in range(1, count + 1):
        log.write(state(number, "same", day=number / 100))
    return log


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(DEADLINE_S):
        while not is_so():
            await asyncio.sleep(0.01)


def originals(changes: Sequence[Folded]) -> dict[str, str | None]:
    reader = Reader().take(changes)
    return {key: reader.of(key) for key in reader.verdicts}


async def test_verdicts_are_sent_from_the_commit_on_and_not_before(new_state: NewState) -> None:
    log = copies(7)
    worker = new_state(log)
    await worker.load(PARTITION, 4)
    assert len(worker) == 4, "of what was committed all is known, and nothing else"
    assert [originals(take(worker, log, offset)) for offset in (4, 5)] == [
        {"tg:1:5": "tg:1:1"},
        {"tg:1:6": "tg:1:1"},
    ]


async def test_a_second_start_between_commit_and_end_sends_the_same_verdicts_again(new_state: NewState) -> None:
    """The first worker died when it had delivered more than it had committed."""
    log = copies(6)
    dead = new_state(log, "dead")
    await dead.load(PARTITION, 2)
    sent = [take(dead, log, offset) for offset in (2, 3, 4)]
    for _ in range(2):
        successor = new_state(log, "successor")
        await successor.load(PARTITION, 2)
        assert [take(successor, log, offset) for offset in (2, 3, 4)] == sent


async def test_nothing_committed_means_that_nothing_is_read_ahead(new_state: NewState) -> None:
    log = copies(3)
    worker = new_state(log)
    await worker.load(PARTITION, 0)
    assert (len(worker), log.read) == (0, [])
    assert originals(take(worker, log, 0)) == {"tg:1:1": None}


async def test_a_snapshot_saves_reading_what_it_holds(new_state: NewState) -> None:
    log = copies(9)
    worker = new_state(log)
    await worker.load(PARTITION, 5)
    await worker.save_due()
    log.read.clear()
    again = new_state(log)
    await again.load(PARTITION, 7)
    assert log.read[0] == 4, "the last record of the snapshot, to see that the log is the same"
    assert set(log.read) == {4, 5, 6, 7, 8}
    assert len(again) == 7
    assert originals(take(again, log, 7)) == {"tg:1:8": "tg:1:1"}


async def test_what_a_snapshot_has_beyond_the_commit_is_not_folded_twice(new_state: NewState) -> None:
    """It was saved when its verdicts were delivered; the commit came too late."""
    log = copies(6)
    worker = new_state(log)
    await worker.load(PARTITION, 0)
    for offset in range(5):
        take(worker, log, offset)
    await worker.save_due()
    again = new_state(log)
    await again.load(PARTITION, 2)
    assert [take(again, log, offset) for offset in (2, 3, 4)] == [[], [], []]
    assert originals(take(again, log, 5)) == {"tg:1:6": "tg:1:1"}


async def test_an_index_from_a_snapshot_gives_the_same_verdicts_as_one_from_the_log(new_state: NewState) -> None:
    log = Log()
    log.write(state(1, "fire", day=0), state(2, "fire", day=1), state(3, "flood", day=1))
    log.write(state(2, "flood", day=1, moment=5), state(4, "storm", day=2))
    log.write(deletion(1, moment=9), names=[ChannelName("alpha", 501)])
    worker = new_state(log)
    await worker.load(PARTITION, 3)
    await worker.save_due()
    log.write(state(5, "fire", day=2), state(6, "flood", day=2), deletion(3, moment=9))
    log.write(state(7, "storm", day=1)._replace(named_origin=NamedOrigin("alpha", 5)))
    from_files, from_log = new_state(log), new_state(log, "new machine")
    for one in (from_files, from_log):
        await one.load(PARTITION, 3)
    for offset in (3, 4):
        assert take(from_files, log, offset) == take(from_log, log, offset)
    assert len(from_files) == len(from_log) == 7


@pytest.mark.parametrize("length", [1, 5, 9])
async def test_a_snapshot_of_another_log_is_not_used(new_state: NewState, length: int) -> None:
    """The topic was recreated: shorter, as long, or longer than the one that the snapshot is of."""
    worker = new_state(copies(5))
    await worker.load(PARTITION, 5)
    await worker.save_due()
    other = Log()
    for number in range(1, length + 1):
        other.write(state(number, f"{number}", channel=2))
    again = new_state(other)
    with capture_logs() as lines:
        await again.load(PARTITION, length)
    assert len(again) == length
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == [
        "local state is of another log, which is read from its beginning"
    ]


async def test_a_snapshot_outlasts_what_retention_took(new_state: NewState) -> None:
    log = copies(9)
    worker = new_state(log)
    await worker.load(PARTITION, 5)
    await worker.save_due()
    del log.records[:6]
    again = new_state(log)
    await again.load(PARTITION, 8)
    assert len(again) == 7, "five of the snapshot, and two that are still in the log"
    assert originals(take(again, log, 8)) == {"tg:1:9": "tg:1:1"}


DAMAGED: dict[str, tuple[bytes | None, RejectReason, str | None]] = {
    "no value": (None, RejectReason.INVALID_FIELD, None),
    "no MessagePack": (b"\xc1{", RejectReason.INVALID_FIELD, None),
    "JSON": (b"{}", RejectReason.INVALID_FIELD, None),
    "fingerprints of another version": (
        FingerprintBatch(VERSION + 1, EPOCH, (state(2, "same"),)).to_bytes(),
        RejectReason.UNKNOWN_SCHEMA_VERSION,
        "version",
    ),
    "another table of homes": (
        FingerprintBatch(VERSION, EPOCH + 1, (state(2, "same"),)).to_bytes(),
        RejectReason.UNKNOWN_SCHEMA_VERSION,
        "epoch",
    ),
}


@pytest.mark.parametrize(("value", "reason", "field_name"), DAMAGED.values(), ids=DAMAGED)
async def test_a_record_that_cannot_be_read_is_named_and_counted(
    new_state: NewState, value: bytes | None, reason: RejectReason, field_name: str | None
) -> None:
    log = copies(3)
    log.insert(1, value)
    worker = new_state(log)
    with capture_logs() as lines:
        await worker.load(PARTITION, 3)
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert (line["topic"], line["partition"], line["offset"]) == (TOPIC, PARTITION, 1)
    assert (line["reason"], line["field"]) == (reason.value, field_name)
    assert (worker.unreadable, len(worker)) == (1, 2)
    assert originals(take(worker, log, 3)) == {"tg:1:3": "tg:1:1"}
    assert isinstance(DedupStage(worker).read(Message(4, value)), Reject), "when it first comes it is a dead letter"


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_a_snapshot_remembers_how_many_records_it_lacks(new_state: NewState, place: int) -> None:
    log = copies(3)
    log.insert(place, b"{}")
    worker = new_state(log)
    await worker.load(PARTITION, 4)
    await worker.save_due()
    for _ in range(2):
        again = new_state(log)
        await again.load(PARTITION, 4)
        assert (again.unreadable, len(again)) == (1, 3)
    again.drop(PARTITION)
    assert again.unreadable == 0


async def test_a_log_of_which_too_much_cannot_be_read_ends_the_worker(new_state: NewState) -> None:
    newer = FingerprintBatch(VERSION + 1, EPOCH, (state(2, "same"),)).to_bytes()
    log = copies(1)
    for _ in range(3):
        log.add(newer)
    within = new_state(log, "within", max_unreadable=3)
    await within.load(PARTITION, 4)
    assert within.unreadable == 3
    beyond = new_state(log, "beyond", max_unreadable=2)
    with pytest.raises(StateLogError, match=r"posts\.fingerprints\.1/1 offset 3: .*start the version that wrote them"):
        await beyond.load(PARTITION, 4)
    assert beyond.loading == set()


@dataclass
class Budget:
    """Some records take too long: which were handled together, and which are known to be at fault."""

    at_fault: set[int]
    was_stuck: bool = True
    watched: list[list[int]] = field(default_factory=list)

    def portions(self, messages: Sequence[Any]) -> Iterator[Sequence[Any]]:
        yield from ([message] for message in messages)

    def is_known_over_budget(self, message: Any) -> bool:
        assert message.tp == (TOPIC, PARTITION)
        assert (message.timestamp, message.key) == (START_MS / 1000, None), "as the group gives it: so it is known"
        return message.offset in self.at_fault

    @contextmanager
    def watch(self, messages: Sequence[Any], *, is_interruptible: bool) -> Iterator[None]:
        assert not is_interruptible, "the index would be half changed"
        self.watched.append([message.offset for message in messages])
        yield


async def test_a_record_that_takes_too_long_is_left_out_of_the_rebuild(tmp_path: Path) -> None:
    """It was a dead letter, but it is still in the log: without that no worker would ever start again."""
    budget = Budget({1})
    worker = DedupState(copies(4), tmp_path, DedupSettings(), TOPIC, budget)
    with capture_logs() as lines:
        await worker.load(PARTITION, 4)
    assert budget.watched == [[0], [2], [3]]
    assert (len(worker), worker.unreadable) == (3, 1)
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert (line["offset"], line["reason"]) == (1, "time_budget")


async def test_an_index_that_holds_what_was_never_sent_is_not_saved(new_state: NewState) -> None:
    """A record that was folded became a dead letter: it is sent again one day, and must be news then."""
    log = copies(3)
    worker = new_state(log)
    await worker.load(PARTITION, 1)
    take(worker, log, 1)
    DedupStage(worker).set_aside(Message(1, b""))
    await worker.save_due()
    log.read.clear()
    again = new_state(log)
    await again.load(PARTITION, 1)
    assert 0 in log.read, "there is no snapshot"
    assert originals(take(again, log, 1)) == {"tg:1:2": "tg:1:1"}
    await worker.load(PARTITION, 2)
    await worker.save_due()
    log.read.clear()
    await new_state(log).load(PARTITION, 2)
    assert 0 not in log.read, "once it was built again, it is saved again"


async def test_a_snapshot_is_taken_only_now_and_then(new_state: NewState) -> None:
    log = copies(2)
    worker = new_state(log, save_interval_s=3600)
    await worker.load(PARTITION, 2)
    await worker.save_due()
    log.read.clear()
    await new_state(log).load(PARTITION, 2)
    assert log.read == [0, 1]


async def test_a_partition_that_went_elsewhere_leaves_nothing(new_state: NewState) -> None:
    log = copies(2)
    worker = new_state(log)
    await worker.load(PARTITION, 2)
    await worker.load(PARTITION + 1, 1)
    worker.drop(PARTITION)
    assert len(worker) == 1
    with pytest.raises(PipelineBugError):
        take(worker, log, 1)
    await worker.save_due()
    await worker.load(PARTITION, 2)
    assert len(worker) == 3


async def test_records_of_several_partitions_are_folded_together_and_each_has_its_own_changes(
    new_state: NewState,
) -> None:
    log = copies(4)
    worker = new_state(log)
    await worker.load(PARTITION, 1)
    await worker.load(PARTITION + 1, 0)
    slice_ = [
        (Message(offset, None, tp=(TOPIC, number)), FingerprintBatch.read(log.records[offset].value or b""))
        for offset, number in [(0, PARTITION), (1, PARTITION), (3, PARTITION + 1), (2, PARTITION)]
    ]
    changes = [originals(succeeded(some)) for some in worker.fold_all(slice_)]
    assert changes == [{}, {"tg:1:2": "tg:1:1"}, {"tg:1:4": None}, {"tg:1:3": "tg:1:1"}]


async def test_days_past_their_time_are_forgotten_after_a_restart_too(new_state: NewState) -> None:
    log = copies(2)
    worker = new_state(log, keep_days=10, window_days=7)
    await worker.load(PARTITION, 2)
    late = batch((state(3, "same", day=12),))
    (changes,) = worker.fold_all([(Message(2, None, timestamp=(START_MS + 12 * DAY_MS) / 1000), late)])
    assert originals(succeeded(changes)) == {"tg:1:3": None}
    assert len(worker) == 1
    await worker.save_due()
    log.add(late.to_bytes())
    again = new_state(log, keep_days=10, window_days=7)
    await again.load(PARTITION, 3)
    assert len(again) == 1


@pytest.mark.parametrize("name", ["worker", "another machine"])
async def test_names_and_forwards_that_wait_for_them_outlast_a_restart(new_state: NewState, name: str) -> None:
    forward = state(1, "forwarded")._replace(named_origin=NamedOrigin("alpha", 5))
    log = Log()
    log.write(forward)
    log.write(names=[ChannelName("alpha", 501)])
    log.write(forward._replace(message_id=2))
    worker = new_state(log)
    await worker.load(PARTITION, 1)
    await worker.save_due()
    again = new_state(log, name)
    await again.load(PARTITION, 1)
    assert originals(take(again, log, 1)) == {"tg:1:1": "tg:501:5"}
    assert originals(take(again, log, 2)) == {"tg:1:2": "tg:501:5"}
    assert len(again) == 2, "a name is no post"


async def test_each_post_of_a_message_has_its_lane_and_the_time_of_its_raw_record(new_state: NewState) -> None:
    worker = new_state(Log())
    await worker.load(PARTITION, 0)
    live = state(1, "one", day=1)._replace(raw_at_ms=1_500)
    old = state(2, "two", day=2)._replace(raw_at_ms=2_500, lane=Lane.BACKFILL)
    (handled,) = DedupStage(worker).handle([(Message(0, b""), batch((live, old)))])
    assert isinstance(handled, StageResult)
    assert handled.arrivals == ((Lane.LIVE, 1.5), (Lane.BACKFILL, 2.5))


async def test_a_slice_of_messages_keeps_partitions_and_order(new_state: NewState) -> None:
    worker = new_state(Log())
    await worker.load(PARTITION, 0)
    await worker.load(PARTITION + 1, 0)
    first, second = (batch((state(number, "same", day=number / 100),)) for number in (1, 2))
    tps = [(TOPIC, PARTITION), (TOPIC, PARTITION + 1)]
    slice_ = [
        (Message(0, b"", tp=tps[0]), first),
        (Message(0, b"", tp=tps[1]), first),
        (Message(1, b"", tp=tps[1]), second),
        (Message(1, b"", tp=tps[0]), second),
        (Message(2, b"", tp=tps[0]), second),
    ]
    handled = DedupStage(worker).handle(slice_)
    assert [dict(one.outcomes) for one in handled if isinstance(one, StageResult)] == [
        {"emit": 1},
        {"emit": 1},
        {"duplicate": 1},
        {"duplicate": 1},
        {"repeat": 1},
    ]


def _manifest(**changes: object) -> bytes:
    fields = {"format": 4, "layout": LAYOUT, "log": f":{EPOCH}", "offset": 1, "last": [1, 2], "last_offset": 0}
    return json.dumps(fields | {"unreadable": 0, "days": {}, "runs": []} | changes).encode()


MANIFESTS: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "days as a list": _manifest(days=[]),
    "an offset that is none": _manifest(offset="1"),
    "a negative offset": _manifest(offset=-1),
    "a file elsewhere": _manifest(days={"../../2/" + "a" * 32 + ".days": {"size": 1, "is_large": False, "days": {}}}),
    "a future form": b'{"format":99}',
}


@pytest.mark.parametrize("content", MANIFESTS.values(), ids=MANIFESTS)
async def test_a_snapshot_that_cannot_be_used_is_left_and_the_log_is_read(
    new_state: NewState, tmp_path: Path, content: bytes
) -> None:
    log = copies(3)
    worker = new_state(log)
    await worker.load(PARTITION, 3)
    await worker.save_due()
    manifests = list((tmp_path / "worker").rglob("manifest.json"))
    assert manifests
    for manifest in manifests:
        manifest.write_bytes(content)
    again = new_state(log)
    with capture_logs() as lines:
        await again.load(PARTITION, 3)
    assert len(again) == 3
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["snapshot is not usable, skipped"]


@pytest.mark.parametrize("kind", ["days", "posts"])
async def test_files_that_cannot_be_read_are_left_and_the_log_is_read(
    new_state: NewState, tmp_path: Path, kind: str
) -> None:
    log = copies(3)
    worker = new_state(log)
    await worker.load(PARTITION, 3)
    await worker.save_due()
    (path,) = (tmp_path / "worker").rglob(f"*.{kind}")
    path.write_bytes(b"")
    again = new_state(log)
    await again.load(PARTITION, 2)
    assert len(again) == 2
    assert originals(take(again, log, 2)) == {"tg:1:3": "tg:1:1"}


async def test_a_topic_that_was_made_again_is_known_by_its_id(new_state: NewState) -> None:
    """Though its last record is that of the snapshot."""
    log = copies(3)
    worker = new_state(log, topic="first")
    await worker.load(PARTITION, 3)
    await worker.save_due()
    log.read.clear()
    again = new_state(log, topic="second")
    with capture_logs() as lines:
        await again.load(PARTITION, 3)
    assert log.read == [0, 1, 2]
    (line,) = [line for line in lines if line["log_level"] == "warning"]
    assert line["problem"] == f"it is of another log (first:{EPOCH}, not second:{EPOCH})"


async def test_a_new_worker_starts_from_what_another_shared(new_state: NewState, tmp_path: Path) -> None:
    log, shared = copies(9), SharedSnapshots(FolderStore(tmp_path / "shared"), interval_s=3600)
    worker = new_state(log, "first", shared=shared)
    await worker.load(PARTITION, 5)
    await worker.save_due()
    await until(lambda: any(name.endswith(".json") for name in shared.store.names(f"dedup/{PARTITION}")))
    log.read.clear()
    other = new_state(log, "second", shared=shared)
    await other.load(PARTITION, 7)
    assert log.read[0] == 4, "the last record of the snapshot, to see that the log is the same"
    assert len(other) == 7
    assert originals(take(other, log, 7)) == {"tg:1:8": "tg:1:1"}


async def test_a_partition_that_goes_while_others_are_saved_is_left_alone(
    new_state: NewState, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = new_state(copies(2))
    for partition in (PARTITION, PARTITION + 1):
        await worker.load(partition, 2)
    saved, save = list[Path](), Snapshots.save

    def dropping(snapshots: Snapshots, *given: Any) -> None:
        saved.append(snapshots.folder)
        worker.drop(PARTITION + 1)
        save(snapshots, *given)

    monkeypatch.setattr(Snapshots, "save", dropping)
    await worker.save_due()
    assert [folder.name for folder in saved] == [str(PARTITION)]


async def test_a_row_of_duplicates_goes_with_each_verdict(new_state: NewState) -> None:
    worker = new_state(Log())
    await worker.load(PARTITION, 0)
    posts = batch((state(1, "same", day=1), state(2, "same", day=1.01)))
    (handled,) = DedupStage(worker, flat=True).handle([(Message(0, b""), posts)])
    assert isinstance(handled, StageResult)
    assert [(output.topic.name, output.key) for output in handled.outputs] == [
        ("posts.duplicates", "tg:1:1"),
        ("posts.duplicates", "tg:1:2"),
        ("duplicates.flat", "tg:1:1"),
        ("duplicates.flat", "tg:1:2"),
    ]
    row = handled.outputs[-1].record
    assert isinstance(row, FlatDuplicate)
    assert (row.duplicate_of, row.duplicate_kind) == ("tg:1:1", "exact")
