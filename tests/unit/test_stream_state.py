"""The duplicate index is rebuilt from its log."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from processors.core.decode import RAW_POST, decode
from processors.core.outcomes import Reject
from processors.errors import PipelineBugError, StateLogError
from processors.stream.snapshot_files import LAYOUT
from processors.stream.stages import DedupStage, Handled
from processors.stream.state import DedupState, LogRecord, Unreadable
from schemas import (
    Channel,
    ChannelName,
    DuplicateRecord,
    Fingerprint,
    FingerprintRecord,
    ForwardOrigin,
    Lane,
    Language,
    NormalizedPost,
    Provenance,
    RejectReason,
    Source,
)
from schemas.analyzed import AnalyzedPost
from schemas.config import DedupSettings
from schemas.topics import FINGERPRINTS, MAX_RECORD_BYTES

TODAY = date(2026, 1, 10)


@dataclass
class Stored:
    """A record of the log, or a message."""

    offset: int
    value: bytes | None
    key: bytes | None = b"en"
    tp: tuple[str, int] = ("posts.analyzed", 1)
    timestamp: float | None = 0.0
    generation_id: int = 1
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass
class Log:
    """The state log, and what was read of it."""

    values: list[bytes | None]
    read: list[int] = field(default_factory=list)

    async def __call__(self, _partition: int, start: int) -> AsyncIterator[Sequence[LogRecord]]:
        yield []
        yield [Stored(offset, value) for offset, value in enumerate(self.values) if offset >= start]
        self.read += [offset for offset in range(len(self.values)) if offset >= start]


@pytest.fixture
def new_state(tmp_path: Path) -> Callable[..., DedupState]:
    """A worker with a data folder; with the same name it is the same worker, started again."""

    def start(log: Log, name: str = "worker", **settings: Any) -> DedupState:
        return DedupState(log, tmp_path / name, DedupSettings(**settings))

    return start


def write(log: Log, handled: Handled) -> Handled:
    log.values += [
        output.record.model_dump_json().encode() for output in handled.outputs if output.topic is FINGERPRINTS
    ]
    return handled


NewState = Callable[..., DedupState]


def post(message_id: int, text_hash: str) -> AnalyzedPost:
    normalized = NormalizedPost(
        key=f"tg:1:{message_id}",
        revision="r",
        channel=Channel(id=1),
        message_id=message_id,
        posted_at=datetime(2026, 1, message_id, tzinfo=UTC),
        text="text",
        language=Language(code="en"),
        provenance=Provenance(source=Source(kind="test"), lane=Lane.LIVE, pipeline_version="1"),
    )
    return AnalyzedPost(post=normalized, fingerprint=Fingerprint(exact=text_hash))


def handle(state: DedupState, analyzed: AnalyzedPost | ChannelName, offset: int = 0) -> Handled:
    stage, message = DedupStage(state), Stored(offset, analyzed.model_dump_json().encode())
    read = stage.read(message)
    assert not isinstance(read, Reject)
    (handled,) = stage.handle([(message, read)])
    assert isinstance(handled, Handled)
    return handled


def no_end() -> None:
    """No fetch has told the end of the partition of posts.analyzed."""


async def test_rebuilt_index_judges_like_the_old_one(new_state: NewState) -> None:
    log = Log([])
    old = new_state(log)
    await old.load(1, no_end)
    for number, text in ((1, "a"), (2, "b")):
        write(log, handle(old, post(number, text)))
    new = new_state(log, "another worker")
    await new.load(1, no_end)
    assert len(new) == len(old) == 2
    assert handle(new, post(3, "a")) == handle(old, post(3, "a"))
    assert handle(new, post(1, "a")).outcome == "resent"
    assert handle(new, post(4, "a")).outcome == "duplicate"


async def test_only_the_end_of_the_log_is_read_again(new_state: NewState) -> None:
    log = Log([])
    first = new_state(log)
    await first.load(1, no_end)
    for number in (1, 2, 3):
        write(log, handle(first, post(number, "a")))
    second = new_state(log)
    await second.load(1, no_end)
    assert log.read == [0, 1, 2]
    write(log, handle(second, post(4, "a")))
    third = new_state(log)
    await third.load(1, no_end)
    assert log.read == [0, 1, 2, 2, 3]
    assert len(third) == 4
    assert handle(third, post(5, "a")) == handle(second, post(5, "a"))


async def test_what_was_saved_at_work_is_not_read_again(new_state: NewState) -> None:
    log = Log([])
    worker = new_state(log, save_interval_s=1e-9)
    await worker.load(1, no_end)
    for number in (1, 2, 3):
        write(log, handle(worker, post(number, "a")))
        await worker.keep({1: len(log.values)}, TODAY)
    write(log, handle(worker, post(4, "b")))
    again = new_state(log)
    await again.load(1, no_end)
    assert log.read == [2, 3]
    for next_post in (post(2, "a"), post(5, "a"), post(6, "b"), post(7, "c")):
        assert handle(again, next_post) == handle(worker, next_post)


async def test_files_of_another_log_are_not_believed(new_state: NewState) -> None:
    old, other = Log([]), Log([])
    worker = new_state(old)
    await worker.load(1, no_end)
    for number in (1, 2):
        write(old, handle(worker, post(number, "a")))
    await new_state(old).load(1, no_end)
    elsewhere = new_state(other, "elsewhere")
    await elsewhere.load(1, no_end)
    for number in (7, 8, 9):
        write(other, handle(elsewhere, post(number, "b")))
    for log, known in ((other, 3), (Log(old.values[:1]), 1)):
        state = new_state(log)
        await state.load(1, no_end)
        assert len(state) == known


async def test_broken_files_are_not_believed(new_state: NewState, tmp_path: Path) -> None:
    log = Log([])
    worker = new_state(log)
    await worker.load(1, no_end)
    write(log, handle(worker, post(1, "a")))
    await new_state(log).load(1, no_end)
    for file in tmp_path.glob("worker/1/*.days"):
        file.write_bytes(file.read_bytes()[:-10])
    state = new_state(log)
    await state.load(1, no_end)
    assert len(state) == 1
    assert log.read == [0, 0]


async def test_days_past_their_time_are_dropped(new_state: NewState) -> None:
    log = Log([])
    worker = new_state(log, save_interval_s=1e-9, keep_days=5)
    await worker.load(1, no_end)
    for number in (1, 2, 9):
        write(log, handle(worker, post(number, "a")))
    await worker.keep({1: 3}, date(2026, 1, 10))
    assert len(worker) == 1
    assert handle(worker, post(9, "a")).outcome == "resent"
    assert handle(worker, post(1, "a")).outcome == "emit"


async def test_lost_partition_leaves_no_index(new_state: NewState) -> None:
    state = new_state(Log([]))
    await state.load(1, no_end)
    state.drop(1)
    assert len(state) == 0
    with pytest.raises(PipelineBugError):
        state.index(1)


def state_value(number: int, text_hash: str = "a") -> bytes:
    record = FingerprintRecord(
        key=f"tg:1:{number}",
        revision="r",
        language="en",
        posted_at=datetime(2026, 1, number, tzinfo=UTC),
        fingerprint=Fingerprint(exact=text_hash),
    )
    return record.model_dump_json().encode()


@pytest.fixture
def kept() -> list[Unreadable]:
    return []


@pytest.fixture
def new_keeper(tmp_path: Path, kept: list[Unreadable]) -> Callable[..., DedupState]:
    """As ``new_state``; what cannot be read is kept."""

    async def keep(unreadable: Unreadable) -> None:
        kept.append(unreadable)

    def start(log: Log, name: str = "worker", **settings: Any) -> DedupState:
        return DedupState(log, tmp_path / name, DedupSettings(**settings), keep)

    return start


DAMAGED = {
    "no value": (None, RejectReason.INVALID_JSON, None),
    "no JSON": (b"\xff{", RejectReason.INVALID_JSON, None),
    "another form": (b"[]", RejectReason.INVALID_FIELD, None),
    "no type": (b"{}", RejectReason.INVALID_FIELD, "type"),
    "a missing field": (b'{"type":"fingerprint"}', RejectReason.INVALID_FIELD, "fingerprint.key"),
    "a future version": (
        state_value(2).replace(b'"schema_version":1', b'"schema_version":7'),
        RejectReason.UNKNOWN_SCHEMA_VERSION,
        "schema_version",
    ),
}


@pytest.mark.parametrize(("value", "reason", "field"), DAMAGED.values(), ids=DAMAGED)
async def test_a_state_record_that_cannot_be_read_is_set_aside_and_named(
    new_keeper: NewState, kept: list[Unreadable], value: bytes | None, reason: RejectReason, field: str | None
) -> None:
    log = Log([state_value(1), value, state_value(3, "b")])
    state = new_keeper(log)
    with capture_logs() as said:
        await state.load(1, no_end)
    assert [(each.partition, each.record.offset, each.record.value, each.why.reason) for each in kept] == [
        (1, 1, value, reason)
    ]
    (line,) = [line for line in said if line["log_level"] == "error"]
    assert (line["topic"], line["partition"], line["offset"]) == ("posts.fingerprints", 1, 1)
    assert (line["reason"], line["field"]) == (reason.value, field)
    assert (state.unreadable, len(state)) == (1, 2)
    assert handle(state, post(4, "a")).outcome == handle(state, post(5, "b")).outcome == "duplicate"
    assert handle(state, post(2, "a")).outcome != "repeat", "the post that it spoke of is not known"


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_what_was_set_aside_once_is_not_set_aside_again(
    new_keeper: NewState, kept: list[Unreadable], place: int
) -> None:
    values: list[bytes | None] = [state_value(1), state_value(2), state_value(3)]
    values.insert(place, b"{}")
    log = Log(values)
    await new_keeper(log).load(1, no_end)
    for restart in range(2):
        state = new_keeper(log)
        await state.load(1, no_end)
        assert (len(kept), state.unreadable, len(state)) == (1, 1, 3), restart
    log.values.append(state_value(4))
    state = new_keeper(log)
    await state.load(1, no_end)
    assert (len(kept), state.unreadable, len(state)) == (1, 1, 4)
    whole = new_keeper(log, "without files")
    await whole.load(1, no_end)
    assert [handle(state, each) for each in (post(2, "a"), post(9, "a"))] == [
        handle(whole, each) for each in (post(2, "a"), post(9, "a"))
    ]


async def test_saves_at_work_remember_what_was_set_aside(new_keeper: NewState, kept: list[Unreadable]) -> None:
    log = Log([state_value(1), b"{}"])
    worker = new_keeper(log, save_interval_s=1e-9)
    await worker.load(1, no_end)
    for number in (2, 3):
        write(log, handle(worker, post(number, "a")))
        await worker.keep({1: len(log.values)}, TODAY)
    again = new_keeper(log)
    await again.load(1, no_end)
    assert (len(kept), again.unreadable, len(again)) == (1, 1, 3)
    again.drop(1)
    assert again.unreadable == 0


async def test_a_log_of_which_much_cannot_be_read_ends_the_worker(new_keeper: NewState, kept: list[Unreadable]) -> None:
    newer = state_value(2).replace(b'"schema_version":1', b'"schema_version":7')
    state = new_keeper(Log([state_value(1), newer, newer, newer]), max_unreadable=2)
    with pytest.raises(StateLogError, match=r"posts\.fingerprints/1 offset 3: .*start the version that wrote them"):
        await state.load(1, no_end)
    assert len(kept) == 2
    assert state.loading == set()


def _manifest(**changes: object) -> bytes:
    fields = {"format": 4, "layout": LAYOUT, "log": "", "offset": 1, "last": [1, 2], "last_offset": 0, "unreadable": 0}
    return json.dumps(fields | {"days": {}, "runs": []} | changes).encode()


MANIFESTS: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "days as a list": _manifest(days=[]),
    "an offset that is none": _manifest(offset="1"),
    "a negative offset": _manifest(offset=-1),
    "a file elsewhere": _manifest(days={"../../2/" + "a" * 32 + ".days": {"size": 1, "is_large": False, "days": {}}}),
    "a future form": b'{"format":9}',
}


@pytest.mark.parametrize("content", MANIFESTS.values(), ids=MANIFESTS)
async def test_a_manifest_that_cannot_be_used_is_left_and_the_log_is_read(
    new_state: NewState, tmp_path: Path, content: bytes
) -> None:
    log = Log([state_value(1), state_value(2)])
    await new_state(log).load(1, no_end)
    (tmp_path / "worker" / "1" / "manifest.json").write_bytes(content)
    state = new_state(log)
    with capture_logs() as said:
        await state.load(1, no_end)
    assert len(state) == 2
    assert log.read == [0, 1, 0, 1]
    assert [line["event"] for line in said if line["log_level"] == "warning"] == ["snapshot is not usable, passed over"]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff{", b"PK\x03\x04"])
async def test_arrays_that_cannot_be_read_are_left_and_the_log_is_read(
    new_state: NewState, tmp_path: Path, content: bytes
) -> None:
    log = Log([state_value(1), state_value(2)])
    await new_state(log).load(1, no_end)
    for path in (tmp_path / "worker" / "1").glob("*.days"):
        path.write_bytes(content)
    state = new_state(log)
    await state.load(1, no_end)
    assert len(state) == 2
    assert handle(state, post(4, "a")).outcome == "duplicate"


async def test_a_repeat_is_sent_again_only_where_a_dead_worker_may_have_handled_it(new_state: NewState) -> None:
    log = Log([])
    dead = new_state(log)
    await dead.load(1, no_end)
    write(log, handle(dead, post(1, "a"), offset=0))  # delivered, as far as the log tells, but not committed
    ends: list[int] = []

    def end_after_the_log_was_read() -> int:
        ends.append(len(log.read))
        return 2

    successor = new_state(log, "successor")
    await successor.load(1, end_after_the_log_was_read)
    assert ends == [1]
    assert handle(successor, post(1, "a"), offset=0).outcome == "resent"
    assert handle(successor, post(2, "b"), offset=1).outcome == "emit"
    for number, text in ((1, "a"), (2, "b")):
        again = handle(successor, post(number, text), offset=1 + number)
        assert (again.outcome, again.outputs) == ("repeat", ())


async def test_what_was_set_aside_can_be_sent_later(new_state: NewState, tmp_path: Path) -> None:
    log = Log([])
    worker = new_state(log, save_interval_s=1e-9)
    await worker.load(1, lambda: 0)
    write(log, handle(worker, post(1, "a")))
    handle(worker, post(2, "b"))
    DedupStage(worker).set_aside(Stored(0, b""))
    await worker.keep({1: len(log.values)}, TODAY)
    assert handle(worker, post(2, "b")).outcome == "resent"
    assert list(tmp_path.rglob("manifest.json")) == []
    again = new_state(log)
    await again.load(1, lambda: 0)
    assert handle(again, post(2, "b")).outcome == "emit"


async def test_a_newer_edit_date_is_told_and_kept(new_state: NewState) -> None:
    log = Log([])
    worker = new_state(log)
    await worker.load(1, lambda: 0)
    write(log, handle(worker, post(1, "a")))
    seen_edited = edited(post(1, "a"), day=3)
    assert write(log, handle(worker, seen_edited)).outcome == "resent"
    for state in (worker, new_state(log, "successor")):
        if state is not worker:
            await state.load(1, lambda: 0)
        assert handle(state, edited(post(1, "b"), day=2, revision="between")).outcome == "stale"
        assert handle(state, seen_edited).outcome == "repeat"
        assert handle(state, post(1, "a")).outcome == "stale"


def edited(analyzed: AnalyzedPost, day: int, revision: str = "r") -> AnalyzedPost:
    change = {"edited_at": datetime(2026, 1, day, tzinfo=UTC), "revision": revision}
    return analyzed.model_copy(update={"post": analyzed.post.model_copy(update=change)})


async def test_messages_of_a_slice_keep_their_partitions_and_order(new_state: NewState) -> None:
    state = new_state(Log([]))
    await state.load(1, no_end)
    await state.load(2, no_end)
    stage = DedupStage(state)
    slice_ = [
        (Stored(offset, b"", tp=("posts.analyzed", partition)), post(number, "a"))
        for offset, (partition, number) in enumerate([(1, 1), (2, 1), (2, 2), (1, 2), (1, 1)])
    ]
    handled = stage.handle(slice_)
    assert [result.outcome for result in handled if isinstance(result, Handled)] == [
        "emit",
        "emit",
        "duplicate",
        "duplicate",
        "resent",
    ]


async def test_a_post_that_is_refused_stops_no_other_of_its_slice_and_changes_nothing(
    new_state: NewState, tmp_path: Path
) -> None:
    log = Log([])
    state = new_state(log, save_interval_s=1e-9)
    await state.load(1, no_end)
    broken = post(2, "a")
    broken = broken.model_copy(update={"post": broken.post.model_copy(update={"key": "no key"})})
    slice_ = [(Stored(offset, b""), value) for offset, value in enumerate([post(1, "a"), broken, post(3, "a")])]
    first, failed, last = DedupStage(state).handle(slice_)
    assert isinstance(first, Handled)
    assert isinstance(failed, Reject)
    assert (failed.reason, failed.field) == (RejectReason.INVALID_FIELD, "key")
    assert isinstance(last, Handled)
    assert (first.outcome, last.outcome) == ("emit", "duplicate")
    assert len(state) == 2
    write(log, first)
    write(log, last)
    await state.keep({1: len(log.values)}, TODAY)
    assert len(list(tmp_path.rglob("manifest.json"))) == 1


@pytest.mark.parametrize("number", [2**53, 2**63, 2**64, -1, 0])
async def test_an_id_that_cannot_be_never_comes_to_the_index(number: int, new_state: NewState) -> None:
    state = new_state(Log([]))
    await state.load(1, no_end)
    value = post(2, "a").model_dump_json()
    for good in ('"message_id":2', '"channel":{"id":1'):
        bad = f"{good[:-1]}{number}"
        refused = DedupStage(state).read(Stored(0, value.replace(good, bad).encode()))
        assert isinstance(refused, Reject)
        assert refused.reason in (RejectReason.INVALID_FIELD, RejectReason.INVALID_JSON)
        raw_value = f'{{"channel":{{"id":{number}}},"message_id":7,"text":"a","source":{{"kind":"test"}}}}'.encode()
        raw = decode(RAW_POST, raw_value)
        assert isinstance(raw, Reject)
        assert (raw.reason, raw.field) == (RejectReason.INVALID_FIELD, "channel.id")
    assert len(state) == 0


async def test_a_post_whose_record_is_too_large_is_refused_before_the_index_knows_it(new_state: NewState) -> None:
    state = new_state(Log([]))
    await state.load(1, no_end)
    large = post(2, "a")
    large = large.model_copy(update={"post": large.post.model_copy(update={"text": "x" * MAX_RECORD_BYTES})})
    refused = DedupStage(state).read(Stored(0, large.model_dump_json().encode()))
    assert isinstance(refused, Reject)
    assert refused.reason is RejectReason.TOO_LARGE


NAME = ChannelName(username="alpha", channel_id=501, seen_at=datetime(2026, 1, 1, tzinfo=UTC))


def forward_by_name(message_id: int) -> AnalyzedPost:
    analyzed = post(message_id, f"{message_id}")
    forward = ForwardOrigin(channel_username="alpha", message_id=5)
    return analyzed.model_copy(update={"post": analyzed.post.model_copy(update={"forward": forward})})


@pytest.mark.parametrize("worker", ["one worker", "another worker"])
async def test_names_and_forwards_that_wait_for_them_outlast_a_restart(new_state: NewState, worker: str) -> None:
    log = Log([])
    old = new_state(log, "one worker")
    await old.load(1, no_end)
    write(log, handle(old, forward_by_name(1)))
    new = new_state(log, worker)
    await new.load(1, no_end)
    named = write(log, handle(new, NAME))
    links = [output.record for output in named.outputs if isinstance(output.record, DuplicateRecord)]
    assert [(link.key, link.duplicate and link.duplicate.of) for link in links] == [("tg:1:1", "tg:501:5")]
    last = new_state(log, worker)
    await last.load(1, no_end)
    assert handle(last, forward_by_name(2)).outcome == "duplicate"
    assert handle(last, NAME).outputs == ()


async def test_a_name_is_not_counted_as_a_post(new_state: NewState) -> None:
    state = new_state(Log([]))
    await state.load(1, no_end)
    assert handle(state, NAME).lane is None
    assert len(state) == 0
