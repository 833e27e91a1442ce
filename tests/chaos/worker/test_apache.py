"""What design section 4 had left open on Apache Kafka: each point with its test."""

import asyncio
import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import kafka
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from processors.errors import LeaseLostError
from processors.stream.delivery.batch_producer import OutputBatch, ProducerRecord
from processors.stream.delivery.producer import new_producer
from processors.stream.delivery.session_lease import ask_before_sending
from runtime.kafka.admin import admin_client
from runtime.kafka.connection import connect
from runtime.kafka.group_lag import group_lag
from runtime.kafka.topic_reader import end_offsets, read_topic
from runtime.kafka.topics import create_topics
from runtime.settings.kafka import KafkaSettings
from runtime.settings.process import LogSettings
from runtime.settings.tree import Settings
from runtime.settings.worker import WorkerSettings
from schemas import Channel, Lane, PostSource, RawPost
from schemas.topics import DEAD_LETTERS, MAX_RECORD_BYTES, NORMALIZED, RAW_LIVE, TOPICS
from tests.chaos.worker.fleet import Fleet
from tests.chaos.worker.proxy import Proxy
from tests.support.patience import DEADLINE_S, KAFKA_POLL_S
from tgwire.local_broker import Broker, ProxiedListener, start_broker
from tgwire.local_broker.ports import HOST, free_ports

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("apache")]


@pytest.fixture(scope="module")
def listener() -> ProxiedListener:
    return ProxiedListener(*free_ports(2))


@pytest.fixture(scope="module")
def broker(listener: ProxiedListener) -> Iterator[Broker]:
    with start_broker("apache", proxied=listener) as running:
        yield running


@pytest.fixture
def settings(broker: Broker) -> Settings:
    prefix = f"t{uuid.uuid4().hex[:8]}."
    own = broker.settings(KafkaSettings(topic_prefix=prefix))
    create_topics(own)
    worker = WorkerSettings(group=prefix + "group", session_timeout_s=6.0, stall_timeout_s=5.0)
    return Settings(kafka=own, worker=worker, log=LogSettings(format="json"))


@pytest.fixture
def fleet(settings: Settings, tmp_path: Path) -> Iterator[Fleet]:
    with Fleet(settings, tmp_path) as running:
        running.start(0)
        yield running


