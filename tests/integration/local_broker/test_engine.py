"""Which engine runs where, and the error when one cannot."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.patience import DEADLINE_S
from tgwire.errors import DownloadError, EngineUnavailableError
from tgwire.local_broker.distribution import KAFKA_VERSION, kafka_jars, pinned_jars
from tgwire.local_broker.engine import choose, missing

MVN = """#!/bin/sh
echo run >> "${0%/*}/runs"
for argument; do case "$argument" in -DoutputDirectory=*) target="${argument#*=}";; esac; done
/bin/mkdir -p "$target" && echo content > "$target/kafka.jar"
"""


def _program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def _java(folder: Path, version: str) -> None:
    _program(folder, "java", f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")


def test_auto_takes_apache_where_java_and_mvn_are(programs: Path) -> None:
    assert choose("auto") == "tansu"
    _java(programs, "17.0.2")
    assert choose("auto") == "tansu"
    _program(programs, "mvn", MVN)
    assert choose("auto") == "apache"


@pytest.mark.parametrize(
    ("version", "reason"), [(None, "there is no java on the PATH"), ("11.0.1", "says 11"), ("1.8.0_392", "says 8")]
)
def test_no_java_or_an_old_one(programs: Path, version: str | None, reason: str) -> None:
    if version:
        _java(programs, version)
    with pytest.raises(EngineUnavailableError, match=reason):
        choose("apache")


def test_java_home_goes_first(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _java(programs, "17")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert "no java in JAVA_HOME" in (missing("apache") or "")


def test_no_mvn(programs: Path) -> None:
    _java(programs, "21")
    assert "no mvn on the PATH" in (missing("apache") or "")


PINS = {"kafka.jar": hashlib.sha256(b"content\n").hexdigest()}


def test_jars_are_fetched_once(programs: Path) -> None:
    _program(programs, "mvn", MVN)
    jars = kafka_jars(PINS)
    assert [jar.name for jar in jars] == ["kafka.jar"]
    assert kafka_jars(PINS) == jars
    assert (programs / "runs").read_text() == "run\n"


def test_two_processes_at_once_fetch_once(programs: Path) -> None:
    _program(programs, "mvn", MVN)
    code = f"from tgwire.local_broker.distribution import kafka_jars; kafka_jars({PINS})"
    both = [subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], env=os.environ) for _ in range(2)]
    assert [process.wait(DEADLINE_S) for process in both] == [0, 0]
    assert (programs / "runs").read_text() == "run\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "kafka.jar is missing"), ("", "SHA-256"), ("another\n", f"pinned is {PINS['kafka.jar']}")],
)
def test_a_damaged_cache_is_fetched_again(programs: Path, content: str | None, said: str) -> None:
    """Content of the same size, too."""
    _program(programs, "mvn", MVN)
    (jar,) = kafka_jars(PINS)
    if content is None:
        jar.unlink()
    else:
        jar.write_text(content)
    with capture_logs() as logs:
        assert kafka_jars(PINS) == [jar]
    assert jar.read_text() == "content\n"
    assert [said in line["problem"] for line in logs if line["event"] == "Apache Kafka is fetched again"] == [True]


def test_another_jar_than_the_pinned_one_is_not_used(programs: Path, tmp_path: Path) -> None:
    _program(programs, "mvn", MVN)
    with pytest.raises(DownloadError, match=r"another Apache Kafka .*kafka\.jar has the SHA-256 .*, pinned is 0000"):
        kafka_jars({"kafka.jar": "0000"})
    with pytest.raises(DownloadError, match=r"other\.jar is missing"):
        kafka_jars({**PINS, "other.jar": "0000"})
    assert [path.name for path in (tmp_path / "cache" / "tgwire").iterdir()] == [f"kafka-{KAFKA_VERSION}.lock"]


def test_a_jar_that_nobody_pinned_stays_off_the_class_path(programs: Path) -> None:
    _program(programs, "mvn", MVN)
    (jar,) = kafka_jars(PINS)
    jar.with_name("stranger.jar").touch()
    assert kafka_jars(PINS) == [jar]


def test_the_pins_name_the_version_that_is_fetched() -> None:
    pins = pinned_jars()
    assert f"kafka_2.13-{KAFKA_VERSION}.jar" in pins
    assert all(name.endswith(".jar") and re.fullmatch("[0-9a-f]{64}", digest) for name, digest in pins.items())


def test_a_failed_fetch_leaves_nothing_and_shows_the_output_of_maven(programs: Path, tmp_path: Path) -> None:
    _program(programs, "mvn", "#!/bin/sh\necho '[ERROR] Unknown host'\nexit 1\n")
    with pytest.raises(DownloadError, match=rf"(?s)Apache Kafka {KAFKA_VERSION} \(offline.*Unknown host"):
        kafka_jars()
    assert [path.name for path in (tmp_path / "cache" / "tgwire").iterdir()] == [f"kafka-{KAFKA_VERSION}.lock"]


def test_an_unusable_cache_folder_is_named(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match="XDG_CACHE_HOME"):
        kafka_jars()
