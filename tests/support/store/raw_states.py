"""States of few posts as collectors and archives give them: edits, deletions, returns, copies, late originals."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from schemas import Channel, Counters, ForwardOrigin, Lane, PostSource, RawPost
from schemas.rank import microseconds

START = datetime(2026, 3, 1, 21, tzinfo=UTC)
HARBOUR = (
    "The harbour of the northern town was closed this morning after a storm had moved sand into it, officials said."
)
GRAIN = "A report about the price of grain in the southern provinces, as the ministry has announced to the press today."
HAFEN = "Der Hafen der nördlichen Stadt wurde heute früh geschlossen, nachdem ein Sturm Sand hineingetragen hatte."
BRIDGE = "Мост через реку в северном городе закрыт с сегодняшнего утра, сообщает агентство Reuters со ссылкой на мэрию."
TEXTS = (
    HARBOUR,
    HARBOUR + " Subscribe to @example_news",
    GRAIN,
    HAFEN,
    BRIDGE,
    BRIDGE + " Подписаться",
    "ok",
    "",
    "What the papers say:\n🔹 The Guardian: ferries wait\n🔹 Le Monde: the port is closed\n🔹 Reuters: sand everywhere",
)
CHANNELS = (101, 202, 303, 404)
POSTS_OF_A_CHANNEL = 5


def raw_states(seed: int, count: int) -> Iterator[RawPost]:
    """Some states in the order in which they arrive: half of them collected, those with an order, half of archives."""
    random = Random(seed)
    for _ in range(count):
        channel, message = random.choice(CHANNELS), random.randint(1, POSTS_OF_A_CHANNEL)
        posted = START + timedelta(minutes=17 * message + 3 * CHANNELS.index(channel))
        moment = posted + timedelta(minutes=random.randrange(60))
        is_collected, is_deleted = random.random() < 0.5, random.random() < 0.2
        is_edited = not is_deleted and random.random() < 0.5
        yield RawPost(
            channel=Channel(id=channel, username=f"name{channel}" if random.random() < 0.5 else None),
            message_id=message,
            posted_at=posted,
            edited_at=moment if is_edited or (is_deleted and random.random() < 0.7) else None,
            order=microseconds(moment) if is_collected else None,
            collected_at=moment if is_collected else None,
            text="" if is_deleted else random.choice(TEXTS),
            forward=None if is_deleted or random.random() < 0.8 else _forward(random, posted),
            counters=_counters(random, moment) if random.random() < 0.3 else None,
            is_deleted=is_deleted,
            lane=Lane.LIVE if is_collected else Lane.BACKFILL,
            source=PostSource(kind="test"),
        )


def _counters(random: Random, moment: datetime) -> Counters:
    views = random.randrange(1000)
    return Counters(observed_at=moment, is_exact=views % 2 == 0, views=views)


def _forward(random: Random, posted: datetime) -> ForwardOrigin:
    origin = random.choice(CHANNELS)
    is_known = random.random() < 0.5
    return ForwardOrigin(
        channel_id=origin if is_known else None,
        channel_username=None if is_known else f"name{origin}",
        message_id=random.randint(1, POSTS_OF_A_CHANNEL),
        posted_at=posted - timedelta(minutes=1),
    )
