"""A bare confluent-kafka loop: fetch, handle, produce each record, flush, commit."""

from collections import defaultdict
from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer

from benchmarks.drivers.core_stages import CoreStages
from runtime.settings.tree import Settings


def run(settings: Settings) -> None:
    """Run until the process is ended."""
    stages = CoreStages(settings)
    servers = {"bootstrap.servers": settings.kafka.bootstrap_servers}
    producer = Producer(
        servers
        | {"enable.idempotence": True, "compression.type": "lz4", "linger.ms": 5, "partitioner": "murmur2_random"}
    )
    consumer = Consumer(
        servers
        | {
            "group.id": settings.worker.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": int(settings.worker.session_timeout_s * 1000),
        }
    )
    consumer.subscribe(stages.inputs)
    while True:
        fetched = consumer.consume(settings.worker.batch_size, 0.1)
        for (topic, partition), values in _by_partition(fetched).items():
            for out in stages.handle(topic, partition, values):
                producer.produce(out.topic, out.value, out.key, out.partition, on_delivery=_check)
        if fetched:
            producer.flush()
            consumer.commit(asynchronous=False)


def _by_partition(messages: Iterable[Message]) -> dict[tuple[str, int], list[bytes | None]]:
    values: defaultdict[tuple[str, int], list[bytes | None]] = defaultdict(list)
    for message in messages:
        if (error := message.error()) is not None:
            raise KafkaException(error)
        values[str(message.topic()), int(message.partition() or 0)].append(_value(message))
    return values


def _value(message: Message) -> bytes | None:
    value = message.value()
    return value.encode() if isinstance(value, str) else value


def _check(error: KafkaError | None, _: Message) -> None:
    if error is not None:
        raise KafkaException(error)


if __name__ == "__main__":
    run(Settings())
