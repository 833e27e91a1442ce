"""Work that is over its budget, in a process that it may end."""

import subprocess
import sys
from pathlib import Path

import pytest

from processors.errors import BudgetError
from processors.stream.monitoring.post_budget import COUNTED, OverBudgetError
from processors.stream.monitoring.suspect_posts import EVIDENCE_NAME, SuspectPosts
from tests.support.patience import DEADLINE_S
from tests.support.post_budget import message, portions

PROGRAM = """
import os, sys, time, unicodedata
from pathlib import Path
from processors.stream.monitoring.post_budget import OverBudgetError, PostBudget
from processors.stream.monitoring.suspect_posts import SuspectPosts
from tests.support.post_budget import message

def fail(error):
    print(type(error).__name__, error.exit_code, flush=True)
    os._exit(error.exit_code)  # as a worker ends

def spin():
    while True:
        pass

work = {{
    "spin": spin,
    "wait": lambda: time.sleep(3600),
    "hold": lambda: unicodedata.normalize("NFC", "a" + "\\u0301\\u0327" * 1_000_000),
    "end": lambda: None,
}}
budget = PostBudget({budget_s}, SuspectPosts(Path(sys.argv[1])), fail)
budget.start()
try:
    with budget.watch([message(7)], is_interruptible={is_interruptible}):
        work["{work}"]()
    print("done")
except OverBudgetError:
    print("broken off")
budget.stop()
"""


def run(folder: Path, work: str, *, is_interruptible: bool, budget_s: float = 1.0) -> tuple[int, str]:
    program = PROGRAM.format(work=work, is_interruptible=is_interruptible, budget_s=budget_s)
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("work", ["spin", "wait"])
def test_work_without_state_is_broken_off(tmp_path: Path, work: str) -> None:
    assert run(tmp_path, work, is_interruptible=True) == (0, "broken off")
    assert SuspectPosts(tmp_path).was_stuck == ""


def test_work_with_state_ends_the_process_and_leaves_a_note(tmp_path: Path) -> None:
    assert run(tmp_path, "spin", is_interruptible=False) == (BudgetError.exit_code, "BudgetError 74")
    suspects = SuspectPosts(tmp_path)
    assert suspects.was_stuck == COUNTED
    assert suspects.is_at_fault(message(7))


def test_a_call_that_holds_the_lock_ends_the_process_with_its_location(tmp_path: Path) -> None:
    code, said = run(tmp_path, "hold", is_interruptible=True)
    assert (code < 0 or code == 1, said) == (True, "")
    assert "most recent call first" in (tmp_path / EVIDENCE_NAME).read_text()
    assert SuspectPosts(tmp_path).is_at_fault(message(7))


def test_work_in_time_is_not_touched(tmp_path: Path) -> None:
    assert run(tmp_path, "end", is_interruptible=True, budget_s=60.0) == (0, "done")
    assert portions(tmp_path, range(6, 9)) == [[6, 7, 8]]
    assert issubclass(OverBudgetError, BaseException)
    assert not issubclass(OverBudgetError, Exception), "stages catch every Exception of a post"
