"""What a worker was at when it was ended, and what it does with that after the restart."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
import structlog

from processors.errors import BudgetError, DataDirError, WorkerExit
from processors.stream.monitoring.post_budget import COUNTED, OverBudgetError, PostBudget
from processors.stream.monitoring.suspect_posts import EVIDENCE_NAME, NOTE_NAME, SUSPECTS_NAME, SuspectPosts
from tests.support.patience import DEADLINE_S

TP = ("posts.raw.live", 2)


@dataclass
class Message:
    offset: int
    tp: tuple[str, int] = TP
    value: bytes | None = None
    key: bytes | None = b"1"
    timestamp: float | None = 1.5
    generation_id: int = 1
    headers: tuple[tuple[str, bytes], ...] = ()

    def __post_init__(self) -> None:
        self.value = self.value or b"post %d" % self.offset


class Ended(BaseException):
    """The process has ended."""


def fail(error: WorkerExit) -> NoReturn:
    raise Ended(error)


def portions(folder: Path, offsets: range) -> list[list[int]]:
    budget = PostBudget(1.0, SuspectPosts(folder), fail)
    return [[message.offset for message in some] for some in budget.portions([Message(offset) for offset in offsets])]


def end_while_at_work(folder: Path, *offsets: int) -> None:
    """What a process leaves behind that the guard has ended."""
    suspects = SuspectPosts(folder)
    suspects.begin([Message(offset) for offset in offsets])
    suspects.leave_evidence("Current thread 0x1 (most recent call first):\n")


def test_without_evidence_nobody_is_suspected(tmp_path: Path) -> None:
    SuspectPosts(tmp_path).begin([Message(offset) for offset in range(3, 6)])  # and then it is killed
    assert portions(tmp_path, range(8)) == [[0, 1, 2, 3, 4, 5, 6, 7]]


def test_what_was_handled_together_is_taken_one_by_one(tmp_path: Path) -> None:
    end_while_at_work(tmp_path, 3, 4, 5)
    for _ in range(2):  # an ordinary restart forgets nothing
        assert portions(tmp_path, range(8)) == [[0, 1, 2], [3], [4], [5], [6, 7]]
    assert portions(tmp_path, range(100, 103)) == [[100, 101, 102]]
    assert not SuspectPosts(tmp_path).is_suspect(Message(4, tp=("posts.raw.live", 1)))


def test_a_full_disk_ends_no_work_and_accuses_nobody(tmp_path: Path) -> None:
    suspects = SuspectPosts(tmp_path)
    suspects.begin([Message(1)])
    with open_full() as full, structlog.testing.capture_logs() as said:
        for descriptor in (suspects._note, suspects.evidence):
            os.dup2(full, descriptor)
        budget = PostBudget(1.0, suspects, fail)
        for offset in (2, 3):
            with budget.watch([Message(offset)], is_interruptible=True):
                pass
        suspects.leave_evidence(COUNTED)
    assert [line["event"] for line in said] == [
        "what is at work cannot be noted: a post that hangs is not found",
        "no evidence is left of why the worker ends",
    ]


def test_what_a_full_disk_did_not_take_is_no_note_of_the_message_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspects = SuspectPosts(tmp_path)
    suspects.begin([Message(1)])
    monkeypatch.setattr(os, "pwrite", full_disk)
    suspects.end()
    suspects.begin([Message(2)])
    suspects.leave_evidence("Current thread 0x1 (most recent call first):\n")
    monkeypatch.undo()
    assert portions(tmp_path, range(3)) == [[0, 1, 2]]


def full_disk(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def open_full() -> Iterator[int]:
    """A file that takes no byte."""
    descriptor = os.open("/dev/full", os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def test_the_post_that_ends_a_worker_alone_is_at_fault(tmp_path: Path) -> None:
    end_while_at_work(tmp_path, 3, 4, 5)
    end_while_at_work(tmp_path, 4)
    budget = PostBudget(1.0, SuspectPosts(tmp_path), fail)
    assert [budget.is_known_over_budget(Message(offset)) for offset in (3, 4, 5)] == [False, True, False]
    assert not budget.is_known_over_budget(Message(4, value=b"post 5"))
    assert not budget.is_known_over_budget(Message(4, value=b"another post, of a topic that was made again"))
    assert not budget.is_known_over_budget(Message(4, timestamp=2.5)), "a dead letter that is replayed is tried again"
    assert budget.is_known_over_budget(Message(104, value=b"post 4")), (
        "what a restart has written once more is not tried again"
    )


def test_fingerprints_that_a_restart_has_written_once_more_are_not_tried_again(tmp_path: Path) -> None:
    """The broker gives them another time; that of their raw posts is among what they hold."""
    tp = ("tgwire.posts.fingerprints.1", 2)
    suspects = SuspectPosts(tmp_path)
    suspects.begin([Message(4, tp)])
    suspects.leave_evidence("Current thread 0x1 (most recent call first):\n")
    budget = PostBudget(1.0, SuspectPosts(tmp_path), fail)
    assert budget.is_known_over_budget(Message(104, tp, value=b"post 4", timestamp=2.5))
    assert not budget.is_known_over_budget(Message(5, tp))


def test_two_posts_of_a_slice_are_both_found(tmp_path: Path) -> None:
    end_while_at_work(tmp_path, 3, 4, 5)
    end_while_at_work(tmp_path, 3)
    end_while_at_work(tmp_path, 5)
    budget = PostBudget(1.0, SuspectPosts(tmp_path), fail)
    assert [budget.is_known_over_budget(Message(offset)) for offset in (3, 4, 5)] == [True, False, True]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"runs": [["t", 0, 1]], "digest": null}', b"\xff" * 99])
@pytest.mark.parametrize("name", [NOTE_NAME, SUSPECTS_NAME])
def test_damaged_files_are_left_out(tmp_path: Path, name: str, content: bytes) -> None:
    end_while_at_work(tmp_path, 3)
    end_while_at_work(tmp_path, 4, 5)
    (tmp_path / name).write_bytes(content)
    assert portions(tmp_path, range(8))[0][:3] == [0, 1, 2]
    end_while_at_work(tmp_path, 1)
    assert SuspectPosts(tmp_path).is_at_fault(Message(1))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / NOTE_NAME).mkdir()
    with pytest.raises(DataDirError, match=r"worker\.data_dir"):
        SuspectPosts(tmp_path)


PROGRAM = """
import os, sys, time, unicodedata
from pathlib import Path
from processors.stream.monitoring.post_budget import OverBudgetError, PostBudget
from processors.stream.monitoring.suspect_posts import SuspectPosts
from tests.unit.processors.stream.monitoring.test_post_budget import Message

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
    with budget.watch([Message(7)], is_interruptible={is_interruptible}):
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
    assert suspects.is_at_fault(Message(7))


def test_a_call_that_holds_the_lock_ends_the_process_with_its_location(tmp_path: Path) -> None:
    code, said = run(tmp_path, "hold", is_interruptible=True)
    assert (code < 0 or code == 1, said) == (True, "")
    assert "most recent call first" in (tmp_path / EVIDENCE_NAME).read_text()
    assert SuspectPosts(tmp_path).is_at_fault(Message(7))


def test_work_in_time_is_not_touched(tmp_path: Path) -> None:
    assert run(tmp_path, "end", is_interruptible=True, budget_s=60.0) == (0, "done")
    assert portions(tmp_path, range(6, 9)) == [[6, 7, 8]]
    assert issubclass(OverBudgetError, BaseException)
    assert not issubclass(OverBudgetError, Exception), "stages catch every Exception of a post"
