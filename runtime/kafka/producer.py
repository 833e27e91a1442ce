"""A producer of kafka-python for a command that sends a few records and waits for each."""

from kafka import KafkaProducer, errors

from runtime.kafka.connection import connect
from runtime.settings.kafka import KafkaSettings

REFUSALS = (errors.MessageSizeTooLargeError, errors.UnknownTopicOrPartitionError, errors.AuthorizationError)
"""Errors of a cluster that refuses one record; another may go through."""

__all__ = ["REFUSALS", "KafkaProducer", "connect_producer"]


def connect_producer(settings: KafkaSettings, max_request_size: int) -> KafkaProducer:
    """A producer for records up to ``max_request_size`` bytes; raises what ``runtime.kafka.connection.connect`` does.

    To be closed by the caller.
    """
    timeout_ms = int(settings.request_timeout_s * 1000)
    return connect(
        KafkaProducer,
        settings,
        acks="all",
        enable_idempotence=settings.idempotent,
        max_request_size=max_request_size,
        allow_auto_create_topics=False,
        max_block_ms=timeout_ms,
        # Gives up before who waits for an answer twice as long: close() of kafka-python 3.0 leaves its thread running
        # while a batch is open.
        delivery_timeout_ms=timeout_ms,
    )
