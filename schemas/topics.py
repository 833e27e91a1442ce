"""Every topic: its key, value, size and retention. The only place that knows their names."""

from dataclasses import dataclass
from typing import Literal

from schemas.base import Record
from schemas.events import CounterUpdate, DeadLetter, DuplicateRecord, Tombstone
from schemas.normalized import NormalizedPost
from schemas.quotes import QuoteRecord
from schemas.raw import Lane, RawPost

DAY_MS = 86_400_000
MIB = 1 << 20

MAX_RAW_BYTES = 1_000_000
"""Largest raw post that is published. Telegram's own limit is 4,096 characters."""
MAX_RECORD_BYTES = 4_000_000
"""Largest record downstream, where blocks and quotes repeat parts of the text. A larger one is a dead letter."""
DEAD_LETTER_HEADER = "tgwire-dead-letter"
REPLAYS_HEADER = "tgwire-replays"
"""On a message that was a dead letter before: how often it was sent again, in decimal digits."""
REPLAYED_HEADER = "tgwire-replayed"
"""On a record of ``dead-letters`` that is no letter, but notes that the one at the offset it holds was sent again."""


@dataclass(frozen=True)
class Topic:
    """A Kafka topic as tgwire needs it."""

    name: str
    purpose: str
    key: str
    values: tuple[type[Record], ...]
    partitions: int = 6
    cleanup_policy: Literal["delete", "compact"] = "delete"
    retention_ms: int = 7 * DAY_MS
    """Milliseconds before deletion; -1 keeps for ever. Means nothing for a compacted topic."""
    max_message_bytes: int = 4 * MIB
    is_internal: bool = False
    timestamp_type: Literal["LogAppendTime", "CreateTime"] = "LogAppendTime"
    """Who sets a record's time. Of a client whose clock is an hour ahead, Kafka 4 refuses every record that carries the
    client's own time."""

    def config(self) -> dict[str, str]:
        """The broker's settings of the topic."""
        settings = {
            "cleanup.policy": self.cleanup_policy,
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": self.timestamp_type,
        }
        if self.cleanup_policy == "delete":
            settings["retention.ms"] = str(self.retention_ms)
        return settings


RAW_LIVE = Topic(
    "posts.raw.live", "Posts as collected, live lane.", "channel id", (RawPost,), max_message_bytes=MIB + MIB // 4
)
RAW_BACKFILL = Topic(
    "posts.raw.backfill",
    "Posts as collected, replayed from archives and history.",
    "channel id",
    (RawPost,),
    max_message_bytes=MIB + MIB // 4,
)
FINGERPRINTS = Topic(
    "posts.fingerprints",
    "What duplicate detection compares; its input and its state. MessagePack: schemas/fingerprints.py.",
    "home",
    (),
    retention_ms=-1,
    is_internal=True,
)
NORMALIZED = Topic(
    "posts.normalized",
    "Clean records; the last one of a key wins.",
    "post key",
    (NormalizedPost, Tombstone),
    cleanup_policy="compact",
)
QUOTES = Topic(
    "quotes", "Items of media-quote lists, one by one.", "quote key", (QuoteRecord,), cleanup_policy="compact"
)
DUPLICATES = Topic(
    "posts.duplicates",
    "What each post repeats, as known now.",
    "post key",
    (DuplicateRecord,),
    cleanup_policy="compact",
)
COUNTERS = Topic(
    "posts.counters", "Views, forwards and reactions over time.", "post key", (CounterUpdate,), cleanup_policy="compact"
)
DEAD_LETTERS = Topic(
    "dead-letters",
    "Messages that could not be processed: their own bytes, with the reason in a header.",
    "key of the message",
    (DeadLetter,),
    partitions=1,
    retention_ms=30 * DAY_MS,
)

TOPICS = (RAW_LIVE, RAW_BACKFILL, FINGERPRINTS, NORMALIZED, QUOTES, DUPLICATES, COUNTERS, DEAD_LETTERS)


def raw_topic(lane: Lane) -> Topic:
    """The raw topic of a lane."""
    return RAW_LIVE if lane is Lane.LIVE else RAW_BACKFILL
