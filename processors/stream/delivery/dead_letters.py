"""Messages that cannot be processed: set aside with their own bytes, so that a replay is exact."""

from datetime import UTC, datetime

from processors.core.outcomes import Reject
from processors.core.pipeline import PIPELINE_VERSION
from processors.stream.delivery.batch_producer import ProducerRecord
from processors.stream.kafka_message import KafkaMessage
from runtime.kafka.cluster_topics import ClusterTopics
from schemas import DeadLetter
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS


def dead_letter(topics: ClusterTopics, message: KafkaMessage, stage: str, reject: Reject) -> ProducerRecord:
    """The record on ``dead-letters`` for a message: its key, value and headers unchanged, the reason in one more."""
    topic, partition = message.tp
    letter = DeadLetter(
        stage=stage,
        topic=topics.label(topic),
        partition=partition,
        offset=message.offset,
        reason=reject.reason,
        field=reject.field,
        message=reject.message,
        pipeline_version=PIPELINE_VERSION,
        failed_at=datetime.now(UTC),
    )
    target = (
        topics.partition_of(DEAD_LETTERS, message.key)
        if message.key is not None
        else partition % topics.partitions(DEAD_LETTERS)
    )
    return ProducerRecord(
        topic=topics.name(DEAD_LETTERS),
        partition=target,
        key=message.key,
        value=message.value,
        headers=(
            *(header for header in message.headers or () if header[0] != DEAD_LETTER_HEADER),
            (DEAD_LETTER_HEADER, letter.model_dump_json().encode()),
        ),
    )
