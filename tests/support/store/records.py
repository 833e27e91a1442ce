"""Records as the topics have them, of few posts with few texts, so that states, links and texts meet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from schemas import (
    Channel,
    Counters,
    CounterUpdate,
    DuplicateKind,
    DuplicateLink,
    DuplicateRecord,
    Lane,
    NormalizedPost,
    PostSource,
    Tombstone,
    post_key,
)
from schemas.normalized import Language, Provenance

START = datetime(2026, 3, 1, 22, 58, tzinfo=UTC)
CHANNELS = (101, 202)
SOURCE = PostSource(kind="test")
TEXTS = (
    "Bridge closed in Larnet",
    "Мост закрыт, пишет Guardian",
    "Two boats collided near the pier",
    "n\u0000ul and \U0001f6a2 don't",
    "",
)
LANGUAGES = ("en", "ru")


@dataclass(frozen=True)
class State:
    """What the test wants of a post's state."""

    number: int
    """Of the post, from 1: even ones are of the first channel."""
    rank: tuple[int, int]
    text: int = 0
    language: int = 0
    is_dated: bool = True
    hours: int = 0
    """By which its date was corrected."""
    quotes: int = 0
    views: int | None = None

    @property
    def key(self) -> str:
        return key_of(self.number)


def channel_of(number: int) -> int:
    return CHANNELS[number % len(CHANNELS)]


def key_of(number: int) -> str:
    return post_key(channel_of(number), number)


def posted_at(number: int, hours: int = 0) -> datetime:
    return START + timedelta(seconds=37 * number, hours=hours)


def post_value(state: State) -> bytes:
    """A value of ``posts.normalized``."""
    collected = START + timedelta(days=1, seconds=state.rank[0]) if state.rank[1] else None
    post = NormalizedPost(
        key=state.key,
        revision=f"{state.text:x}{state.language:x}",
        channel=Channel(
            id=channel_of(state.number),
            username=f"name{state.rank[0] % 3}",
            title="A\u0000B" if state.text == 3 else "News",
        ),
        message_id=state.number,
        posted_at=posted_at(state.number, state.hours) if state.is_dated else None,
        text=TEXTS[state.text],
        language=Language(code=LANGUAGES[state.language]),
        counters=None
        if state.views is None
        else Counters(observed_at=START + timedelta(seconds=state.rank[0]), views=state.views),
        provenance=Provenance(
            source=SOURCE, lane=Lane.LIVE, collected_at=collected, rank=state.rank, pipeline_version="1"
        ),
    )
    value: dict[str, Any] = orjson.loads(post.model_dump_json())
    if state.quotes:
        value["quote_lists"] = [{"items": [_quote(state.key, at) for at in range(state.quotes)]}]
        outlets = [{"id": "ap", "name": "AP"}]
        value["citations"] = [{"position": 0, "text": "says", "start": 0, "end": 4, "outlets": outlets}]
    return orjson.dumps(value)


def _quote(key: str, position: int) -> dict[str, Any]:
    outlets = [{"id": "guardian", "name": "The Guardian", "is_known": True}, {"id": None, "name": "Local"}]
    text = {"text": "closed", "start": 0, "end": 6}
    return {"key": f"{key}:{position}", "position": position, "outlets": outlets, "outlet_text": [], **text}


def tombstone_value(number: int, rank: tuple[int, int]) -> bytes:
    """A deletion on ``posts.normalized``."""
    return Tombstone(
        key=key_of(number),
        channel=Channel(id=channel_of(number)),
        message_id=number,
        provenance=Provenance(source=SOURCE, lane=Lane.LIVE, rank=rank, pipeline_version="1"),
    ).to_json()


def verdict_value(number: int, target: int | None, rank: tuple[int, int] | None) -> bytes:
    """A value of ``posts.duplicates``."""
    link = None
    if target is not None:
        link = DuplicateLink(of=key_of(target), kind=DuplicateKind.NEAR, similarity=0.9)
    return DuplicateRecord(
        key=key_of(number),
        revision="00",
        rank=rank,
        duplicate=link,
        posted_at=posted_at(number),
        original_posted_at=None if target is None else posted_at(target),
    ).to_json()


def counters_value(number: int, second: int, views: int) -> bytes:
    """A value of ``posts.counters``."""
    counters = Counters(observed_at=START + timedelta(seconds=second), views=views)
    return CounterUpdate(key=key_of(number), counters=counters).to_json()
