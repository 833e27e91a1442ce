"""Deliveries: one batch for a partition, order kept, state last, every confirmation awaited."""

import asyncio

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from processors.errors import BatchNotDeliveredError
from processors.stream.delivery.batch_producer import OutputBatch, ProducerRecord, Wave
from processors.testing import MemoryProducer


def record(topic: str, partition: int, value: bytes, wave: Wave = Wave.RECORDS) -> ProducerRecord:
    return ProducerRecord(topic, partition, b"key", value, wave=wave)


async def test_one_batch_for_each_topic_and_partition() -> None:
    producer = MemoryProducer()
    box = OutputBatch(producer, 1.0)
    for number, partition in enumerate((0, 1, 0)):
        box.add(record("a", partition, b"%d" % number))
    await box.flush()
    assert sorted(producer.sent_batches) == [("a", 0, [b"0", b"2"]), ("a", 1, [b"1"])]


async def test_full_batches_follow_each_other_in_order() -> None:
    producer = MemoryProducer(room=2, first_offset=10)
    box = OutputBatch(producer, 1.0)
    for number in range(5):
        box.add(record("a", 0, b"%d" % number))
    await box.flush()
    assert [values for _, _, values in producer.sent_batches] == [[b"0", b"1"], [b"2", b"3"], [b"4"]]
    assert box.ends == {("a", 0): 15}


async def test_state_goes_out_after_all_else() -> None:
    producer = MemoryProducer()
    box = OutputBatch(producer, 1.0)
    box.add(record("posts.fingerprints", 0, b"state", Wave.STATES))
    box.add(record("posts.normalized", 3, b"post"))
    await box.flush()
    assert [topic for topic, _, _ in producer.sent_batches] == ["posts.normalized", "posts.fingerprints"]


async def test_state_stays_back_when_the_rest_fails() -> None:
    producer = MemoryProducer(answer=MessageSizeTooLargeError())
    box = OutputBatch(producer, 1.0)
    box.add(record("posts.normalized", 3, b"post"))
    box.add(record("posts.fingerprints", 0, b"state", Wave.STATES))
    with pytest.raises(BatchNotDeliveredError, match=r"posts\.normalized were not delivered: MessageSizeTooLarge"):
        await box.flush()
    assert [topic for topic, _, _ in producer.sent_batches] == ["posts.normalized"]


async def test_missing_confirmation_is_a_failure_in_bounded_time() -> None:
    box = OutputBatch(MemoryProducer(answer="never"), 0.01)
    box.add(record("a", 0, b"x"))
    with pytest.raises(BatchNotDeliveredError, match="no answer in time"):
        await box.flush()


async def test_a_flush_that_is_cancelled_leaves_no_task() -> None:
    producer = MemoryProducer(answer="never")
    box = OutputBatch(producer, 60.0)
    box.add(record("a", 0, b"x"))
    before = asyncio.all_tasks()
    flush = asyncio.create_task(box.flush())
    while not producer.sent:
        await asyncio.sleep(0)
    flush.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flush
    assert asyncio.all_tasks() == before


async def test_flushed_records_are_not_sent_again() -> None:
    producer = MemoryProducer()
    box = OutputBatch(producer, 1.0)
    box.add(record("a", 0, b"x"))
    assert box.size_bytes == len(b"key") + len(b"x")
    await box.flush()
    await box.flush()
    assert len(producer.sent_batches) == 1
    assert box.size_bytes == 0


async def test_a_confirmation_without_an_offset_leaves_the_end_of_a_partition_unknown() -> None:
    producer = MemoryProducer(first_offset=10)
    box = OutputBatch(producer, 1.0)
    box.add(record("a", 0, b"x"))
    await box.flush()
    producer.answer = "known already"
    box.add(record("a", 0, b"y"))
    box.add(record("a", 1, b"z"))
    await box.flush()
    assert box.ends == {("a", 0): 11}
