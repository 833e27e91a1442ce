"""The settings of the cluster, in the words of aiokafka and Faust."""

import ssl
from collections.abc import Callable
from functools import cache
from typing import Any

import faust
from aiokafka import AIOKafkaProducer
from aiokafka.protocol.produce import ProduceRequest

from processors.errors import TlsFileError
from runtime.kafka.lz4_level import compress_fast
from runtime.kafka.tls import tls_context
from runtime.settings.kafka import KafkaSettings

CLIENT_ID = "tgwire-worker"
BATCH_BYTES = 1_000_000
"""A batch is closed at this size; a larger record travels alone in one. Well under max.message.bytes of every
topic (4 MiB), which counts the whole batch."""


def servers(settings: KafkaSettings) -> list[str]:
    """The bootstrap servers; empty when none are set."""
    return settings.bootstrap_servers.split(",") if settings.bootstrap_servers else []


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """Options of every aiokafka client. Holds the password: never log it. Raises TlsFileError."""
    options: dict[str, Any] = {
        "bootstrap_servers": servers(settings),
        "client_id": CLIENT_ID,
        "request_timeout_ms": int(settings.request_timeout_s * 1000),
        "security_protocol": settings.security_protocol,
        "ssl_context": _ssl_context(settings),
    }
    if _has_sasl(settings):
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": _password(settings),
        }
    return options


def faust_options(settings: KafkaSettings) -> dict[str, Any]:
    """Options of ``faust.App`` for the connection. Holds the password: never log it."""
    context = _ssl_context(settings)
    credentials: Any = None
    if _has_sasl(settings):
        credentials = faust.SASLCredentials(
            username=settings.username,
            password=_password(settings),
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


def ask_before_sending(client: Any, require: Callable[[], None]) -> None:  # noqa: ANN401 - aiokafka is untyped
    """Call ``require`` right before records go to the socket: aiokafka keeps a batch back while another one of its
    partition is on its way, so that a look when it is handed over comes too early.
    """
    send = client.send

    async def send_after_look(node_id: int, request: object, **options: Any) -> Any:  # noqa: ANN401
        if isinstance(request, ProduceRequest):
            await client.ready(node_id, **options)  # what follows does not wait on the way to the socket
            require()
        return await send(node_id, request, **options)

    client.send = send_after_look


def _has_sasl(settings: KafkaSettings) -> bool:
    return settings.security_protocol.startswith("SASL_")


def _password(settings: KafkaSettings) -> str | None:
    return None if settings.password is None else settings.password.get_secret_value()


@cache
def _ssl_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Read once, so that files that are being replaced cannot hinder a worker that runs."""
    try:
        return tls_context(settings)
    except ValueError as error:
        raise TlsFileError(str(error)) from error
