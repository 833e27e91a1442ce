"""Connecting to a cluster with kafka-python: settings and error messages."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka import errors as kafka_errors

from runtime.kafka.errors import BrokerUnavailableError, KafkaSettingsError, SignInError
from runtime.kafka.net_client import network_options
from runtime.kafka.tls import certificate_hint, tls_context
from runtime.settings.kafka import KafkaSettings

CONNECT_TIMEOUT_S = 10.0
"""Longest wait for a first answer; a shorter ``request_timeout_s`` bounds it too."""
RECONNECT_BACKOFF_MAX_MS = 2000
"""kafka-python's own 30 s would keep posts waiting long after a broker is back."""
_FIRST_TRY_S = 2.0
"""After this long a refused sign-in is recognised as such, not as a slow broker, and no longer wait is needed."""

ClientT = TypeVar("ClientT")
_logging_lock = threading.Lock()


def client_config(settings: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments of every kafka-python client; raises KafkaSettingsError."""
    if not settings.bootstrap_servers:
        raise KafkaSettingsError(
            "No broker is set. Set kafka.bootstrap_servers (or KAFKA_BOOTSTRAP_SERVERS) to host:port, "
            "or start one here with `tgwire broker`."
        )
    config: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.bootstrap_servers.split(",")],
        "client_id": "tgwire",
        "security_protocol": settings.security_protocol,
        "request_timeout_ms": int(settings.request_timeout_s * 1000),
        "reconnect_backoff_max_ms": RECONNECT_BACKOFF_MAX_MS,
        "bootstrap_timeout_ms": int(min(CONNECT_TIMEOUT_S, settings.request_timeout_s) * 1000),
    }
    if settings.security_protocol.startswith("SASL_") and settings.password is not None:
        config["sasl_mechanism"] = settings.sasl_mechanism
        config["sasl_plain_username"] = settings.username
        config["sasl_plain_password"] = settings.password.get_secret_value()
    try:
        context = tls_context(settings)
    except ValueError as error:
        raise KafkaSettingsError(str(error)) from error
    if context is not None:
        config["ssl_context"] = context
    return config


def connect(client: Callable[..., ClientT], settings: KafkaSettings, **options: object) -> ClientT:
    """Build a kafka-python client and wait until the cluster has answered it.

    Raises SignInError, BrokerUnavailableError and KafkaSettingsError, at the latest after CONNECT_TIMEOUT_S.
    """
    config = client_config(settings) | options
    total_ms = config["bootstrap_timeout_ms"]
    first_ms = min(total_ms, int(_FIRST_TRY_S * 1000))
    faults: list[Exception] = []
    for timeout_ms in filter(None, (first_ms, total_ms - first_ms)):
        with _connection_faults() as collector:
            faults = collector.errors
            try:
                with network_options() as network:
                    return client(**network | config | {"bootstrap_timeout_ms": timeout_ms})
            except (ValueError, OSError, RuntimeError, kafka_errors.KafkaConfigurationError) as error:
                raise KafkaSettingsError(f"The Kafka settings cannot work: {error}") from error
            except kafka_errors.KafkaError as error:
                faults.append(error)
        _raise_if_refused(faults, settings)
    reason = next((fault for fault in faults if not isinstance(fault, kafka_errors.KafkaTimeoutError)), faults[-1])
    hint = ""
    if _is_dropped(faults):
        hint = " The listener may expect TLS or a password: see kafka.security_protocol." + certificate_hint(settings)
    raise BrokerUnavailableError(
        f"No Kafka broker answers at {settings.bootstrap_servers} ({reason}). "
        f"Start it, or correct kafka.bootstrap_servers.{hint}"
    )


def _raise_if_refused(faults: list[Exception], settings: KafkaSettings) -> None:
    """kafka-python 3.0 retries a refused sign-in until its timeout, and often sees only the connection dropped
    behind the broker's answer.
    """
    if not settings.security_protocol.startswith("SASL_"):
        return
    named = (kafka_errors.SaslAuthenticationFailedError, kafka_errors.UnsupportedSaslMechanismError)
    refusal = next((fault for fault in faults if isinstance(fault, named)), None)
    if refusal is not None or _is_dropped(faults):
        raise SignInError(
            f"{settings.bootstrap_servers} refuses user {settings.username!r} "
            f"({refusal or 'it drops the connection at sign-in'}). Correct kafka.username, kafka.password, "
            f"kafka.sasl_mechanism ({settings.sasl_mechanism}) or kafka.security_protocol "
            f"({settings.security_protocol}).{'' if refusal else certificate_hint(settings)}"
        )


def _is_dropped(faults: list[Exception]) -> bool:
    """Whether a broker took the connection and then let it drop."""
    messages = " ".join(map(str, faults))
    return "socket disconnected" in messages and "ECONNREFUSED" not in messages


@contextmanager
def _connection_faults() -> Iterator["_ErrorCollector"]:
    """Errors that kafka-python logs while it connects: it raises only a timeout, which names no reason.

    Its own lines are held back meanwhile, since the error raised from here holds all of it.
    """
    logger = logging.getLogger("kafka")
    collector = _ErrorCollector(logging.WARNING)
    with _logging_lock:
        level, propagate = logger.level, logger.propagate
        logger.addHandler(collector)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        try:
            yield collector
        finally:
            logger.removeHandler(collector)
            logger.setLevel(level)
            logger.propagate = propagate


class _ErrorCollector(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.errors: list[Exception] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple):
            self.errors += [value for value in record.args if isinstance(value, Exception)]
