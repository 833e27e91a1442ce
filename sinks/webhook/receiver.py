"""The receiver of a webhook: its address and key by the settings, and the client that reaches it."""

from dataclasses import dataclass

import httpx

from runtime.settings.sink import WebhookSinkSettings
from sinks.errors import SinkSettingError
from sinks.webhook.guarded_transport import GuardedTransport
from sinks.webhook.signature import key_of


@dataclass(frozen=True, slots=True)
class Receiver:
    """The address that requests go to, and the key that signs them."""

    url: str
    host: str
    key: bytes


def receiver_of(settings: WebhookSinkSettings) -> Receiver:
    """The receiver that is set; raises SinkSettingError."""
    if settings.url is None or settings.secret is None:
        missing = "url" if settings.url is None else "secret"
        raise SinkSettingError(f"sink.webhook.{missing} is not set, in tgwire.toml or TGWIRE_SINK__WEBHOOK__...")
    key = key_of(settings.secret.get_secret_value())
    host = httpx.URL(settings.url).host
    if not host:
        raise SinkSettingError("sink.webhook.url: it names no host")
    return Receiver(settings.url, host, key)


def client_of(settings: WebhookSinkSettings) -> httpx.AsyncClient:
    """A client that reaches public addresses alone, and what ``settings.networks`` allows; it follows no redirect."""
    limits = httpx.Limits(max_connections=settings.concurrency)
    return httpx.AsyncClient(
        transport=GuardedTransport(settings.networks, limits),
        timeout=settings.timeout_s,
        follow_redirects=False,
        trust_env=False,
    )
