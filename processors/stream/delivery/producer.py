"""The producer of the worker."""

from aiokafka import AIOKafkaProducer

from runtime.kafka.aiokafka_options import client_options
from runtime.kafka.lz4_level import compress_fast
from runtime.settings.kafka import KafkaSettings

BATCH_BYTES = 1_000_000
"""A batch is closed at this size; a larger record travels alone in one. Well under max.message.bytes of every
topic (4 MiB), which counts the whole batch."""


def new_producer(settings: KafkaSettings) -> AIOKafkaProducer:
    """The producer that delivers all records of the worker; to be started by the caller."""
    compress_fast()
    return AIOKafkaProducer(
        **client_options(settings),
        acks="all",
        enable_idempotence=settings.idempotent,
        max_batch_size=BATCH_BYTES,
        compression_type="lz4",
    )
