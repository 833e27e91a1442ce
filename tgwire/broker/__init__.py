"""A local broker for demos and tests: Apache Kafka or Tansu, without Docker."""

from tgwire.broker.apache import ProxiedListener
from tgwire.broker.engine import Capabilities, Engine, EngineName, missing
from tgwire.broker.server import Broker, start_broker

__all__ = ["Broker", "Capabilities", "Engine", "EngineName", "ProxiedListener", "missing", "start_broker"]
