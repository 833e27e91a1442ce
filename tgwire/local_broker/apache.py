"""Apache Kafka on loopback, in little memory: one KRaft node, or a node of several."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import FatalError
from tgwire.local_broker.distribution import kafka_jars
from tgwire.local_broker.engine import find_java
from tgwire.local_broker.formatting import META, format_folder, new_id
from tgwire.local_broker.ports import HOST, free_ports

_LOGGING = """rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %c: %m%n
"""

_LIGHT = ("-XX:TieredStopAtLevel=1",)
"""The optimizing compiler does not pay on short runs: without it a start took 4.4 s instead of 6.2 on 2 busy cores."""

_SETTINGS = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENT",
    "auto.create.topics.enable": "false",
    # Above every topic's own max.message.bytes.
    "message.max.bytes": str(16 << 20),
    # Lets a killed broker register again after 3 s instead of 9.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # Kafka's own half second makes a broker that nobody uses write twice a second, and takes a third of its CPU time.
    "metadata.max.idle.interval.ms": "10000",
    "group.initial.rebalance.delay.ms": "0",
    # Tests that kill a worker need not wait Kafka's usual 6 s.
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
    "log.index.size.max.bytes": str(1 << 20),
}


@dataclass(frozen=True)
class ProxiedListener:
    """A second way in: the broker listens on one port and redirects those who come this way to another."""

    port: int
    advertised_port: int


@dataclass(frozen=True)
class Membership:
    """A node's place in a cluster whose nodes are brokers and controllers at once."""

    node: int
    """Number of the node, from 1."""
    controller_ports: tuple[int, ...]
    """Of all nodes, in their order."""
    cluster_id: str

    @property
    def size(self) -> int:
        """Number of nodes of the cluster."""
        return len(self.controller_ports)


def alone(port: int) -> Membership:
    """The place of a node that is the whole cluster, and whose clients come to a port that may still be free."""
    controller_port = next(each for each in free_ports(2) if each != port)
    return Membership(1, (controller_port,), new_id())


def command(
    folder: Path, port: int, users: Mapping[str, str], proxied: ProxiedListener | None, member: Membership
) -> list[str | Path]:
    """Prepare a folder (existing data stay, with their cluster id) and return how to start the node on a port.

    With ``users`` (name to password) clients must log in with SASL/PLAIN; the first is the administrator, the
    others may do nothing until he grants it.
    """
    logging = f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"
    # A library that Kafka unpacks into the folder for temporary files stays there when the node is killed.
    temporary = folder / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    options = (logging, f"-Djava.io.tmpdir={temporary}")
    java: list[str | Path] = [find_java(), "-cp", os.pathsep.join(map(str, kafka_jars())), *options]
    properties = folder / "server.properties"
    (folder / "log4j2.properties").write_text(_LOGGING)
    settings = _properties(folder, port, users, proxied, member)
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    properties.chmod(0o600)
    if not (folder / "data" / META).exists():
        format_folder(java, properties, member.cluster_id, member.node)
    heap = "-Xmx512m" if member.size == 1 else "-Xmx256m"
    return [*java, *_LIGHT, "-Xms64m", heap, "-XX:+UseSerialGC", "kafka.Kafka", properties]


def cluster_id(folder: Path) -> str:
    """The id of the cluster whose data a folder holds; OSError when it holds none."""
    stored = (folder / "data" / META).read_text()
    lines = (line.partition("=") for line in stored.splitlines())
    return next((value for name, _, value in lines if name == "cluster.id"), "")


def _properties(
    folder: Path, port: int, users: Mapping[str, str], proxied: ProxiedListener | None, member: Membership
) -> dict[str, str]:
    controllers = [f"{HOST}:{controller_port}" for controller_port in member.controller_ports]
    voters = [f"{node}@{controller}" for node, controller in enumerate(controllers, start=1)]
    protocol = "SASL_PLAINTEXT" if users else "PLAINTEXT"
    listeners, advertised = [f"CLIENT://{HOST}:{port}"], [f"CLIENT://{HOST}:{port}"]
    if proxied is not None:
        listeners.append(f"PROXIED://{HOST}:{proxied.port}")
        advertised.append(f"PROXIED://{HOST}:{proxied.advertised_port}")
    return {
        **_SETTINGS,
        **_replication(member.size),
        "node.id": str(member.node),
        "controller.quorum.voters": ",".join(voters),
        "listeners": ",".join([*listeners, f"CONTROLLER://{controllers[member.node - 1]}"]),
        "advertised.listeners": ",".join(advertised),
        "listener.security.protocol.map": f"CLIENT:{protocol},PROXIED:{protocol},CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data"),
        **(_login(users) if users else {}),
    }


def _replication(nodes: int) -> dict[str, str]:
    """Three replicas as far as there are nodes for them; a write needs two of three."""
    replicas, in_sync = str(min(3, nodes)), "2" if nodes >= 3 else "1"
    return {
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _login(users: Mapping[str, str]) -> dict[str, str]:
    for word in (*users, *users.values()):
        if not re.fullmatch(r"[\w.-]+", word, re.ASCII):
            raise FatalError("names and passwords of a local broker may hold only ASCII letters, digits and . _ -")
    administrator, password = next(iter(users.items()))
    accounts = " ".join(f'user_{name}="{secret}"' for name, secret in users.items())
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    login = f'{module} required username="{administrator}" password="{password}" {accounts};'
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": login,
        "listener.name.proxied.plain.sasl.jaas.config": login,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # ANONYMOUS is the node itself, on the controller's listener.
        "super.users": f"User:{administrator};User:ANONYMOUS",
    }
