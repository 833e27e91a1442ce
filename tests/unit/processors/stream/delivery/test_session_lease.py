"""Records of a worker that was silent past its session must not come behind those of its successor."""

import asyncio

import pytest

from processors.errors import LeaseLostError
from processors.stream.delivery.batch_producer import OutputBatch, ProducerRecord
from processors.stream.delivery.session_lease import SessionLease
from processors.testing import MemoryProducer
from runtime.testing import ManualClock
from tests.support.patience import DEADLINE_S


def test_it_is_held_for_the_session_timeout_after_what_was_sent() -> None:
    clock = ManualClock()
    lease = SessionLease(10.0, clock)
    clock.now = 109.0
    assert lease.is_held()
    lease.renew(sent_at=104.0)
    clock.now = 113.0
    assert lease.is_held()
    clock.now = 114.0
    assert not lease.is_held()


def test_an_answer_that_comes_late_takes_nothing_back() -> None:
    clock = ManualClock()
    lease = SessionLease(10.0, clock)
    clock.now = 105.0
    lease.renew()
    lease.renew(sent_at=101.0)
    clock.now = 114.0
    assert lease.is_held()


async def test_a_worker_that_was_frozen_before_it_sent_sends_nothing() -> None:
    clock, producer = ManualClock(), MemoryProducer()
    box = OutputBatch(producer, 60.0, SessionLease(10.0, clock).is_held)
    box.add(ProducerRecord("posts.normalized", 0, b"key", b"an older revision"))
    clock.now += 15.0
    with pytest.raises(LeaseLostError):
        await box.flush()
    assert producer.sent == []


async def test_a_worker_that_is_cut_off_does_not_wait_for_its_retries() -> None:
    clock, producer = ManualClock(), MemoryProducer(answer="never")
    box = OutputBatch(producer, 2 * DEADLINE_S, SessionLease(10.0, clock).is_held)
    box.add(ProducerRecord("posts.normalized", 0, b"key", b"value"))
    flushing = asyncio.create_task(box.flush())
    while not producer.sent:
        await asyncio.sleep(0)
    clock.now += 15.0
    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(flushing, DEADLINE_S)
