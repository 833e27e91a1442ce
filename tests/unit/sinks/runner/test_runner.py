"""What lies between the topics and a sink: batches by count, size and time, tries, dead letters, and fencing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from runtime import back_off as back_off_module
from runtime.back_off import BackOff
from runtime.errors import FatalError, TransientError
from schemas import RejectReason
from sinks.contract import Batch, Message, Partition, Refusal, Written
from sinks.errors import SinkUnavailableError
from sinks.runner import buffers as buffers_module
from sinks.runner.buffers import Buffers
from sinks.runner.health import SinkHealth, SinkPhase
from sinks.runner.metrics import SinkMetrics
from sinks.runner.writing import SinkWriter
from sinks.testing import ScriptedSink
from tests.support.patience import DEADLINE_S

ONE, TWO = Partition("posts.normalized", "a" * 32, 0), Partition("posts.duplicates", "b" * 32, 1)


@dataclass
class Record:
    """As the client gives it."""

    offset: int
    value: bytes | None = b"{}"
    key: bytes | None = b"k"
    timestamp: int = 5


def records(*offsets: int) -> list[Record]:
    return [Record(offset) for offset in offsets]


def message(offset: int) -> Message:
    return Message(offset, b"k", b"{}", 5)


def given(start: int, end: int, *offsets: int) -> Batch:
    return Batch(ONE, start, end, [message(offset) for offset in offsets])


@dataclass
class Bench:
    """A writer with everything around it."""

    sink: ScriptedSink
    letters: list[Refusal] = field(default_factory=list)
    letter_fault: Exception | None = None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    health: SinkHealth = field(default_factory=SinkHealth)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def writer(self) -> SinkWriter:
        return SinkWriter(self.sink, self._send, SinkMetrics(self.registry, "test"), self.health, self.stopping)

    def _send(self, _: Partition, refusals: Sequence[Refusal]) -> None:
        if self.letter_fault is not None:
            fault, self.letter_fault = self.letter_fault, None
            raise fault
        self.letters += refusals

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, {"sink": "test", **labels}) or 0.0


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for real between two tries."""
    for module in ("runner", "writing"):
        monkeypatch.setattr(f"sinks.runner.{module}.BackOff", partial(BackOff, 0.0001))


def test_a_batch_is_due_when_it_is_full() -> None:
    buffers = Buffers({ONE: 10, TWO: 0}, batch_records=3, batch_wait_s=5.0)
    buffers.add(ONE, records(10, 12), now=0.0)
    assert list(buffers.due(1.0)) == []
    buffers.add(ONE, records(13, 20, 21), now=1.0)
    first, second = buffers.due(1.0)
    buffers.is_at(ONE, 22)
    assert (first.start, first.end, [each.offset for each in first.messages]) == (10, 14, [10, 12, 13])
    assert [each.offset for each in second.messages] == [20, 21]
    assert list(buffers.due(1.0)) == []


def test_batches_follow_each_other_without_a_gap_in_offsets() -> None:
    buffers = Buffers({ONE: 0}, batch_records=2, batch_wait_s=5.0)
    buffers.add(ONE, records(0, 1, 5, 9), now=0.0)
    spans = []
    for batch in buffers.due(0.0):
        spans.append((batch.start, batch.end))
        buffers.is_at(ONE, batch.end)
    assert spans == [(0, 2), (2, 10)]


def test_a_batch_is_due_by_time_and_the_wait_for_it_is_known() -> None:
    buffers = Buffers({ONE: 0, TWO: 0}, batch_records=100, batch_wait_s=2.0)
    assert buffers.wait_s(0.0, longest=0.5) == 0.5
    buffers.add(TWO, records(0), now=1.0)
    assert buffers.wait_s(1.5, longest=9.0) == 1.5
    assert list(buffers.due(2.9)) == []
    [batch] = buffers.due(3.0)
    assert batch.partition == TWO


def test_at_the_end_nothing_is_waited_for() -> None:
    buffers = Buffers({ONE: 0, TWO: 7}, batch_records=100, batch_wait_s=60.0)
    buffers.add(ONE, records(0, 4), now=0.0)
    assert (buffers.gathered_to(ONE), buffers.gathered_to(TWO)) == (5, 7)
    [batch] = buffers.due(0.0, is_last=True)
    assert (batch.partition, batch.end) == (ONE, 5)


def test_large_records_are_not_gathered_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers_module, "MAX_BYTES", 1000)
    buffers = Buffers({ONE: 0, TWO: 0}, batch_records=100, batch_wait_s=60.0)
    buffers.add(ONE, [Record(0, b"x" * 300)], now=0.0)
    buffers.add(TWO, [Record(0, b"x" * 800)], now=0.0)
    assert [batch.partition for batch in buffers.due(0.0)] == [TWO]
    assert list(buffers.due(0.0)) == []


def test_what_was_gathered_is_dropped_when_the_sink_is_elsewhere() -> None:
    buffers = Buffers({ONE: 0}, batch_records=1, batch_wait_s=5.0)
    buffers.add(ONE, records(0, 1, 2), now=0.0)
    for batch in buffers.due(0.0):
        assert batch.start == 0
        buffers.moved(ONE, 50)
    assert buffers.position(ONE) == 50
    assert list(buffers.due(99.0)) == []


