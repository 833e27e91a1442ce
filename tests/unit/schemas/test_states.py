"""The packed value of posts.states."""

import pytest

from schemas import RejectReason
from schemas.rank import LOWEST, Rank, State, StateClass
from schemas.states import EXAMPLE, EXAMPLE_TOPIC_ID, POST_STATE, PostState, StateValueError, topic_mark

MARK = topic_mark("a topic")
COLLECTED = Rank(1741944415120000, StateClass.COLLECTED)


@pytest.mark.parametrize(
    "state",
    [
        PostState(COLLECTED, "9f86d081884c7d65", home=3, epoch=1, quotes=12, citations=1),
        PostState(COLLECTED, "0000000000000000"),
        PostState(COLLECTED, "", is_deleted=True, home=0, epoch=255),
        PostState(LOWEST, "9F86D081884C7D65", quotes=65535),
        PostState(Rank((1 << 53) - 1, StateClass.ARCHIVED), "revision of another form ☂", home=65535, citations=65535),
    ],
)
def test_a_state_comes_back_as_it_was(state: PostState) -> None:
    assert PostState.unpack(state.pack()) == state
    assert PostState.unpack_marked(state.pack(MARK)) == (MARK, state)


def test_a_value_is_as_published() -> None:
    """What lies in the logs of installations is read by later versions: a new layout needs a new version."""
    published = bytes.fromhex("01 05 b5a9b0a6 0006304a0a14ea80 0003 01 0001 0000 9f86d081884c7d65")
    assert POST_STATE.example == published
    assert PostState.unpack_marked(published) == (topic_mark(EXAMPLE_TOPIC_ID), EXAMPLE)


def test_a_value_is_small() -> None:
    largest = PostState(COLLECTED, "9f86d081884c7d65", home=65535, epoch=255, quotes=65535, citations=65535)
    assert len(largest.pack(MARK)) == 29
    assert len(PostState(COLLECTED, "", is_deleted=True).pack(MARK)) == 29


def test_a_state_is_compared_by_rank_revision_and_deletion() -> None:
    state = PostState(COLLECTED, "9f86d081884c7d65", home=3, quotes=2)
    assert state.state == State(COLLECTED, "9f86d081884c7d65", is_deleted=False)


GOOD = EXAMPLE.pack(MARK)
TEXT = PostState(COLLECTED, "text").pack(MARK)


@pytest.mark.parametrize(
    ("value", "reason", "message", "field"),
    [
        (b"", RejectReason.INVALID_FIELD, "the value is empty", None),
        (b"{}", RejectReason.UNKNOWN_SCHEMA_VERSION, "version 123 is not known here", "version"),
        (b"\x02" + GOOD[1:], RejectReason.UNKNOWN_SCHEMA_VERSION, "version 2 is not known here", "version"),
        (GOOD[:-1], RejectReason.INVALID_FIELD, "the value ends after 28 bytes", None),
        (GOOD[:1], RejectReason.INVALID_FIELD, "the value ends after 1 bytes", None),
        (GOOD + b"xy", RejectReason.INVALID_FIELD, "the value has 2 bytes too many", None),
        (GOOD[:1] + b"\x10" + GOOD[2:], RejectReason.INVALID_FIELD, "flags 16 are not known here", "flags"),
        (GOOD[:6] + b"\xff" + GOOD[7:], RejectReason.INVALID_FIELD, "the moment is out of range", "rank"),
        (TEXT[:-2] + b"\xff\xff", RejectReason.INVALID_FIELD, "is no UTF-8", "revision"),
        (GOOD[:1] + b"\x0d" + GOOD[2:], RejectReason.INVALID_FIELD, "is given twice", "revision"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(
    value: bytes, reason: RejectReason, message: str, field: str | None
) -> None:
    with pytest.raises(StateValueError, match=message) as refused:
        PostState.unpack(value)
    assert (refused.value.reason, refused.value.message, refused.value.field) == (reason, message, field)


@pytest.mark.parametrize(
    "state",
    [
        EXAMPLE._replace(home=65536),
        EXAMPLE._replace(epoch=-1),
        EXAMPLE._replace(quotes=65536),
        EXAMPLE._replace(rank=Rank(1 << 53, StateClass.COLLECTED)),
        EXAMPLE._replace(revision="x" * 256),
    ],
)
def test_a_state_beyond_the_layout_is_not_written(state: PostState) -> None:
    with pytest.raises(ValueError, match=r"beyond the layout of posts\.states"):
        state.pack()
