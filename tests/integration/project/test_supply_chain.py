"""What is installed is what was pinned: versions, hashes, and the check for known vulnerabilities."""

import json
import re
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.project import ROOT

HASHED = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


def _pins(text: str) -> set[tuple[str, str]]:
    return {(pin["name"], pin["version"]) for pin in PIN.finditer(text)}


@pytest.mark.parametrize("path", HASHED, ids=lambda path: path.name)
def test_every_pin_has_hashes_and_the_version_of_the_constraints(path: Path) -> None:
    text = path.read_text()
    pins = re.split(r"\n(?=[a-z])", text.split("\n", 1)[1].strip())
    assert len(pins) > 20
    assert [pin for pin in pins if not re.search(r"--hash=sha256:[0-9a-f]{64}", pin)] == []
    assert _pins(text) - _pins((ROOT / "constraints.txt").read_text()) == set()


def test_no_pin_names_an_index() -> None:
    assert [path.name for path in (*HASHED, ROOT / "constraints.txt") if "://" in path.read_text()] == []


def test_make_and_the_image_install_with_hashes() -> None:
    assert "--require-hashes -r requirements/dev.txt" in (ROOT / "Makefile").read_text()
    assert "--require-hashes -r requirements/bench.txt" in (ROOT / "Makefile").read_text()
    assert re.search(r"--require-hashes[^&]*requirements/image\.txt", (ROOT / "deploy" / "Dockerfile").read_text())


@pytest.fixture
def audit() -> ModuleType:
    """The script as a module."""
    loader = SourceFileLoader("audit", str(ROOT / "scripts" / "audit"))
    spec = spec_from_loader("audit", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def _answer(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "") -> int:
    def run(command: list[Any], **_: object) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            return subprocess.CompletedProcess(command, 0)
        return subprocess.CompletedProcess(command, 1, stdout, stderr)

    monkeypatch.setattr(audit.sys, "argv", ["audit"])
    monkeypatch.setattr(audit.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr(audit.subprocess, "run", run)
    code: int = audit.main()
    return code


SOUND = {"name": "sound", "version": "1", "vulns": []}
HOLED = {"name": "holed", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([SOUND], 0, "1 of 1 packages checked, 0 vulnerable"),
        ([SOUND, HOLED], 1, "holed 2: PYSEC-1 (mended in: 2.1)"),
        ([SOUND, UNKNOWN], 69, "not checked: unknown"),
        ([UNKNOWN], 69, "nothing was checked"),
    ],
)
def test_the_audit_reports_what_it_found_and_what_it_could_not_check(
    audit: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    packages: list[dict[str, Any]],
    code: int,
    said: str,
) -> None:
    assert _answer(audit, monkeypatch, json.dumps({"dependencies": packages})) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


def test_a_database_out_of_reach_is_not_a_clean_bill(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _answer(audit, monkeypatch, "", "ConnectionError: no route") == 69
    assert "could not be reached; nothing was checked (ConnectionError: no route)" in capsys.readouterr().err
