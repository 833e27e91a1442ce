"""Checks before Faust starts, which itself would retry for ever, or end in a traceback."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    BrokerResponseError,
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from processors.errors import BrokerRefusedError, IdempotenceError, TopicMismatchError
from processors.stream.delivery.producer import new_producer
from runtime.errors import FatalError
from runtime.kafka.aiokafka_options import client_options, servers
from runtime.kafka.cluster_topics import ClusterTopics
from runtime.kafka.errors import BrokerUnavailableError, TopicMissingError
from runtime.kafka.tls import certificate_hint
from runtime.settings.kafka import KafkaSettings
from schemas.plurals import counted
from schemas.topics import (
    CITATIONS,
    DEAD_LETTERS,
    DUPLICATES,
    FLAT_TOPICS,
    NORMALIZED,
    QUOTES,
    RAW_LIVE,
    STATES,
    WORKER_INPUTS,
)

NEEDED = (*WORKER_INPUTS, STATES, NORMALIZED, QUOTES, CITATIONS, DUPLICATES, DEAD_LETTERS)
"""Topics that must exist before a worker starts."""

CONNECT_TIMEOUT_S = 30.0
"""Longest wait for a broker that does not answer: it may be starting beside us."""
TOPICS_TIMEOUT_S = 5.0
"""Longest wait for topics that are missing: they may just have been created."""
RETRY_S = 0.25
_log = structlog.stdlib.get_logger(__name__)

_REFUSALS = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)


async def inspect_cluster(settings: KafkaSettings, *, flat: bool = False) -> ClusterTopics:
    """The topics as the cluster has them, with ``flat`` the flat ones as well.

    BrokerUnavailableError, BrokerRefusedError, TopicMissingError, TopicMismatchError or IdempotenceError.
    """
    if not settings.bootstrap_servers:
        raise FatalError("no cluster is set: set KAFKA_BOOTSTRAP_SERVERS or kafka.bootstrap_servers")
    await _connect(settings)
    needed = (*NEEDED, *FLAT_TOPICS) if flat else NEEDED
    partitions = await _partitions(settings, [settings.topic_prefix + topic.name for topic in needed])
    topics = ClusterTopics(settings.topic_prefix, partitions)
    for topic in needed:
        if topic.is_by_channel and topics.partitions(topic) != topics.partitions(RAW_LIVE):
            raise TopicMismatchError(
                f"{topics.name(topic)} has {counted(topics.partitions(topic), 'partition')}, but "
                f"{topics.name(RAW_LIVE)} has {topics.partitions(RAW_LIVE)}: they must be equal"
            )
    await _require_whole_logs(settings, [topics.name(topic) for topic in WORKER_INPUTS])
    if settings.idempotent:
        await _require_idempotence(settings)
    return topics


async def _require_whole_logs(settings: KafkaSettings, names: list[str]) -> None:
    """TopicMismatchError for an input that is compacted: of a post all states are needed, and each offset is looked at.

    A cluster that does not show its settings is trusted.
    """
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    except (IncompatibleBrokerVersion, BrokerResponseError) as error:
        _log.warning("settings of topics not checked", error=type(error).__name__)
        return
    finally:
        await admin.close()
    for _, _, _, name, entries in (resource for answer in answers for resource in answer.resources):
        policies = {entry[1] for entry in entries if entry[0] == "cleanup.policy"}
        if any("compact" in policy for policy in policies):
            raise TopicMismatchError(f"{name} is compacted, and would lose posts: set its cleanup.policy to delete")


async def _connect(settings: KafkaSettings) -> None:
    """Return when one broker accepts us: aiokafka's own start hides why none did."""
    deadline = time.monotonic() + min(CONNECT_TIMEOUT_S, settings.request_timeout_s)
    options = client_options(settings)
    addresses = [_address(server) for server in servers(settings)]
    del options["bootstrap_servers"]
    while True:
        failures = [failure for host, port in addresses if (failure := await _failure(host, port, options))]
        if len(failures) < len(addresses):
            return
        for failure in failures:
            if isinstance(failure, _REFUSALS):
                raise BrokerRefusedError(
                    f"{settings.bootstrap_servers} refused user {settings.username!r} "
                    f"({settings.sasl_mechanism}): check user name and password"
                ) from failure
        if time.monotonic() > deadline:
            is_dropped = isinstance(failures[0], KafkaConnectionError)
            raise BrokerUnavailableError(
                f"no broker answers at {settings.bootstrap_servers} ({settings.security_protocol}): {failures[0]}."
                f"{certificate_hint(settings) if is_dropped else ''}"
            ) from failures[0]
        await asyncio.sleep(RETRY_S)


async def _failure(host: str, port: int, options: dict[str, Any]) -> Exception | None:
    try:
        connection = await asyncio.wait_for(create_conn(host, port, **options), CONNECT_TIMEOUT_S / 3)
    except (KafkaError, OSError) as error:  # TimeoutError is an OSError
        return error
    connection.close()
    return None


def _address(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    return host.strip("[]"), int(port)


async def _partitions(settings: KafkaSettings, names: Iterable[str]) -> dict[str, int]:
    deadline = time.monotonic() + TOPICS_TIMEOUT_S
    client = AIOKafkaClient(**client_options(settings))
    try:
        await client.bootstrap()
        while True:
            cluster = await client.fetch_all_metadata()
            found = {name: len(cluster.partitions_for_topic(name) or ()) for name in names}
            missing = [name for name, count in found.items() if not count]
            if not missing:
                return found
            if time.monotonic() > deadline:
                raise TopicMissingError(f"topics are missing: {', '.join(missing)}; run: tgwire topics create")
            await asyncio.sleep(RETRY_S)
    except KafkaError as error:
        raise BrokerUnavailableError(f"{settings.bootstrap_servers} did not list its topics: {error}") from error
    finally:
        await client.close()


async def _require_idempotence(settings: KafkaSettings) -> None:
    """IdempotenceError when the cluster gives no id to an idempotent producer."""
    producer = new_producer(settings)
    try:
        await producer.start()
    except (BrokerResponseError, IncompatibleBrokerVersion) as error:
        raise IdempotenceError(
            f"{settings.bootstrap_servers} gives no idempotent producer ({type(error).__name__}): for a broker without "
            "them, such as tansu, set TGWIRE_KAFKA__IDEMPOTENT=false (kafka.idempotent)"
        ) from error
    except KafkaError as error:
        raise BrokerUnavailableError(f"{settings.bootstrap_servers} takes no producer: {error}") from error
    finally:
        await producer.stop()
