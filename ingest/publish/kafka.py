"""The publisher of raw posts to Kafka, on kafka-python 3."""

import time
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka import errors as kafka_errors
from kafka.admin import KafkaAdminClient

from ingest.errors import (
    BrokerUnavailableError,
    DeliveryTimeoutError,
    PostTooLargeError,
    PublishError,
    PublishStoppedError,
)
from ingest.metrics import IngestMetrics
from ingest.publish.base import Delivery, encode
from ingest.publish.connection import connect
from ingest.publish.failures import delivery_error, missing_topic
from ingest.publish.in_flight import InFlight
from schemas import Lane, RawPost, post_key
from schemas.config import IngestSettings, KafkaSettings
from schemas.topics import raw_topic

_BATCH_BYTES = 128 << 10
"""An idempotent kafka-python has one batch for each partition on its way: small ones would bound the throughput."""
_MAX_REQUEST_BYTES = (1 << 20) + (64 << 10)
"""Above MAX_RAW_BYTES with its overhead, below the raw topics' max.message.bytes."""
_CLOSE_TIMEOUT_S = 5.0


class KafkaPublisher:
    """Idempotent, acknowledged by all replicas, keyed by channel id; every delivery is checked.

    A delivery that failed may still have reached the broker (its answer can get lost): at least once.
    """

    def __init__(self, kafka: KafkaSettings, ingest: IngestSettings, metrics: IngestMetrics) -> None:
        """Connects and looks for the raw topics.

        Raises BrokerUnavailableError, SignInError, MissingTopicError and KafkaSettingsError within seconds.
        """
        self._settings = ingest
        self._servers = kafka.bootstrap_servers
        self._metrics = metrics
        self._topics = {lane: kafka.topic_prefix + raw_topic(lane).name for lane in Lane}
        self._published = {lane: metrics.published_posts.labels(lane.value) for lane in Lane}
        self._in_flight = InFlight(ingest.max_in_flight, metrics.publish_in_flight)
        self._topic_ids = _find_topics(kafka, list(self._topics.values()))
        self._producer = connect(KafkaProducer, kafka, **_producer_options(kafka, ingest))

    def destination(self, lane: Lane) -> str:
        """Name and id of the topic."""
        topic = self._topics[lane]
        return f"{topic}:{self._topic_ids[topic]}"

    def publish(self, post: RawPost) -> Delivery:
        """See ``Publisher``."""
        try:
            key, value = encode(post)
            self._make_room(len(value))
        except (PostTooLargeError, BrokerUnavailableError) as error:
            self._metrics.publish_errors.labels(error.kind).inc()
            raise
        delivery = _Delivery(self, post, len(value))
        try:
            future = self._producer.send(self._topics[post.lane], value, key)
        except kafka_errors.KafkaError as error:
            delivery.fail(error)
            raise delivery_error(error, delivery.key, self._topics[post.lane]) from error
        except BaseException:
            self._in_flight.leave(len(value))
            raise
        future.add_callback(delivery.succeed)
        future.add_errback(delivery.fail)
        return delivery

    def flush(self) -> None:
        """See ``Publisher``."""
        remaining = self._in_flight.drain(self._settings.delivery_timeout_s)
        if remaining:
            raise DeliveryTimeoutError(
                f"{remaining} posts were not acknowledged in time by {self._servers}. "
                "Look at the broker, then replay again: it resumes at the first of them."
            )

    def stop(self) -> None:
        """See ``Publisher``."""
        self._in_flight.is_stopped = True

    def close(self) -> None:
        """See ``Publisher``; gives the broker a last few seconds."""
        try:
            self._producer.close(timeout=_CLOSE_TIMEOUT_S)
        except kafka_errors.KafkaTimeoutError:
            # kafka-python leaves its thread running, and trying, when the flush inside close() times out.
            self._producer._sender.force_close()  # noqa: SLF001
            self._producer._sender.join(_CLOSE_TIMEOUT_S)  # noqa: SLF001
            self._producer.close(timeout=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _make_room(self, size: int) -> None:
        timeout_s = self._settings.delivery_timeout_s
        if self._in_flight.enter(size, timeout_s):
            return
        if self._in_flight.failure is not None:
            raise self._in_flight.failure
        if self._in_flight.is_stopped:
            raise PublishStoppedError("Stopped while the broker was awaited.")
        raise BrokerUnavailableError(
            f"No acknowledgement from {self._servers} for {timeout_s:g} s. "
            "Look at the broker, then replay again: it resumes where it stopped."
        )

    def settle(self, post_lane: Lane, size: int, started: float, failure: PublishError | None) -> None:
        """Called by deliveries, on the client's thread."""
        if failure is None:
            self._published[post_lane].inc()
            self._metrics.publish_seconds.observe(time.monotonic() - started)
        else:
            self._metrics.publish_errors.labels(failure.kind).inc()
        self._in_flight.leave(size, failure)

    def topic(self, lane: Lane) -> str:
        """Name of a lane's topic, with the prefix."""
        return self._topics[lane]


class _Delivery:
    """Settled by the client's thread, read by the caller's."""

    __slots__ = ("_lane", "_publisher", "_size", "_started", "error", "is_settled", "key")

    def __init__(self, publisher: KafkaPublisher, post: RawPost, size: int) -> None:
        self.error: PublishError | None = None
        self.is_settled = False
        self.key = post_key(post.channel.id, post.message_id)
        self._publisher, self._lane, self._size = publisher, post.lane, size
        self._started = time.monotonic()

    def succeed(self, _metadata: object) -> None:
        self._settle(None)

    def fail(self, error: BaseException) -> None:
        self._settle(delivery_error(error, self.key, self._publisher.topic(self._lane)))

    def _settle(self, error: PublishError | None) -> None:
        self.error = error
        self.is_settled = True
        self._publisher.settle(self._lane, self._size, self._started, error)


def _find_topics(kafka: KafkaSettings, topics: list[str]) -> dict[str, str]:
    """Topic -> its id, which a topic made anew does not share.

    Asked by the admin client, because for a missing topic the producer only times out, or makes the broker create it.
    """
    admin = connect(KafkaAdminClient, kafka)
    try:
        found = {topic["name"]: topic for topic in admin.describe_topics(topics)}
    except kafka_errors.KafkaError as error:
        raise BrokerUnavailableError(f"{kafka.bootstrap_servers} does not describe its topics ({error}).") from error
    finally:
        admin.close()
    for name in topics:
        if name not in found or found[name]["error_code"]:
            raise missing_topic(name)
    return {name: str(found[name]["topic_id"]) for name in topics}


def _producer_options(kafka: KafkaSettings, ingest: IngestSettings) -> dict[str, Any]:
    return {
        "acks": "all",
        "enable_idempotence": kafka.idempotent,
        "compression_type": None if ingest.compression == "none" else ingest.compression,
        "linger_ms": ingest.linger_ms,
        "batch_size": _BATCH_BYTES,
        "max_request_size": _MAX_REQUEST_BYTES,
        "delivery_timeout_ms": int(ingest.delivery_timeout_s * 1000),
        "max_block_ms": int(kafka.request_timeout_s * 1000),
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
