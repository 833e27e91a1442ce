"""What commands show where stdout or stderr is a terminal."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

POST = "Rain over the harbour for days, says the weather service."
ROWS = 40
BAR = "━"


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("posts") / "posts.jsonl"
    path.write_text("".join(f'{{"id": {number}, "text": "{number} {POST}"}}\n' for number in range(1, ROWS + 1)))
    return path


PARTS = "=" * 9
EACH = f"""
import json, sys
from tgwire.cli.app import app
for arguments in json.loads(sys.argv[1]):
    assert not app(arguments, standalone_mode=False), "it ended with another exit code than 0"
    print("{PARTS}", file=sys.stderr, flush=True)
"""


def shown_at_a_terminal(*commands: list[str], stdout: Path | None = None) -> list[str]:
    """What a terminal gets from stdout and stderr of each command, or from stderr alone where ``stdout`` is a file.

    They share a process, which loads the models once.
    """
    mine, its = pty.openpty()
    target = its if stdout is None else os.open(stdout, os.O_WRONLY | os.O_CREAT, 0o600)
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(
        [sys.executable, "-c", EACH, json.dumps(commands)], stdin=its, stdout=target, stderr=its, env=environment
    ) as process:
        for descriptor in {its, target}:
            os.close(descriptor)
        shown = b""
        while part := _read(mine):
            shown += part
        assert process.wait() == 0
    os.close(mine)
    return shown.decode().split(PARTS)[:-1]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


OPTIONS: dict[str, list[str]] = {"table": [], "json": ["--json"], "explain": ["--explain"]}


@pytest.fixture(scope="module")
def parsed(posts: Path) -> dict[str, str]:
    """What a terminal shows of each kind of output."""
    commands = [["parse", str(posts), *options] for options in OPTIONS.values()]
    return dict(zip(OPTIONS, shown_at_a_terminal(*commands), strict=True))


@pytest.mark.parametrize("kind", OPTIONS)
def test_no_progress_bar_runs_into_the_rows_of_parse(parsed: dict[str, str], kind: str) -> None:
    shown = parsed[kind]
    assert f"1 {POST}"[:40] in shown
    assert "parse " not in shown
    assert BAR not in shown
    assert "\x1b[2K" not in shown


def test_parse_shows_progress_while_its_rows_go_to_a_file(posts: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.txt"
    (shown,) = shown_at_a_terminal(["parse", str(posts), "--explain"], stdout=rows)
    assert BAR in shown
    assert POST[:20] not in shown
    assert rows.read_text().count(POST[:20]) >= ROWS


def test_progress_shows_pace_and_time_left_and_can_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts.jsonl").write_text("".join(f'{{"text": "{number} {POST}"}}\n' for number in range(50)))
    replay = ["replay", "posts.jsonl", "--direct", "out", "--overwrite"]
    commands = [replay, [*replay, "--no-progress"], [*replay, "--quiet"]]
    shown, without, quiet = shown_at_a_terminal(*commands, stdout=tmp_path / "stdout")
    assert "posts, " in shown
    assert "/s" in shown
    assert "left" in shown
    size = (tmp_path / "posts.jsonl").stat().st_size / 1000
    assert f"{size:.1f}/{size:.1f} kB" in shown
    assert "/s" not in without
    assert "/s" not in quiet
