"""What a sink will never take becomes a dead letter: the record's own bytes, with the reason in a header."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from runtime.kafka.admin import cluster_errors
from runtime.kafka.producer import connect_producer
from runtime.settings.kafka import KafkaSettings
from schemas import DeadLetter
from schemas.topics import DEAD_LETTER_HEADER, DEAD_LETTERS, SINK_STAGE, TOPIC_ID_HEADER
from sinks.contract import Partition, Refusal

Send = Callable[[Partition, Sequence[Refusal]], None]
"""Returns when the broker has them all; raises TransientError or FatalError."""


class DeadLetterSender:
    """Sends to ``dead-letters``; connects for each call, since refusals are rare."""

    def __init__(self, settings: KafkaSettings, sink: str, version: str) -> None:
        self._settings, self._sink, self._version = settings, sink, version

    def __call__(self, partition: Partition, refusals: Sequence[Refusal]) -> None:
        """Send all of them, each confirmed by the broker."""
        name = self._settings.topic_prefix + DEAD_LETTERS.name
        with cluster_errors(self._settings):
            producer = connect_producer(self._settings, 2 * DEAD_LETTERS.max_message_bytes)
            try:
                sent = [
                    producer.send(
                        name,
                        refusal.message.value,
                        refusal.message.key,
                        [
                            (DEAD_LETTER_HEADER, self._letter(partition, refusal).to_json()),
                            (TOPIC_ID_HEADER, partition.topic_id.encode()),
                        ],
                    )
                    for refusal in refusals
                ]
                for future in sent:
                    future.get(timeout=2 * self._settings.request_timeout_s)
            finally:
                producer.close(timeout=self._settings.request_timeout_s)

    def _letter(self, partition: Partition, refusal: Refusal) -> DeadLetter:
        return DeadLetter(
            stage=SINK_STAGE + self._sink,
            topic=partition.topic,
            partition=partition.number,
            offset=refusal.message.offset,
            reason=refusal.reason,
            field=refusal.field,
            message=refusal.text,
            pipeline_version=self._version,
            failed_at=datetime.now(UTC),
        )
