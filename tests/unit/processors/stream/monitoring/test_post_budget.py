"""What a worker was at when it was ended, and what it does with that after the restart."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
import structlog

from processors.errors import DataDirError
from processors.stream.monitoring.post_budget import COUNTED, PostBudget
from processors.stream.monitoring.suspect_posts import NOTE_NAME, SUSPECTS_NAME, SuspectPosts
from tests.support.post_budget import fail, message, portions


def end_while_at_work(folder: Path, *offsets: int) -> None:
    """What a process leaves behind that the guard has ended."""
    suspects = SuspectPosts(folder)
    suspects.begin([message(offset) for offset in offsets])
    suspects.leave_evidence("Current thread 0x1 (most recent call first):\n")


def test_without_evidence_nobody_is_suspected(tmp_path: Path) -> None:
    SuspectPosts(tmp_path).begin([message(offset) for offset in range(3, 6)])  # and then it is killed
    assert portions(tmp_path, range(8)) == [[0, 1, 2, 3, 4, 5, 6, 7]]


def test_what_was_handled_together_is_taken_one_by_one(tmp_path: Path) -> None:
    end_while_at_work(tmp_path, 3, 4, 5)
    for _ in range(2):  # an ordinary restart forgets nothing
        assert portions(tmp_path, range(8)) == [[0, 1, 2], [3], [4], [5], [6, 7]]
    assert portions(tmp_path, range(100, 103)) == [[100, 101, 102]]
    assert not SuspectPosts(tmp_path).is_suspect(message(4, tp=("posts.raw.live", 1)))


def test_a_full_disk_ends_no_work_and_accuses_nobody(tmp_path: Path) -> None:
    suspects = SuspectPosts(tmp_path)
    suspects.begin([message(1)])
    with open_full() as full, structlog.testing.capture_logs() as said:
        for descriptor in (suspects._note, suspects.evidence):
            os.dup2(full, descriptor)
        budget = PostBudget(1.0, suspects, fail)
        for offset in (2, 3):
            with budget.watch([message(offset)], is_interruptible=True):
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
    suspects.begin([message(1)])
    monkeypatch.setattr(os, "pwrite", full_disk)
    suspects.end()
    suspects.begin([message(2)])
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
    assert [budget.is_known_over_budget(message(offset)) for offset in (3, 4, 5)] == [False, True, False]
    assert not budget.is_known_over_budget(message(4, value=b"post 5"))
    assert not budget.is_known_over_budget(message(4, value=b"another post, of a topic that was made again"))
    assert not budget.is_known_over_budget(message(4, timestamp=2.5)), "a dead letter that is replayed is tried again"
    assert budget.is_known_over_budget(message(104, value=b"post 4")), (
        "what a restart has written once more is not tried again"
    )


def test_fingerprints_that_a_restart_has_written_once_more_are_not_tried_again(tmp_path: Path) -> None:
    """The broker gives them another time; that of their raw posts is among what they hold."""
    tp = ("tgwire.posts.fingerprints.1", 2)
    suspects = SuspectPosts(tmp_path)
    suspects.begin([message(4, tp)])
    suspects.leave_evidence("Current thread 0x1 (most recent call first):\n")
    budget = PostBudget(1.0, SuspectPosts(tmp_path), fail)
    assert budget.is_known_over_budget(message(104, tp, value=b"post 4", timestamp=2.5))
    assert not budget.is_known_over_budget(message(5, tp))


def test_two_posts_of_a_slice_are_both_found(tmp_path: Path) -> None:
    end_while_at_work(tmp_path, 3, 4, 5)
    end_while_at_work(tmp_path, 3)
    end_while_at_work(tmp_path, 5)
    budget = PostBudget(1.0, SuspectPosts(tmp_path), fail)
    assert [budget.is_known_over_budget(message(offset)) for offset in (3, 4, 5)] == [True, False, True]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"runs": [["t", 0, 1]], "digest": null}', b"\xff" * 99])
@pytest.mark.parametrize("name", [NOTE_NAME, SUSPECTS_NAME])
def test_damaged_files_are_left_out(tmp_path: Path, name: str, content: bytes) -> None:
    end_while_at_work(tmp_path, 3)
    end_while_at_work(tmp_path, 4, 5)
    (tmp_path / name).write_bytes(content)
    assert portions(tmp_path, range(8))[0][:3] == [0, 1, 2]
    end_while_at_work(tmp_path, 1)
    assert SuspectPosts(tmp_path).is_at_fault(message(1))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / NOTE_NAME).mkdir()
    with pytest.raises(DataDirError, match=r"worker\.data_dir"):
        SuspectPosts(tmp_path)
