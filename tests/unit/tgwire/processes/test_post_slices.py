"""Posts in slices, and the pipe that they may come from."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.errors import SourceUnreadableError
from ingest.sources.base import SourceItem
from schemas import Channel, PostSource, RawPost
from tgwire.cli.piped_lines import PipedLines
from tgwire.processes.post_slices import CHARACTERS, POSTS, slices


def post(number: int, text: str = "a post") -> RawPost:
    return RawPost(channel=Channel(id=1), message_id=number, text=text, source=PostSource(kind="test"))


def sizes(count: int) -> list[int]:
    return [len(some) for some in slices(post(number) for number in range(1, count + 1))]


def test_slices_are_full_but_the_last() -> None:
    assert [sizes(count) for count in (0, 1, POSTS, POSTS + 1)] == [[], [1], [POSTS], [POSTS, 1]]


def test_a_slice_can_be_larger() -> None:
    assert [len(some) for some in slices(map(post, range(1, POSTS + 3)), posts=POSTS + 1)] == [POSTS + 1, 1]


def test_long_posts_close_a_slice() -> None:
    posts = [SourceItem(post(number, "x" * (CHARACTERS // 2)), None) for number in range(1, 6)]
    assert [[item.entry for item in some] for some in slices(posts)] == [
        [posts[0].entry, posts[1].entry],
        [posts[2].entry, posts[3].entry],
        [posts[4].entry],
    ]


def test_a_slice_goes_ahead_when_the_next_post_must_be_waited_for() -> None:
    there = iter([True, False, True, True])
    posts = [post(number) for number in range(1, 5)]
    assert list(slices(posts, lambda: next(there))) == [posts[:2], posts[2:]]


def test_what_came_before_an_error_comes_before_it() -> None:
    def broken() -> Iterator[RawPost]:
        yield post(1)
        raise SourceUnreadableError("archive")

    taken = slices(broken())
    assert next(taken) == [post(1)]
    with pytest.raises(SourceUnreadableError):
        next(taken)


@pytest.fixture
def pipe() -> Iterator[tuple[int, PipedLines]]:
    """Its writing end, and the lines of the other."""
    reading, writing = os.pipe()
    yield writing, PipedLines(reading)
    os.close(reading)
    os.close(writing)


def test_a_pipe_has_a_line_once_its_end_is_there(pipe: tuple[int, PipedLines]) -> None:
    writing, lines = pipe
    assert not lines.has_line()
    os.write(writing, b"one\ntw")
    assert lines.has_line()
    assert lines.readline() == b"one\n"
    assert not lines.has_line()
    os.write(writing, b"o\n")
    assert lines.has_line()
    assert lines.readline() == b"two\n"


def test_a_line_without_an_end_is_the_last(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\n\nthree")
    with path.open("rb") as file:
        lines = PipedLines(file.fileno())
        assert [(lines.has_line(), lines.readline()) for _ in range(4)] == [
            (True, b"one\n"),
            (True, b"\n"),
            (True, b"three"),
            (True, b""),
        ]


def test_a_line_is_cut_at_a_limit_and_the_rest_stays(pipe: tuple[int, PipedLines]) -> None:
    writing, lines = pipe
    os.write(writing, b"abcdef\nghi\n")
    assert [lines.readline(4), lines.readline(4), lines.read(2), lines.readline(9)] == [b"abcd", b"ef\n", b"gh", b"i\n"]


def test_a_line_longer_than_a_chunk_is_one(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"x" * 200_000 + b"\ny\n")
    with path.open("rb") as file:
        lines = PipedLines(file.fileno())
        assert [len(lines.readline()), lines.readline()] == [200_001, b"y\n"]
