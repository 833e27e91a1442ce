"""Kafka Connect in standalone mode with Debezium's JDBC sink, as docs/engines.md sets it up."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.contract.engines import connect_schema
from schemas.topics import FLAT_TOPICS, Topic
from tests.integration.engines.artifacts import CONNECT, JDBC_SINK, jars
from tgwire.local_broker.engine import find_java
from tgwire.local_broker.ports import HOST, free_port


def _worker(folder: Path, bootstrap_servers: str) -> dict[str, str]:
    return {
        "bootstrap.servers": bootstrap_servers,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "plugin.path": str(folder / "plugins"),
        "plugin.discovery": "service_load",
        "offset.storage.file.filename": str(folder / "offsets"),
        "listeners": f"http://{HOST}:{free_port()}",
    }


def _sink(topic: Topic, database: str) -> dict[str, str]:
    """The connector of one topic: the schema is one of the converter."""
    return {
        "name": topic.name,
        "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
        "tasks.max": "1",
        "topics": topic.name,
        "connection.url": database,
        "connection.username": "postgres",
        "connection.password": "none",
        "insert.mode": "upsert",
        "delete.enabled": "true",
        "primary.key.mode": "record_key",
        "primary.key.fields": "key",
        "schema.evolution": "none",
        "collection.name.format": "${topic}",
        "transforms": "k",
        "transforms.k.type": "org.apache.kafka.connect.transforms.HoistField$Key",
        "transforms.k.field": "key",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "true",
        "value.converter.schema.content": json.dumps(connect_schema(topic)),
        "consumer.override.auto.offset.reset": "earliest",
    }


@contextmanager
def connect(folder: Path, bootstrap_servers: str, database: str) -> Iterator[Path]:
    """Run it until the block ends; gives its log."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plugins").mkdir()
    (folder / "plugins" / "debezium-jdbc").symlink_to(jars(JDBC_SINK))
    files = [_write(folder / "worker.properties", _worker(folder, bootstrap_servers))]
    files += [_write(folder / f"{topic.name}.properties", _sink(topic, database)) for topic in FLAT_TOPICS]
    log = folder / "connect.log"
    options = ("-Xmx512m", "-XX:TieredStopAtLevel=1", f"-Djava.io.tmpdir={folder}", "-cp", f"{jars(CONNECT)}/*")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [find_java(), *options, "org.apache.kafka.connect.cli.ConnectStandalone", *files],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={name: value for name, value in os.environ.items() if name != "JDK_JAVA_OPTIONS"},
        )
        try:
            yield log
        finally:
            process.kill()
            process.wait()


def _write(path: Path, settings: dict[str, str]) -> Path:
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return path
