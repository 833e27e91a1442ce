"""Tansu: a Kafka-compatible broker in one program, memory only."""

from pathlib import Path

from tgwire.local_broker.engine import find_tansu
from tgwire.local_broker.ports import HOST

ENVIRONMENT = {"RUST_LOG": "warn", "NO_COLOR": "1"}
STOP_TIMEOUT_S = 1.5
"""It waits for its clients before it ends, and has nothing to lose."""


def command(port: int, cluster_id: str) -> list[str | Path]:
    """How to start it on a port; its clients see the cluster id."""
    url = f"tcp://{HOST}:{port}"
    return [
        find_tansu(),
        "broker",
        "--cluster-id",
        cluster_id,
        "--listener-url",
        url,
        "--advertised-listener-url",
        url,
        "--storage-engine",
        "memory://tansu/",
    ]
