"""Metrics of Telegram accounts; ``docs/metrics.md`` says what each means."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class TelegramMetrics:
    """All metrics of this package on one registry; accounts and methods are bounded sets."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "tgwire_telegram_requests",
            "Requests to Telegram that ended.",
            ["account", "method", "outcome"],
            registry=registry,
        )
        self.flood_seconds = Counter(
            "tgwire_telegram_flood_seconds",
            "Seconds that Telegram made it wait.",
            ["account", "method"],
            registry=registry,
        )
        self.flood_until = Gauge(
            "tgwire_telegram_flood_until_timestamp_seconds",
            "When the last such wait ends.",
            ["account", "method"],
            registry=registry,
        )
        self.reconnects = Counter(
            "tgwire_telegram_reconnects", "Connections after the first.", ["account"], registry=registry
        )
        self.connected = Gauge("tgwire_telegram_connected", "1 while signed in.", ["account"], registry=registry)
        self.updates = Counter(
            "tgwire_telegram_updates", "What Telegram reported unasked.", ["account", "kind"], registry=registry
        )
