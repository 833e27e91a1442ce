"""Metrics of Telegram accounts; listed with their labels in ``docs/metrics.md``."""

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

MethodOutcome = Literal["ok", "flood", "refused", "lost", "unreadable"]
ReceivedKind = Literal[
    "posted",
    "edited",
    "deleted",
    "unwatched",
    "deleted_elsewhere",
    "channel_changed",
    "missed",
    "unreadable",
    "failed",
    "other",
]


class TelegramMetrics:
    """Metrics of accounts and their requests on one registry; accounts and methods are bounded sets."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "tgwire_telegram_requests",
            "Requests to Telegram that ended: ok, flood (Telegram demands a wait), refused, lost (no answer), or "
            "unreadable.",
            ["account", "method", "outcome"],
            registry=registry,
        )
        self.flood_seconds = Counter(
            "tgwire_telegram_flood_seconds",
            "Seconds of waiting that Telegram demanded of an account (FLOOD_WAIT).",
            ["account", "method"],
            registry=registry,
        )
        self.flood_until = Gauge(
            "tgwire_telegram_flood_until_timestamp_seconds",
            "Unix time at which the last demanded wait ends; it lies in the past when there is none.",
            ["account", "method"],
            registry=registry,
        )
        self.reconnects = Counter(
            "tgwire_telegram_reconnects",
            "Connections of an account after its first one.",
            ["account"],
            registry=registry,
        )
        self.connected = Gauge(
            "tgwire_telegram_connected",
            "1 while the account is connected and signed in, else 0.",
            ["account"],
            registry=registry,
        )
        self.updates = Counter(
            "tgwire_telegram_updates",
            "Updates received from Telegram; missed counts detected gaps in them, unreadable counts packets of a newer "
            "protocol layer, and failed counts errors of tgwire itself.",
            ["account", "kind"],
            registry=registry,
        )
