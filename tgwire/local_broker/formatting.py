"""The data folder of a node, made ready for its first start: by Kafka's own tool once, later from what that wrote.

The tool is a second Java, and takes a third of a start. What it writes is the same for every node of a version of
Kafka, ids aside: the features that a new cluster begins with.
"""

import os
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tgwire.errors import BrokerStartError
from tgwire.local_broker.distribution import kafka_home

FORMAT_TIMEOUT_S = 180
FEATURES = "bootstrap.checkpoint"
META = "meta.properties"


def new_id() -> str:
    """An id of a cluster or folder that no other has, as Kafka writes them."""
    while (made := urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()).startswith("-"):
        pass  # Kafka makes none of these
    return made


def format_folder(java: Sequence[str | Path], properties: Path, cluster_id: str, node: int) -> None:
    """Prepare the folder ``data`` beside a node's properties; ``java`` starts Java with Kafka's classes."""
    data, kept = properties.parent / "data", kafka_home() / FEATURES
    if kept.is_file():
        data.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, data / FEATURES)
        meta = {"version": "1", "cluster.id": cluster_id, "node.id": str(node), "directory.id": new_id()}
        (data / META).write_text("".join(f"{name}={value}\n" for name, value in meta.items()))
        return
    _run_tool(java, properties, cluster_id)
    with suppress(OSError):  # a cache that cannot be written: the tool is run again
        draft = kept.with_name(f"{FEATURES}.{os.getpid()}")
        shutil.copyfile(data / FEATURES, draft)
        draft.replace(kept)


def _run_tool(java: Sequence[str | Path], properties: Path, cluster_id: str) -> None:
    arguments: list[str | Path] = [
        "-XX:TieredStopAtLevel=1",
        "kafka.tools.StorageTool",
        "format",
        "--config",
        properties,
    ]
    run = subprocess.run(  # noqa: S603
        # "=" because an id may begin with "-"
        [*java, *arguments, f"--cluster-id={cluster_id}"],
        capture_output=True,
        text=True,
        timeout=FORMAT_TIMEOUT_S,
        check=False,
    )
    if run.returncode != 0:
        raise BrokerStartError(f"Kafka could not format {properties.parent}:\n{(run.stdout + run.stderr)[-2000:]}")
