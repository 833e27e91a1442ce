"""Apache Kafka as one KRaft node on loopback, in little memory."""

import re
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tgwire.broker.distribution import kafka_jars
from tgwire.broker.engine import find_java
from tgwire.broker.ports import HOST, free_port
from tgwire.errors import BrokerStartError, FatalError

FORMAT_TIMEOUT_S = 60

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
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENT",
    "auto.create.topics.enable": "false",
    # Above every topic's own max.message.bytes.
    "message.max.bytes": str(16 << 20),
    # Lets a killed broker register again after 3 s instead of 9.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    # Tests that kill a worker need not wait Kafka's usual 6 s.
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
    "log.index.size.max.bytes": str(1 << 20),
}


@dataclass(frozen=True)
class ProxiedListener:
    """A second way in: the broker listens on one port and tells those who come this way to use another."""

    port: int
    advertised_port: int


def command(
    folder: Path, port: int, users: Mapping[str, str] | None, proxied: ProxiedListener | None = None
) -> list[str | Path]:
    """Prepare a folder (its data stay if there are any) and say how to start the broker on a port.

    With ``users`` (name to password) clients must log in with SASL/PLAIN; the first is the administrator, the
    others may do nothing until he grants it.
    """
    logging = f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"
    java: list[str | Path] = [find_java(), "-cp", f"{kafka_jars()}/*", logging]
    properties = folder / "server.properties"
    (folder / "log4j2.properties").write_text(_LOGGING)
    settings = _properties(folder, port, users, proxied)
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    properties.chmod(0o600)
    if not (folder / "data" / "meta.properties").exists():
        _format(java, properties)
    return [*java, *_LIGHT, "-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "kafka.Kafka", properties]


def cluster_id(folder: Path) -> str:
    """The id that the cluster of a prepared folder goes by."""
    stored = (folder / "data" / "meta.properties").read_text()
    lines = (line.partition("=") for line in stored.splitlines())
    return next((value for name, _, value in lines if name == "cluster.id"), "")


def _properties(
    folder: Path, port: int, users: Mapping[str, str] | None, proxied: ProxiedListener | None
) -> dict[str, str]:
    controller = f"{HOST}:{free_port()}"
    protocol = "SASL_PLAINTEXT" if users else "PLAINTEXT"
    listeners, advertised = [f"CLIENT://{HOST}:{port}"], [f"CLIENT://{HOST}:{port}"]
    if proxied is not None:
        listeners.append(f"PROXIED://{HOST}:{proxied.port}")
        advertised.append(f"PROXIED://{HOST}:{proxied.advertised_port}")
    return {
        **_SETTINGS,
        "controller.quorum.voters": f"1@{controller}",
        "listeners": ",".join([*listeners, f"CONTROLLER://{controller}"]),
        "advertised.listeners": ",".join(advertised),
        "listener.security.protocol.map": f"CLIENT:{protocol},PROXIED:{protocol},CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data"),
        **(_login(users) if users else {}),
    }


def _login(users: Mapping[str, str]) -> dict[str, str]:
    for word in (*users, *users.values()):
        if not re.fullmatch(r"[\w.-]+", word, re.ASCII):
            raise FatalError("names and passwords of a local broker may hold only ASCII letters, digits and . _ -")
    administrator, password = next(iter(users.items()))
    accounts = " ".join(f'user_{name}="{secret}"' for name, secret in users.items())
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": (
            f'{module} required username="{administrator}" password="{password}" {accounts};'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # ANONYMOUS is the node itself, on the controller's listener.
        "super.users": f"User:{administrator};User:ANONYMOUS",
    }


def _format(java: list[str | Path], properties: Path) -> None:
    new_id = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    arguments: list[str | Path] = [
        "-XX:TieredStopAtLevel=1",
        "kafka.tools.StorageTool",
        "format",
        "--config",
        properties,
    ]
    run = subprocess.run(  # noqa: S603
        # "=" because an id may begin with "-"
        [*java, *arguments, f"--cluster-id={new_id}"],
        capture_output=True,
        text=True,
        timeout=FORMAT_TIMEOUT_S,
        check=False,
    )
    if run.returncode != 0:
        raise BrokerStartError(f"Kafka could not format {properties.parent}:\n{(run.stdout + run.stderr)[-2000:]}")
