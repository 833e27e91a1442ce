"""The rule of the suite: an engine that can run here was tested against, or the run fails."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import DEADLINE_S
from tests.support.project import ROOT

CONFTEST = ROOT / "tests" / "conftest.py"
ON_BOTH = "def test_leg(kafka_engine):\n    pass\n"
ON_TANSU = (
    "import pytest\n@pytest.mark.parametrize('kafka_engine', ['tansu'], indirect=True)\n"
    "def test_leg(kafka_engine):\n    pass\n"
)


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite with our conftest, on a machine whose java and mvn the test controls."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(CONFTEST, tmp_path / "tests")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\naddopts = -ra -p no:cacheprovider\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def _install_java(suite: Path) -> None:
    for name, text in (("java", "echo 'openjdk version \"17.0.1\"' >&2"), ("mvn", "exit 1")):
        (suite / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (suite / "bin" / name).chmod(0o755)


def _run(suite: Path, test: str, *arguments: str) -> tuple[int, str]:
    (suite / "tests" / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", *arguments]
    run = subprocess.run(command, cwd=suite, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    return run.returncode, run.stdout + run.stderr


def test_without_java_the_apache_leg_is_skipped_with_a_reason(suite: Path) -> None:
    code, output = _run(suite, ON_BOTH)
    assert (code, "1 passed, 1 skipped" in output) == (0, True), output
    assert "engine apache needs Java 17 or later, and there is no java on the PATH" in output


def test_with_java_a_suite_that_left_apache_out_fails(suite: Path) -> None:
    _install_java(suite)
    code, output = _run(suite, ON_TANSU)
    assert (code, "1 passed" in output) == (1, True), output
    assert "FAILED: engine apache can run here, but no test ran against it" in output


def test_with_java_both_legs_run(suite: Path) -> None:
    _install_java(suite)
    code, output = _run(suite, ON_BOTH)
    assert (code, "2 passed" in output) == (0, True), output


def test_legs_that_ran_in_other_processes_count(suite: Path) -> None:
    _install_java(suite)
    code, output = _run(suite, ON_BOTH, "-n", "1")
    assert (code, "2 passed" in output) == (0, True), output


def test_a_part_of_the_suite_is_free_to_leave_a_leg_out(suite: Path) -> None:
    _install_java(suite)
    assert _run(suite, ON_TANSU, "tests/test_it.py")[0] == 0
    assert _run(suite, ON_TANSU, "-k", "leg")[0] == 0
