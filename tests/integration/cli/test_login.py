"""``tgwire login`` at a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from select import select

import pytest

from tests.support.command_line import tgwire


def test_a_session_string_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    terminal, stdin = pty.openpty()
    command = [sys.executable, "-m", "tgwire", "login", "--import"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=stdin, stdout=stdin, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        asked = process.stderr.read(len("Session string: "))
        os.write(terminal, b"1top-secret\n")
        rest = process.stderr.read()
    is_echoed = bool(select([terminal], [], [], 0)[0])
    shown = os.read(terminal, 1000) if is_echoed else b""
    os.close(stdin)
    os.close(terminal)
    assert asked == "Session string: "
    assert b"top-secret" not in shown
    assert "top-secret" not in rest
    assert "not a Telethon session string" in rest


@pytest.mark.parametrize("arguments", [(), ("--log-out",)])
@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({}, ["api_id", "api_hash"]),
        ({"TGWIRE_TELEGRAM__API_ID": "5"}, ["api_hash"]),
        ({"TGWIRE_TELEGRAM__API_HASH": "x"}, ["api_id"]),
    ],
)
def test_what_is_missing_is_named_before_anything_is_asked(
    arguments: tuple[str, ...],
    variables: dict[str, str],
    missing: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in os.environ:
        if name.startswith("TGWIRE_"):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    done = tgwire("login", *arguments, stdin="+9996612345\n")
    assert done.returncode == 3
    named = [name for name in ("api_id", "api_hash") if f"telegram.{name} is not set" in done.stderr]
    assert named == missing
    assert "https://my.telegram.org" in done.stderr
    assert "Phone" not in done.stderr
