"""A local broker for demos and tests: Apache Kafka, as one node or several, or Tansu; without Docker."""

from tgwire.local_broker.apache import ProxiedListener
from tgwire.local_broker.engine import Capabilities, Engine, EngineName, missing
from tgwire.local_broker.nodes import BrokerCluster, start_cluster
from tgwire.local_broker.server import Broker, start_broker

__all__ = [
    "Broker",
    "BrokerCluster",
    "Capabilities",
    "Engine",
    "EngineName",
    "ProxiedListener",
    "missing",
    "start_broker",
    "start_cluster",
]
