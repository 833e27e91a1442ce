"""A bare aiokafka loop: fetch, handle, send each record, wait for all, commit.

With ``--post-by-post`` the core is called for one post at a time, as by clients that hand over single messages.
"""

import asyncio
import sys

import uvloop
from aiokafka import AIOKafkaConsumer

from benchmarks.drivers.core_stages import CoreStages
from processors.stream.delivery.producer import new_producer
from runtime.kafka.aiokafka_options import client_options
from runtime.settings.tree import Settings


async def run(settings: Settings, *, post_by_post: bool) -> None:
    """Run until the process is ended."""
    stages = CoreStages(settings, post_by_post=post_by_post)
    consumer = AIOKafkaConsumer(
        *stages.inputs,
        **client_options(settings.kafka),
        group_id=settings.worker.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=int(settings.worker.session_timeout_s * 1000),
    )
    producer = new_producer(settings.kafka)
    await producer.start()
    await consumer.start()
    while True:
        fetched = await consumer.getmany(timeout_ms=100, max_records=settings.worker.batch_size)
        sent = [
            await producer.send(out.topic, out.value, out.key, out.partition)
            for tp, records in fetched.items()
            for out in stages.handle(tp.topic, tp.partition, [record.value for record in records])
        ]
        if sent:
            await asyncio.gather(*sent)
            await consumer.commit()


if __name__ == "__main__":
    uvloop.run(run(Settings(), post_by_post="--post-by-post" in sys.argv))
