"""Apache Kafka from Maven Central: fetched once by the installed Maven, cached for the user."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import structlog

from tgwire.errors import DownloadError
from tgwire.local_broker.engine import find_maven

KAFKA_VERSION = "4.3.1"
MAVEN_TIMEOUT_S = 900

_log = structlog.stdlib.get_logger(__name__)

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
    """The folder for downloads: ``$XDG_CACHE_HOME/tgwire``, else ``~/.cache/tgwire``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "tgwire"


def kafka_home() -> Path:
    """The folder of Kafka's jars, and of what was made by them."""
    return cache_dir() / f"kafka-{KAFKA_VERSION}"


def kafka_jars(pins: Mapping[str, str] | None = None) -> list[Path]:
    """Kafka's jars (about 45 MB), fetched if they are not there yet, for a class path.

    ``pins`` has the SHA-256 of each jar by its name, by default those of ``kafka_jars.sha256``; every call compares
    the files with it, and what else lies in the folder is not in the list. A jar that is missing or differs is
    fetched again. Two processes may ask at once: one fetches, the other waits. Raises DownloadError.
    """
    pins = pins or pinned_jars()
    home = kafka_home()
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with _lock(home.with_name(home.name + ".lock")):
            if home.exists() and (wrong := _mismatch(home, pins)):
                _log.warning("Apache Kafka is fetched again", folder=str(home), problem=wrong)
                shutil.rmtree(home)
            if not home.exists():
                _fetch(home, pins)
    except OSError as error:
        raise DownloadError(f"cannot keep Apache Kafka in {home}: {error} (XDG_CACHE_HOME moves it)") from error
    return [home / name for name in pins]


def pinned_jars() -> dict[str, str]:
    """SHA-256 by name of each jar, as ``scripts/pin-kafka`` wrote them."""
    lines = files("tgwire.local_broker").joinpath("kafka_jars.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if not line.startswith("#"))}


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _mismatch(folder: Path, pins: Mapping[str, str]) -> str | None:
    """The first jar that is not the pinned one, in words."""
    for name, digest in pins.items():
        jar = folder / name
        if not jar.is_file():
            return f"{name} is missing"
        with jar.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != digest:
            return f"{name} has the SHA-256 {found}, pinned is {digest}"
    return None


def _fetch(home: Path, pins: Mapping[str, str]) -> None:
    _log.info("fetching Apache Kafka from Maven Central, once", version=KAFKA_VERSION, folder=str(home))
    with tempfile.TemporaryDirectory(prefix=home.name, dir=home.parent) as work:
        jars = Path(work) / "jars"
        fetch_jars(Path(work) / "pom.xml", jars)
        if wrong := _mismatch(jars, pins):
            raise DownloadError(f"Maven brought another Apache Kafka {KAFKA_VERSION} than tgwire pins: {wrong}.")
        jars.rename(home)


def fetch_jars(pom: Path, target: Path) -> None:
    """Have Maven write Kafka and what it needs into a folder, unchecked; raises DownloadError."""
    pom.write_text(_POM)
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
