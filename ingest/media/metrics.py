"""Metrics of media files; listed with their labels in ``docs/metrics.md``."""

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

FileOutcome = Literal["stored", "known", "too_large", "type", "put_off", "failed", "dropped"]


class MediaMetrics:
    """Metrics of downloaded media files on one registry; labels are bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.files = Counter(
            "tgwire_media_files",
            "Files of posts seen with --media: stored, known (stored or listed before), too_large or type (excluded by "
            "the settings), put_off (counted at each delay), failed (given up), or dropped (the list was full).",
            ["outcome"],
            registry=registry,
        )
        self.stored_bytes = Counter("tgwire_media_bytes", "Bytes of media files that were stored.", registry=registry)
        self.queue_depth = Gauge(
            "tgwire_media_queue_depth",
            "Files that wait to be downloaded, including those put off.",
            registry=registry,
        )
        self.put_off = Gauge("tgwire_media_put_off", "Files that will be tried again later.", registry=registry)
