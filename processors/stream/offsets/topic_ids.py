"""Ids of topics, by which a recreated topic is distinguished from the earlier one of that name.

A broker gives them from version 10 of its answer about topics on: Apache Kafka since 2.8, Tansu. aiokafka asks for
version 5 at most, hence the request here.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from runtime.kafka.aiokafka_options import client_options
from runtime.kafka.errors import BrokerUnavailableError, TopicMissingError
from runtime.settings.kafka import KafkaSettings

TOPICS_TIMEOUT_S = 5.0
"""Longest wait for topics that have just been made: not every broker knows them at once."""
RETRY_S = 0.25

_NONE = UUID(int=0)
_log = structlog.stdlib.get_logger(__name__)


async def topic_ids(settings: KafkaSettings, names: Sequence[str]) -> dict[str, str]:
    """The id of each topic, named in full; empty strings from a cluster that has no ids, which is logged.

    TopicMissingError, BrokerUnavailableError.
    """
    deadline = time.monotonic() + TOPICS_TIMEOUT_S
    client = AIOKafkaClient(**client_options(settings))
    try:
        await client.bootstrap()
        while True:
            topics = await _ask(client, names)
            faults = [f"{topic.name} ({for_code(topic.error_code).__name__})" for topic in topics if topic.error_code]
            if not faults:
                return _ids(topics)
            if time.monotonic() > deadline:
                raise TopicMissingError(f"topics cannot be used: {', '.join(faults)}; run: tgwire topics create")
            await asyncio.sleep(RETRY_S)
    except (IncompatibleBrokerVersion, NotImplementedError):  # the latter is what aiokafka raises for an old broker
        return _ids([_Topic(0, name, _NONE, False, [], 0, {}) for name in names])
    except KafkaError as error:
        raise BrokerUnavailableError(f"{settings.bootstrap_servers} did not list its topics: {error}") from error
    finally:
        await client.close()


class TopicIdCache:
    """Ids of topics, asked for once in each generation of the group: a topic that is made again begins another one."""

    def __init__(self, ask: Callable[[], Awaitable[dict[str, str]]], generation: Callable[[], int]) -> None:
        self._ask, self._generation = ask, generation
        self._known: tuple[int, dict[str, str]] | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> dict[str, str]:
        """The id of each topic; errors as of ``topic_ids``."""
        async with self._lock:
            generation = self._generation()
            if self._known is None or self._known[0] != generation:
                self._known = generation, await self._ask()
            return self._known[1]


async def _ask(client: Any, names: Sequence[str]) -> "list[_Topic]":  # noqa: ANN401 - aiokafka is untyped
    response = await client.send(client.get_random_node(), _TopicsRequest(names))
    return [_Topic(*topic) for topic in response.topics]


def _ids(topics: "list[_Topic]") -> dict[str, str]:
    ids = {topic.name: "" if topic.topic_id == _NONE else str(topic.topic_id) for topic in topics}
    if not all(ids.values()):
        _log.warning("the cluster has no topic ids: when posts.normalized was recreated, run tgwire states reset")
    return ids


class _Uuid:
    """A UUID on the wire: 16 bytes."""

    @staticmethod
    def encode(value: UUID) -> bytes:
        return value.bytes

    @staticmethod
    def decode(data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))

    @staticmethod
    def repr(value: UUID) -> str:
        return str(value)


class _Topic(NamedTuple):
    error_code: int
    name: str
    topic_id: UUID
    is_internal: bool
    partitions: list[Any]
    authorized_operations: int
    tags: dict[int, bytes]


_STRING = CompactString("utf-8")
_BROKER = (("node_id", Int32), ("host", _STRING), ("port", Int32), ("rack", _STRING), ("tags", TaggedFields))
_PARTITION = (
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)),
    ("isr", CompactArray(Int32)),
    ("offline", CompactArray(Int32)),
    ("tags", TaggedFields),
)
_TOPIC = (
    ("error_code", Int16),
    ("name", _STRING),
    ("topic_id", _Uuid),
    ("is_internal", Boolean),
    ("partitions", CompactArray(*_PARTITION)),
    ("authorized_operations", Int32),
    ("tags", TaggedFields),
)


class _TopicsResponse(Response):
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(*_BROKER)),
        ("cluster_id", _STRING),
        ("controller_id", Int32),
        ("topics", CompactArray(*_TOPIC)),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _TopicsStruct(RequestStruct):
    API_KEY = 3
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _TopicsResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _STRING), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _TopicsRequest(Request[_TopicsStruct]):
    """Metadata request that asks for the ids of topics (KIP-516)."""

    API_KEY = 3

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_TopicsStruct]) -> _TopicsStruct:
        """The request in a version that the broker knows."""
        return request_struct_class([(_NONE, name, {}) for name in self._names], False, False, False, {})
