"""Apache Kafka from Maven Central: fetched once by the installed Maven, cached for the user."""

import fcntl
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tgwire.broker.engine import find_maven
from tgwire.errors import DownloadError

KAFKA_VERSION = "4.3.1"
MAVEN_TIMEOUT_S = 900
_MARKER = "complete"

_log = logging.getLogger(__name__)

_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tgwire</groupId>
  <artifactId>local-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.24.3</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId>
        <version>3.8.1</version>
      </plugin>
    </plugins>
  </build>
</project>
"""
"""Kafka logs through slf4j 1.7, for which it brings no backend."""


def cache_dir() -> Path:
    """``$XDG_CACHE_HOME/tgwire``, else ``~/.cache/tgwire``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "tgwire"


def kafka_jars() -> Path:
    """The folder of Kafka's jars (about 45 MB), fetched if it is not there yet.

    Two processes may ask at once: one fetches, the other waits. A folder counts only with its marker, which names
    every jar and its size; one that was cut off or damaged is fetched anew. Raises DownloadError.
    """
    home = cache_dir() / f"kafka-{KAFKA_VERSION}"
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with _lock(home.with_name(home.name + ".lock")):
            if not _is_complete(home):
                _fetch(home)
    except OSError as error:
        raise DownloadError(f"cannot keep Apache Kafka in {home}: {error} (XDG_CACHE_HOME moves it)") from error
    return home


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _listing(folder: Path) -> str:
    return "".join(f"{jar.name} {jar.stat().st_size}\n" for jar in sorted(folder.glob("*.jar")))


def _is_complete(home: Path) -> bool:
    marker = home / _MARKER
    return marker.is_file() and bool(listing := marker.read_text()) and listing == _listing(home)


def _fetch(home: Path) -> None:
    _log.info("fetching Apache Kafka %s from Maven Central into %s, once", KAFKA_VERSION, home)
    with tempfile.TemporaryDirectory(prefix=home.name, dir=home.parent) as work:
        pom = Path(work) / "pom.xml"
        jars = Path(work) / "jars"
        pom.write_text(_POM)
        _run_maven(pom, jars)
        (jars / _MARKER).write_text(_listing(jars))
        if home.exists():
            shutil.rmtree(home)
        jars.rename(home)


def _run_maven(pom: Path, target: Path) -> None:
    command: list[str | Path] = [find_maven(), "--batch-mode", "--quiet", "--file", pom, "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
    try:
        run = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=MAVEN_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"mvn did not fetch Apache Kafka {KAFKA_VERSION} in {MAVEN_TIMEOUT_S} s") from error
    if run.returncode != 0:
        said = "\n".join((run.stdout + run.stderr).strip().splitlines()[:6])
        raise DownloadError(
            f"mvn could not fetch Apache Kafka {KAFKA_VERSION} (offline?); --engine tansu needs no download.\n{said}"
        )
