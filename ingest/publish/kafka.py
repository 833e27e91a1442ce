"""The publisher of raw posts to Kafka, on kafka-python 3."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka import errors as kafka_errors
from kafka.admin import KafkaAdminClient

from ingest.errors import DeliveryTimeoutError, PostTooLargeError, PublishStoppedError
from ingest.publish.base import Delivery, encode, encode_counters, encode_state
from ingest.publish.in_flight import InFlight
from ingest.publish.kafka_errors import delivery_error, missing_topic
from ingest.publish.metrics import IngestMetrics
from runtime.kafka.connection import connect
from runtime.kafka.errors import BrokerUnavailableError, PublishError, PublishTopicMissingError
from runtime.settings.collect import IngestSettings
from runtime.settings.kafka import KafkaSettings
from schemas import ChannelState, CounterUpdate, Lane, RawPost, post_key
from schemas.plurals import counted
from schemas.topics import CHANNEL_STATES, COUNTERS, Topic, raw_topic

_BATCH_BYTES = 128 << 10
"""An idempotent kafka-python has one batch for each partition in flight: small ones would bound the throughput."""
_MAX_REQUEST_BYTES = (1 << 20) + (64 << 10)
"""Above MAX_RAW_BYTES with its overhead, below the raw topics' max.message.bytes."""
_CLOSE_TIMEOUT_S = 5.0


class KafkaPublisher:
    """Idempotent, acknowledged by all replicas, keyed by channel id; every delivery is checked.

    A delivery that failed may still have reached the broker (its answer can get lost): at least once.
    """

    def __init__(
        self, kafka: KafkaSettings, ingest: IngestSettings, metrics: IngestMetrics, *, also: Sequence[Topic] = ()
    ) -> None:
        """Connects and looks for the raw topics, and those in ``also``; for others when they are published to.

        Raises BrokerUnavailableError, SignInError, PublishTopicMissingError and KafkaSettingsError within seconds.
        """
        self._kafka, self._settings = kafka, ingest
        self._servers = kafka.bootstrap_servers
        self._metrics = metrics
        self._topics = {lane: kafka.topic_prefix + raw_topic(lane).name for lane in Lane}
        self._published = {lane: metrics.published_posts.labels(lane.value) for lane in Lane}
        self._in_flight = InFlight(ingest.max_in_flight, metrics.publish_in_flight)
        wanted = (*self._topics.values(), *(kafka.topic_prefix + topic.name for topic in also))
        self._topic_ids = _find_topics(kafka, list(dict.fromkeys(wanted)))
        self._producer = connect(KafkaProducer, kafka, **_producer_options(kafka, ingest))

    def destination(self, lane: Lane) -> str:
        """Name and id of the topic."""
        topic = self._topics[lane]
        return _destination(topic, self._topic_ids[topic])

    def publish(self, post: RawPost) -> Delivery:
        """See ``Publisher``."""
        with self._counting_errors():
            key, value = encode(post)
            self._make_room(len(value))
        return self._send(self._topics[post.lane], key, value, post_key(post.channel.id, post.message_id), post.lane)

    def publish_counters(self, update: CounterUpdate) -> Delivery:
        """See ``Publisher``."""
        with self._counting_errors():
            key, value = encode_counters(update)
            topic = self._found(COUNTERS)
            self._make_room(len(value))
        return self._send(topic, key, value, update.key, None)

    def publish_state(self, channel_id: int, state: ChannelState | None) -> Delivery:
        """See ``Publisher``."""
        with self._counting_errors():
            key, value = encode_state(channel_id, state)
            topic = self._found(CHANNEL_STATES)
            self._make_room(len(value or b""))
        return self._send(topic, key, value, f"the state of channel {channel_id}", None)

    def _found(self, topic: Topic) -> str:
        """Name of a topic that exists; a replay, which does not publish to it, needs none."""
        name = self._kafka.topic_prefix + topic.name
        if name not in self._topic_ids:
            self._topic_ids |= _find_topics(self._kafka, [name])
        return name

    def _send(self, topic: str, key: bytes, value: bytes | None, what: str, lane: Lane | None) -> Delivery:
        """Send a record for which there is room; ``what`` names it in errors: the key of its post."""
        size = len(value or b"")
        delivery = _KafkaDelivery(self, topic, what, size, lane)
        try:
            future = self._producer.send(topic, value, key)
        except kafka_errors.KafkaError as error:
            delivery.fail(error)
            raise delivery_error(error, what, topic) from error
        except BaseException:
            self._in_flight.leave(size)
            raise
        future.add_callback(delivery.succeed)
        future.add_errback(delivery.fail)
        return delivery

    @contextmanager
    def _counting_errors(self) -> Iterator[None]:
        try:
            yield
        except (PostTooLargeError, BrokerUnavailableError, PublishTopicMissingError) as error:
            self._metrics.publish_errors.labels(error.kind).inc()
            raise

    def flush(self) -> None:
        """See ``Publisher``."""
        remaining = self._in_flight.drain(self._settings.delivery_timeout_s)
        if remaining:
            raise DeliveryTimeoutError(
                f"{self._servers} did not acknowledge {counted(remaining, 'post')} in time. "
                "Check the broker, then replay again: it resumes at the first that is missing."
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
            "Check the broker, then replay again: it resumes where it stopped."
        )

    def record_result(self, lane: Lane | None, size: int, started: float, failure: PublishError | None) -> None:
        """Called by deliveries, on the client's thread; ``lane`` is that of a post."""
        if failure is None:
            if lane is not None:
                self._published[lane].inc()
            self._metrics.publish_seconds.observe(time.monotonic() - started)
        else:
            self._metrics.publish_errors.labels(failure.kind).inc()
        self._in_flight.leave(size, failure)


class _KafkaDelivery:
    """Settled by the client's thread, read by the caller's."""

    __slots__ = ("_lane", "_post", "_publisher", "_size", "_started", "_topic", "error", "is_settled")

    def __init__(self, publisher: KafkaPublisher, topic: str, post: str, size: int, lane: Lane | None) -> None:
        self.error: PublishError | None = None
        self.is_settled = False
        self._publisher, self._topic, self._post, self._size, self._lane = publisher, topic, post, size, lane
        self._started = time.monotonic()

    def succeed(self, _metadata: object) -> None:
        self._complete(None)

    def fail(self, error: BaseException) -> None:
        self._complete(delivery_error(error, self._post, self._topic))

    def _complete(self, error: PublishError | None) -> None:
        self.error = error
        self.is_settled = True
        self._publisher.record_result(self._lane, self._size, self._started, error)


def destinations(kafka: KafkaSettings) -> dict[Lane, str]:
    """What ``KafkaPublisher.destination`` is for each lane. Raises as it does."""
    names = {lane: kafka.topic_prefix + raw_topic(lane).name for lane in Lane}
    ids = _find_topics(kafka, list(names.values()))
    return {lane: _destination(name, ids[name]) for lane, name in names.items()}


def _destination(topic: str, topic_id: str) -> str:
    return f"{topic}:{topic_id}"


def _find_topics(kafka: KafkaSettings, topics: list[str]) -> dict[str, str]:
    """Topic -> its id, which a recreated topic does not share.

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
