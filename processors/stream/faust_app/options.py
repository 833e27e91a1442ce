"""The settings of the cluster, in the words of aiokafka and Faust."""

from typing import Any

import faust
from aiokafka import AIOKafkaProducer

from runtime.kafka.aiokafka_options import client_options, has_sasl, sasl_password, servers, ssl_context_of
from runtime.kafka.lz4_level import compress_fast
from runtime.settings.kafka import KafkaSettings

BATCH_BYTES = 1_000_000
"""A batch is closed at this size; a larger record travels alone in one. Well under max.message.bytes of every
topic (4 MiB), which counts the whole batch."""


def faust_options(settings: KafkaSettings) -> dict[str, Any]:
    """Options of ``faust.App`` for the connection. Holds the password: never log it."""
    context = ssl_context_of(settings)
    credentials: Any = None
    if has_sasl(settings):
        credentials = faust.SASLCredentials(
            username=settings.username,
            password=sasl_password(settings),
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    elif context is not None:
        credentials = faust.SSLCredentials(context)
    return {"broker": [f"kafka://{server}" for server in servers(settings)], "broker_credentials": credentials}


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