def wait_for(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        threading.Event().wait(KAFKA_POLL_S)


CHANNEL = 5
"""Its posts belong on partition 0."""


def post(number: int) -> RawPost:
    text = f"The government said on Monday that road {number} between both cities would open in spring."
    source = PostSource(kind="chaos", position=number)
    return RawPost(channel=Channel(id=CHANNEL), message_id=number + 1, text=text, source=source, lane=Lane.LIVE)


def message(number: int) -> tuple[bytes, bytes]:
    return b"%d" % CHANNEL, post(number).model_dump_json().encode()


def publish(settings: Settings, numbers: range) -> None:
    producer = connect(kafka.KafkaProducer, settings.kafka)
    try:
        for key, value in map(message, numbers):
            producer.send(settings.kafka.topic_prefix + RAW_LIVE.name, value, key, partition=0)
        producer.flush(DEADLINE_S)
    finally:
        producer.close()


def came_out(settings: Settings) -> set[int]:
    """Numbers of the posts that came out."""
    keys = {(record.key or b"").decode() for record in read_topic(settings.kafka, NORMALIZED)}
    return {int(key.rpartition(":")[2]) - 1 for key in keys}


class TestIdempotentBatches:
    """aiokafka's ``send_batch`` with idempotence, over a line that breaks again and again."""

    async def test_each_record_is_there_once_and_in_order(self, settings: Settings, listener: ProxiedListener) -> None:
        proxied = settings.kafka.model_copy(update={"bootstrap_servers": f"{HOST}:{listener.advertised_port}"})
        topic = settings.kafka.topic_prefix + NORMALIZED.name
        with Proxy(listener.advertised_port, listener.port) as proxy:
            producer = new_producer(proxied)
            await producer.start()
            try:
                breaking = asyncio.create_task(_break_often(proxy))
                for start in range(0, 3000, 50):
                    box = OutputBatch(producer, DEADLINE_S)
                    for number in range(start, start + 50):
                        box.add(ProducerRecord(topic, number % 3, b"key", b"%d" % number))
                    await box.flush()
                await breaking
            finally:
                await producer.stop()
        stored = list(read_topic(settings.kafka, NORMALIZED))
        for partition in range(3):
            got = [int(record.value or b"") for record in stored if record.partition == partition]
            assert got == list(range(partition, 3000, 3))


async def test_what_aiokafka_keeps_back_is_not_sent_without_a_lease(
    settings: Settings, listener: ProxiedListener
) -> None:
    """A batch waits for the one before it; a worker that is frozen meanwhile must not send it when it wakes."""
    proxied = settings.kafka.model_copy(update={"bootstrap_servers": f"{HOST}:{listener.advertised_port}"})
    topic = settings.kafka.topic_prefix + NORMALIZED.name
    may_send: int | None = (
        None  # what comes before may be sent again: a topic that has just been made may lack a leader
    )
    was_sent, was_asked = asyncio.Event(), asyncio.Event()

    def require() -> None:
        nonlocal may_send
        if may_send == 0:
            was_asked.set()
            raise LeaseLostError
        may_send = may_send and may_send - 1
        was_sent.set()

    def batch(producer: AIOKafkaProducer, value: bytes) -> Any:
        made = producer.create_batch()
        made.append(key=b"key", value=value, timestamp=None)
        made.close()
        return made

    with Proxy(listener.advertised_port, listener.port) as proxy:
        producer = new_producer(proxied)
        ask_before_sending(producer.client, require)
        await producer.start()
        try:
            await (await producer.send_batch(batch(producer, b"before"), topic, partition=0))
            proxy.delay(1.0)
            was_sent.clear()
            may_send = 1
            first = await producer.send_batch(batch(producer, b"on its way"), topic, partition=0)
            # It is written in the same turn of the loop; the next one waits for its answer.
            await asyncio.wait_for(was_sent.wait(), DEADLINE_S)
            await producer.send_batch(batch(producer, b"kept back"), topic, partition=0)
            proxy.delay(0.0)
            await first
            await asyncio.wait_for(was_asked.wait(), DEADLINE_S)
        finally:
            with contextlib.suppress(KafkaError, LeaseLostError):
                await producer.stop()
    assert [record.value for record in read_topic(settings.kafka, NORMALIZED)] == [b"before", b"on its way"]


async def _break_often(proxy: Proxy) -> None:
    random = Random(1)
    for _ in range(8):
        await asyncio.sleep(random.uniform(0.02, 0.3))
        await asyncio.to_thread(proxy.cut)
        await asyncio.sleep(random.uniform(0.0, 0.2))
        await asyncio.to_thread(proxy.mend)


async def test_records_up_to_the_largest_are_delivered(settings: Settings) -> None:
    """Batches close to ``max.message.bytes``, of records that no codec can make small."""
    random = Random(2)
    edge = (999_000, 1_000_000, 1_000_001, 2_500_000, MAX_RECORD_BYTES - 1_000, MAX_RECORD_BYTES)
    sizes = [size for size in edge for _ in range(2)] + [400_000] * 7
    topic = settings.kafka.topic_prefix + NORMALIZED.name
    producer = new_producer(settings.kafka)
    await producer.start()
    try:
        box = OutputBatch(producer, DEADLINE_S)
        for number, size in enumerate(sizes):
            key = b"%d" % number
            box.add(ProducerRecord(topic, 0, key, random.randbytes(size - len(key))))
        await box.flush()
    finally:
        await producer.stop()
    stored = list(read_topic(settings.kafka, NORMALIZED))
    assert [len(record.key or b"") + len(record.value or b"") for record in stored] == sizes
    assert box.ends == {(topic, 0): len(sizes)}


async def test_a_clock_that_is_ahead_stops_no_delivery(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka 4 refuses records that are more than an hour ahead of its own clock (``InvalidTimestampError``)."""
    real_time, ahead_s = time.time, 7200
    monkeypatch.setattr(time, "time", lambda: real_time() + ahead_s)
    producer = new_producer(settings.kafka)
    await producer.start()
    try:
        box = OutputBatch(producer, DEADLINE_S)
        for topic in TOPICS:
            box.add(ProducerRecord(settings.kafka.topic_prefix + topic.name, 0, b"key", b"{}"))
        await box.flush()
    finally:
        await producer.stop()
    (stored,) = read_topic(settings.kafka, RAW_LIVE)
    assert stored.timestamp_ms < (time.time() - ahead_s / 2) * 1000


def test_gaps_that_transactions_leave_are_no_holes(settings: Settings, fleet: Fleet) -> None:
    """Markers take offsets that no record has: also at the end of a partition, where they look like a stall."""
    producer: Any = connect(
        kafka.KafkaProducer, settings.kafka, transactional_id=settings.kafka.topic_prefix, linger_ms=0
    )
    try:
        producer.init_transactions()
        for start in range(0, 60, 10):
            producer.begin_transaction()
            for key, value in map(message, range(start, start + 10)):
                producer.send(settings.kafka.topic_prefix + RAW_LIVE.name, value, key, partition=0)
            producer.commit_transaction()
    finally:
        producer.close()
    assert end_offsets(settings.kafka, RAW_LIVE)[0] == 66
    wait_for("all posts", lambda: came_out(settings) == set(range(60)))
    # Past the stall timeout, with a marker as the last thing in the partition.
    stalls = fleet.exits["73"]
    silent_until = time.monotonic() + 2.5 * settings.worker.stall_timeout_s
    wait_for("the stall watchdog to stay silent", lambda: time.monotonic() > silent_until)
    assert fleet.exits["73"] == stalls
    publish(settings, range(60, 70))
    wait_for("posts after the gap", lambda: came_out(settings) == set(range(70)))
    assert set(fleet.exits) <= {"71", "73"}, "no hole was seen"
    assert list(read_topic(settings.kafka, DEAD_LETTERS)) == []


def test_a_topic_that_is_recreated_under_a_running_worker(settings: Settings, fleet: Fleet) -> None:
    """Its first records carry offsets that the worker has seen before."""
    publish(settings, range(200))
    wait_for("the first posts", lambda: came_out(settings) == set(range(200)))
    # A commit that is on its way could still hit the new topic: no topic may go while posts are in it.
    wait_for("their commit", lambda: not sum(group_lag(settings.kafka, settings.worker.group).values()))
    with admin_client(settings.kafka) as admin:
        admin.delete_topics([settings.kafka.topic_prefix + RAW_LIVE.name])
    wait_for("the new topic", lambda: _is_made(settings))
    publish(settings, range(1000, 1040))
    wait_for("the posts of the new topic", lambda: came_out(settings) >= set(range(1000, 1040)))


def _is_made(settings: Settings) -> bool:
    return f"{settings.kafka.topic_prefix}{RAW_LIVE.name}" in create_topics(settings.kafka).created
