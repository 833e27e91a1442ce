"""The duplicate index is rebuilt from its log."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from processors.errors import PipelineBugError, StateLogError
from processors.stream.stages import DedupStage, Handled
from processors.stream.state import DedupState, LogRecord
from schemas import Channel, Fingerprint, FingerprintRecord, Lane, Language, NormalizedPost, Provenance, Source
from schemas.analyzed import AnalyzedPost
from schemas.topics import FINGERPRINTS


@dataclass
class Stored:
    """A record of the log, or a message."""

    offset: int
    value: bytes | None
    key: bytes | None = b"en"
    tp: tuple[str, int] = ("posts.analyzed", 1)
    timestamp: float | None = 0.0
    generation_id: int = 1


def log_of(*values: bytes | None) -> Callable[[int], AsyncIterator[Sequence[LogRecord]]]:
    async def read(_partition: int) -> AsyncIterator[Sequence[LogRecord]]:
        yield []
        yield [Stored(offset, value) for offset, value in enumerate(values)]

    return read


def post(message_id: int, text_hash: str) -> AnalyzedPost:
    normalized = NormalizedPost(
        key=f"tg:1:{message_id}",
        revision="r",
        channel=Channel(id=1),
        message_id=message_id,
        posted_at=datetime(2026, 1, message_id, tzinfo=UTC),
        text="text",
        language=Language(code="en"),
        provenance=Provenance(source=Source(kind="test"), lane=Lane.LIVE, pipeline_version="1"),
    )
    return AnalyzedPost(post=normalized, fingerprint=Fingerprint(exact=text_hash))


def handle(state: DedupState, analyzed: AnalyzedPost) -> Handled:
    handled = DedupStage(state).handle(Stored(0, analyzed.model_dump_json().encode()))
    assert isinstance(handled, Handled)
    return handled


async def test_rebuilt_index_judges_like_the_old_one() -> None:
    old = DedupState(log_of())
    await old.load(1)
    written = [
        output.record.model_dump_json().encode()
        for number, text in ((1, "a"), (2, "b"))
        for output in handle(old, post(number, text)).outputs
        if output.topic is FINGERPRINTS
    ]
    new = DedupState(log_of(*written))
    await new.load(1)
    assert len(new) == len(old) == 2
    assert handle(new, post(3, "a")) == handle(old, post(3, "a"))
    assert handle(new, post(1, "a")).outcome == "repeat"
    assert handle(new, post(4, "a")).outcome == "duplicate"


async def test_lost_partition_leaves_no_index() -> None:
    state = DedupState(log_of())
    await state.load(1)
    state.drop(1)
    assert len(state) == 0
    with pytest.raises(PipelineBugError):
        state.index(1)


async def test_unreadable_state_is_never_guessed() -> None:
    good = FingerprintRecord(key="tg:1:1", revision="r", language="en", fingerprint=Fingerprint(exact="a"))
    state = DedupState(log_of(good.model_dump_json().encode(), b"{}"))
    with pytest.raises(StateLogError, match=r"posts\.fingerprints/1 offset 1"):
        await state.load(1)
    assert state.loading == set()
