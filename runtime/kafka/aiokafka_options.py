"""The settings of the cluster as arguments of aiokafka."""

import ssl
from functools import cache
from typing import Any

from runtime.kafka.errors import TlsFileError
from runtime.kafka.tls import tls_context
from runtime.settings.kafka import KafkaSettings

CLIENT_ID = "tgwire-worker"


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
        "ssl_context": ssl_context_of(settings),
    }
    if has_sasl(settings):
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": sasl_password(settings),
        }
    return options


def has_sasl(settings: KafkaSettings) -> bool:
    """Whether a user signs in by SASL."""
    return settings.security_protocol.startswith("SASL_")


def sasl_password(settings: KafkaSettings) -> str | None:
    """The user's password: never log it."""
    return None if settings.password is None else settings.password.get_secret_value()


@cache
def ssl_context_of(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Read once, so that files that are being replaced cannot hinder a worker that runs."""
    try:
        return tls_context(settings)
    except ValueError as error:
        raise TlsFileError(str(error)) from error
