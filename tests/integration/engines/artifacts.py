"""The engines' jars from Maven Central, fetched once by the installed Maven, and kept in the user's cache."""

import fcntl
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tgwire.local_broker.distribution import KAFKA_VERSION, cache_dir
from tgwire.local_broker.engine import find_maven

_TIMEOUT_S = 900
_COPY = ("dependency:copy-dependencies", "-DincludeScope=runtime")


@dataclass(frozen=True)
class Artifacts:
    """A folder of jars."""

    name: str
    coordinates: tuple[str, ...]
    """``group:artifact:version``; what they depend on comes with them."""
    left_out: tuple[str, ...] = ()
    """Jars whose names begin so are not wanted: the program that loads the folder has its own."""


_LOG4J = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
CONNECT = Artifacts(
    f"connect-{KAFKA_VERSION}",
    (*(f"org.apache.kafka:connect-{part}:{KAFKA_VERSION}" for part in ("runtime", "json", "transforms")), _LOG4J),
)
JDBC_SINK = Artifacts(
    "debezium-jdbc-3.5.0",
    ("io.debezium:debezium-connector-jdbc:3.5.0.Final",),
    left_out=("jackson-", "kafka-clients", "slf4j", "connect-api"),
)
FLINK = Artifacts(
    "flink-2.2.1",
    (
        *(
            f"org.apache.flink:flink-{part}:2.2.1"
            for part in (
                "clients",
                "table-api-java-bridge",
                "table-planner-loader",
                "table-runtime",
                "json",
                "connector-base",
                "connector-files",
            )
        ),
        "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
        _LOG4J,
    ),
)

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tgwire</groupId><artifactId>engines</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{dependencies}</dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version>
  </plugin></plugins></build>
</project>
"""


def jars(artifacts: Artifacts) -> Path:
    """The folder of the jars, filled if it is not there yet; AssertionError when Maven cannot fetch them."""
    home = cache_dir() / "engines" / artifacts.name
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_name(home.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            _fetch(artifacts, home)
    return home


def _fetch(artifacts: Artifacts, home: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=home.name, dir=home.parent) as work:
        pom, target = Path(work) / "pom.xml", Path(work) / "jars"
        pom.write_text(_POM.format(dependencies="".join(map(_dependency, artifacts.coordinates))))
        run = subprocess.run(
            [find_maven(), "-B", "-q", "-f", pom, *_COPY, f"-DoutputDirectory={target}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        assert run.returncode == 0, f"mvn could not fetch {artifacts.name} (offline?):\n{run.stdout[:2000]}"
        for jar in target.iterdir():
            if jar.name.startswith(artifacts.left_out) and artifacts.left_out:
                jar.unlink()
        shutil.move(target, home)


def _dependency(coordinates: str) -> str:
    group, artifact, version = coordinates.split(":")
    return (
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
    )
