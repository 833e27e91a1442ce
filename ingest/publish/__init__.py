"""Publishers of raw posts: Kafka, and memory with the same interface.

The one for Kafka is in ``ingest.publish.kafka``: what does not speak to Kafka need not load its client.
"""

from ingest.publish.base import Delivery, Publisher
from ingest.publish.memory import MemoryDelivery, MemoryPublisher

__all__ = ["Delivery", "MemoryDelivery", "MemoryPublisher", "Publisher"]
