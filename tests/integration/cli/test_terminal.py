"""What commands show where stdout or stderr is a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

POST = "Rain over the harbour for days, says the weather service."
ROWS = 40
BAR = "━"


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(f'{{"id": {number}, "text": "{number} {POST}"}}\n' for number in range(1, ROWS + 1)))
    return path


def shown_at_a_terminal(*arguments: str, stdout: Path | None = None) -> str:
    """What a terminal gets from stdout and stderr, or from stderr alone where ``stdout`` is a file."""
    mine, its = pty.openpty()
    target = its if stdout is None else os.open(stdout, os.O_WRONLY | os.O_CREAT, 0o600)
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(
        [sys.executable, "-m", "tgwire", *arguments], stdin=its, stdout=target, stderr=its, env=environment
    ) as process:
        for descriptor in {its, target}:
            os.close(descriptor)
        shown = b""
        while part := _read(mine):
            shown += part
        assert process.wait() == 0
    os.close(mine)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("options", [(), ("--json",), ("--explain",)], ids=["table", "json", "explain"])
def test_no_progress_bar_runs_into_the_rows_of_parse(posts: Path, options: tuple[str, ...]) -> None:
    shown = shown_at_a_terminal("parse", str(posts), *options)
    assert f"1 {POST}"[:40] in shown
    assert "parse " not in shown
    assert BAR not in shown
    assert "\x1b[2K" not in shown


def test_parse_shows_progress_while_its_rows_go_to_a_file(posts: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.txt"
    shown = shown_at_a_terminal("parse", str(posts), "--explain", stdout=rows)
    assert BAR in shown
    assert POST[:20] not in shown
    assert rows.read_text().count(POST[:20]) >= ROWS
