"""Where collected posts go, and what is known there of those that went before."""

from dataclasses import dataclass
from typing import Protocol

from ingest.ledger.ledger import Ledger
from ingest.publish.base import Publisher
from ingest.publish.kafka import KafkaPublisher
from ingest.publish.metrics import IngestMetrics
from runtime.settings.tree import Settings
from schemas.topics import COLLECTOR_OUTPUTS
from tgwire.processes.published_order import raise_order
from tgwire.processes.published_since import compare_with_topic


class CollectTarget(Protocol):
    """The place that takes collected posts: Kafka or a store."""

    def open(self) -> Publisher:
        """A publisher into it; the one before has been closed. Raises PublishError."""
        ...

    def prepare(self, ledger: Ledger) -> None:
        """Let a ledger know of what was published behind its back: it, or all of the state, may be an older copy. The
        first publisher is open.
        """
        ...


@dataclass(frozen=True, slots=True)
class KafkaTarget:
    """The raw topics of a cluster."""

    settings: Settings
    metrics: IngestMetrics

    def open(self) -> Publisher:
        """See ``CollectTarget``."""
        return KafkaPublisher(self.settings.kafka, self.settings.ingest, self.metrics, also=COLLECTOR_OUTPUTS)

    def prepare(self, ledger: Ledger) -> None:
        """See ``CollectTarget``."""
        compare_with_topic(ledger, self.settings.kafka)
        raise_order(ledger.order, self.settings.kafka)
