"""Quix Streams: data frames of the inputs, each record to the topic that it names.

A data frame hands over one message at a time, so the core is called post by post.
"""

from typing import Any

from quixstreams import Application, message_context
from quixstreams.dataframe import StreamingDataFrame
from quixstreams.models import SerializationContext, Serializer, Topic

from benchmarks.drivers.core_stages import CoreStages, Record
from runtime.settings.tree import Settings


class ValueOf(Serializer):
    """The value of a record; its key goes beside it."""

    def __call__(self, value: Record, ctx: SerializationContext) -> bytes:
        """Bytes, as they are."""
        return value.value


def run(settings: Settings) -> None:
    """Run until the process is ended."""
    stages = CoreStages(settings)
    app = Application(
        broker_address=settings.kafka.bootstrap_servers,
        consumer_group=settings.worker.group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        commit_interval=settings.worker.commit_interval_s,
        consumer_extra_config={"session.timeout.ms": int(settings.worker.session_timeout_s * 1000)},
        producer_extra_config={"compression.type": "lz4", "enable.idempotence": True, "linger.ms": 5},
        loglevel="WARNING",
    )
    topics: dict[str, Topic] = {}

    def topic(name: str) -> Topic:
        if name not in topics:
            topics[name] = app.topic(
                name, key_deserializer="bytes", value_deserializer="bytes", key_serializer="bytes",
                value_serializer=ValueOf(),
            )  # fmt: skip
        return topics[name]

    def handle(value: Any) -> list[Record]:  # noqa: ANN401 - bytes, by the deserializer above
        at = message_context()
        return list(stages.handle(at.topic, at.partition, [value]))

    for name in stages.inputs:
        frame: StreamingDataFrame = app.dataframe(topic(name))
        frame = frame.apply(handle, expand=True)
        frame.to_topic(lambda out, *_: topic(out.topic), key=lambda out: out.key)
    app.run()


if __name__ == "__main__":
    run(Settings())
