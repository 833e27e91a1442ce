"""Cursors and the processes that hold them: one at a time, and what a killed one has committed."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.replay.cursors import Cursor, Cursors
from ingest.sources import Position
from runtime.errors import StateLockedError
from tests.support.patience import DEADLINE_S

KILLED = """
import os, sys
from pathlib import Path
from ingest.replay.cursors import Cursors
from ingest.sources import Position
cursors = Cursors(Path(sys.argv[1]))
cursors.advance("a", "t", Position(5, "x"), published=1, rejected=0)
cursors.commit()
cursors.advance("a", "t", Position(9, "y"), published=1, rejected=0)
os.kill(os.getpid(), 9)
"""


def test_after_a_kill_the_last_commit_is_kept_and_the_lock_is_gone(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=DEADLINE_S)
    assert result.returncode == -9
    with Cursors(tmp_path) as cursors:
        assert cursors.get("a", "t") == Cursor(Position(5, "x"), published=1, rejected=0)


def test_a_second_process_gets_an_error_that_the_folder_is_in_use(tmp_path: Path) -> None:
    script = "import sys, pathlib; from ingest.replay.cursors import Cursors; Cursors(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(tmp_path)]
    with Cursors(tmp_path):
        with pytest.raises(StateLockedError, match=r"in use by another process.*ingest\.state_dir"):
            Cursors(tmp_path)
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
        assert "StateLockedError" in result.stderr
    assert subprocess.run(command, check=False, timeout=DEADLINE_S).returncode == 0