async def test_a_write_that_fails_is_tried_again_as_it_was() -> None:
    bench = Bench(ScriptedSink([SinkUnavailableError("disk: full"), TransientError("still full")]))
    with capture_logs() as log:
        assert await bench.writer().write(given(0, 3, 0, 2)) == 3
    assert bench.sink.given == [given(0, 3, 0, 2)] * 3
    assert bench.metric("tgwire_sink_retries_total") == 2
    assert bench.metric("tgwire_sink_records_total", topic=ONE.topic, outcome="written") == 2
    assert [each["event"] for each in log] == ["sink takes no records", "the sink takes records again"]


async def test_while_a_sink_takes_nothing_the_process_is_not_ready() -> None:
    bench = Bench(ScriptedSink())
    bench.health.phase = SinkPhase.RUNNING
    seen: list[tuple[bool, str]] = []
    write = bench.sink.write

    def failing_first(batch: Batch) -> Written:
        if len(seen) < 2:
            seen.append(bench.health.ready())
            raise SinkUnavailableError("disk: full")
        seen.append(bench.health.ready())
        return write(batch)

    bench.sink.write = failing_first  # type: ignore[method-assign]
    await bench.writer().write(given(0, 1, 0))
    assert seen == [(True, "running"), (False, "disk: full"), (False, "disk: full")]
    assert bench.health.ready() == (True, "running")


async def test_an_error_that_needs_an_operator_ends_it() -> None:
    bench = Bench(ScriptedSink([FatalError("the receiver answered 401")]))
    with pytest.raises(FatalError, match="401"):
        await bench.writer().write(given(0, 1, 0))


async def test_a_stop_ends_the_waiting_for_a_sink() -> None:
    bench = Bench(ScriptedSink([SinkUnavailableError("away", retry_after_s=3600.0)]))
    writing = asyncio.create_task(bench.writer().write(given(4, 9, 5)))
    while not bench.sink.given:
        await asyncio.sleep(0)
    bench.stopping.set()
    assert await asyncio.wait_for(writing, DEADLINE_S) == 4


async def test_refused_records_are_set_aside_before_the_sink_goes_past_them() -> None:
    refusal = Refusal(message(1), RejectReason.INVALID_JSON, "invalid JSON")
    bench = Bench(ScriptedSink([Written(0, [refusal])]))
    letters_at: list[int] = []
    write = bench.sink.write

    def noting(batch: Batch) -> Written:
        letters_at.append(len(bench.letters))
        return write(batch)

    bench.sink.write = noting  # type: ignore[method-assign]
    writer = bench.writer()
    assert await writer.write(given(0, 5, 0, 1, 2)) == 5
    assert bench.letters == [refusal]
    assert letters_at == [0, 1]
    assert [[each.offset for each in batch.messages] for batch in bench.sink.given] == [[0, 1, 2], [0, 2]]
    assert (writer.written, writer.refused) == (2, 1)
    assert bench.metric("tgwire_sink_refused_total", reason="invalid_json") == 1


async def test_a_dead_letter_that_cannot_be_sent_holds_the_batch_back() -> None:
    refusal = Refusal(message(0), RejectReason.INVALID_JSON, "invalid JSON")
    bench = Bench(
        ScriptedSink([Written(0, [refusal]), Written(0, [refusal])]), letter_fault=TransientError("no broker")
    )
    assert await bench.writer().write(given(0, 1, 0)) == 1
    assert bench.letters == [refusal]
    assert [len(batch.messages) for batch in bench.sink.given] == [1, 1, 0]


async def test_a_part_that_was_taken_is_not_given_again() -> None:
    bench = Bench(ScriptedSink([Written(2)]))
    writer = bench.writer()
    assert await writer.write(given(0, 6, 0, 1, 4, 5)) == 6
    assert bench.sink.given[1:] == [given(2, 6, 4, 5)]
    assert writer.written == 4


@pytest.mark.parametrize("elsewhere", [40, 3])
async def test_a_sink_that_another_process_has_moved_is_followed(elsewhere: int) -> None:
    bench = Bench(ScriptedSink([Written(elsewhere)]))
    writer = bench.writer()
    with capture_logs() as log:
        assert await writer.write(given(10, 20, 12)) == elsewhere
    assert writer.written == 0
    assert bench.metric("tgwire_sink_superseded_total") == 1
    assert [(each["event"], each["expected"], each["found"]) for each in log] == [
        ("another process has written to this sink", 10, elsewhere)
    ]


async def test_a_sink_that_takes_nothing_without_a_reason_is_waited_for() -> None:
    bench = Bench(ScriptedSink([Written(0)]))
    assert await bench.writer().write(given(0, 1, 0)) == 1
    assert bench.metric("tgwire_sink_retries_total") == 1


def test_waits_grow_to_a_bound_with_jitter_and_honour_what_was_asked_for() -> None:
    back_off = BackOff()
    waits = [back_off.next_s() for _ in range(40)]
    assert 0.25 <= waits[0] <= 0.5
    assert all(wait <= back_off_module.LONGEST_S for wait in waits)
    assert all(wait >= back_off_module.LONGEST_S / 2 for wait in waits[8:])
    assert len(set(waits[8:])) > 20
    assert BackOff().next_s(120.0) == 120.0
