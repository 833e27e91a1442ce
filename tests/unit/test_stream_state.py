"""The duplicate index is rebuilt from its log."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from processors.core.outcomes import Reject
from processors.errors import PipelineBugError, StateLogError
from processors.stream.stages import DedupStage, Handled
from processors.stream.state import DedupState, LogRecord
from schemas import Channel, Fingerprint, FingerprintRecord, Lane, Language, NormalizedPost, Provenance, Source
from schemas.analyzed import AnalyzedPost
from schemas.config import DedupSettings
from schemas.topics import FINGERPRINTS

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


def handle(state: DedupState, analyzed: AnalyzedPost) -> Handled:
    stage, message = DedupStage(state), Stored(0, analyzed.model_dump_json().encode())
    read = stage.read(message)
    assert not isinstance(read, Reject)
    return stage.handle(message, read)


async def test_rebuilt_index_judges_like_the_old_one(new_state: NewState) -> None:
    log = Log([])
    old = new_state(log)
    await old.load(1)
    for number, text in ((1, "a"), (2, "b")):
        write(log, handle(old, post(number, text)))
    new = new_state(log, "another worker")
    await new.load(1)
    assert len(new) == len(old) == 2
    assert handle(new, post(3, "a")) == handle(old, post(3, "a"))
    assert handle(new, post(1, "a")).outcome == "repeat"
    assert handle(new, post(4, "a")).outcome == "duplicate"


async def test_only_the_end_of_the_log_is_read_again(new_state: NewState) -> None:
    log = Log([])
    first = new_state(log)
    await first.load(1)
    for number in (1, 2, 3):
        write(log, handle(first, post(number, "a")))
    second = new_state(log)
    await second.load(1)
    assert log.read == [0, 1, 2]
    write(log, handle(second, post(4, "a")))
    third = new_state(log)
    await third.load(1)
    assert log.read == [0, 1, 2, 2, 3]
    assert len(third) == 4
    assert handle(third, post(5, "a")) == handle(second, post(5, "a"))


async def test_what_was_saved_at_work_is_not_read_again(new_state: NewState) -> None:
    log = Log([])
    worker = new_state(log, save_interval_s=1e-9)
    await worker.load(1)
    for number in (1, 2, 3):
        write(log, handle(worker, post(number, "a")))
        await worker.keep({1: len(log.values)}, TODAY)
    write(log, handle(worker, post(4, "b")))
    again = new_state(log)
    await again.load(1)
    assert log.read == [2, 3]
    for next_post in (post(2, "a"), post(5, "a"), post(6, "b"), post(7, "c")):
        assert handle(again, next_post) == handle(worker, next_post)


async def test_files_of_another_log_are_not_believed(new_state: NewState) -> None:
    old, other = Log([]), Log([])
    worker = new_state(old)
    await worker.load(1)
    for number in (1, 2):
        write(old, handle(worker, post(number, "a")))
    await new_state(old).load(1)
    elsewhere = new_state(other, "elsewhere")
    await elsewhere.load(1)
    for number in (7, 8, 9):
        write(other, handle(elsewhere, post(number, "b")))
    for log, known in ((other, 3), (Log(old.values[:1]), 1)):
        state = new_state(log)
        await state.load(1)
        assert len(state) == known


async def test_broken_files_are_not_believed(new_state: NewState, tmp_path: Path) -> None:
    log = Log([])
    worker = new_state(log)
    await worker.load(1)
    write(log, handle(worker, post(1, "a")))
    await new_state(log).load(1)
    for file in tmp_path.glob("worker/1/*/texts.npy"):
        file.write_bytes(file.read_bytes()[:-10])
    state = new_state(log)
    await state.load(1)
    assert len(state) == 1
    assert log.read == [0, 0]


async def test_days_past_their_time_are_dropped(new_state: NewState) -> None:
    log = Log([])
    worker = new_state(log, save_interval_s=1e-9, keep_days=5)
    await worker.load(1)
    for number in (1, 2, 9):
        write(log, handle(worker, post(number, "a")))
    await worker.keep({1: 3}, date(2026, 1, 10))
    assert len(worker) == 1
    assert handle(worker, post(9, "a")).outcome == "repeat"
    assert handle(worker, post(1, "a")).outcome == "emit"


async def test_lost_partition_leaves_no_index(new_state: NewState) -> None:
    state = new_state(Log([]))
    await state.load(1)
    state.drop(1)
    assert len(state) == 0
    with pytest.raises(PipelineBugError):
        state.index(1)


async def test_unreadable_state_is_never_guessed(new_state: NewState) -> None:
    good = FingerprintRecord(key="tg:1:1", revision="r", language="en", fingerprint=Fingerprint(exact="a"))
    state = new_state(Log([good.model_dump_json().encode(), b"{}"]))
    with pytest.raises(StateLogError, match=r"posts\.fingerprints/1 offset 1"):
        await state.load(1)
    assert state.loading == set()
