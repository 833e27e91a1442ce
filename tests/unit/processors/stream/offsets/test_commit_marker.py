"""What distinguishes one record from another."""

from functools import partial

import pytest

from processors.stream.offsets.commit_marker import CommitMarker
from processors.testing import MemoryMessage

Message = partial(MemoryMessage, 7, timestamp=1700000000.123)


def test_a_record_is_known_again_whoever_fetched_it() -> None:
    assert CommitMarker.of(Message()) == CommitMarker.of_record(7, 1700000000123, b"1", b"post")


@pytest.mark.parametrize(
    "other",
    [
        MemoryMessage(8, timestamp=1700000000.123),
        Message(key=None),
        Message(key=b"2"),
        Message(value=None),
        Message(value=b"other"),
        Message(timestamp=1700000000.124),
    ],
)
def test_another_record_is_recognised(other: MemoryMessage) -> None:
    assert CommitMarker.of(other) != CommitMarker.of(Message())


def test_a_mark_comes_back_from_a_commit() -> None:
    mark = CommitMarker.of(Message())
    assert CommitMarker.parse(str(mark)) == mark


@pytest.mark.parametrize("metadata", ["", "7", "a:b", "7:short", "-7:0123456789abcdef", "²:0123456789abcdef"])
def test_metadata_of_others_is_no_mark(metadata: str) -> None:
    assert CommitMarker.parse(metadata) is None
