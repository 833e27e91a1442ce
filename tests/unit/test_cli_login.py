"""``tgwire login`` at a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from select import select


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
