"""Every topic: its key, value, size and retention. The only place that knows their names."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, NamedTuple

from schemas.base import Record
from schemas.channel_state import ChannelState
from schemas.citations import CitationRecord
from schemas.events import CounterUpdate, DeadLetter, DuplicateRecord, Tombstone
from schemas.fingerprints import FINGERPRINT_BATCH
from schemas.flat import FlatCitation, FlatDuplicate, FlatPost, FlatQuote
from schemas.normalized import NormalizedPost
from schemas.packed import PackedValue
from schemas.quotes import QuoteRecord
from schemas.raw import Lane, RawPost
from schemas.states import POST_STATE
from schemas.times import DAY_MS

MIB = 1 << 20
WITHDRAWN_DAYS = 30
"""A consumer that was away for no longer still sees that a record was withdrawn."""
UNCOMPACTED_DAYS = 7
"""A consumer that was away for no longer sees every record of a key."""

MAX_RAW_BYTES = 1_000_000
"""Largest raw post that is published. Telegram's own limit is 4,096 characters."""
MAX_RECORD_BYTES = 4_000_000
"""Largest record downstream, where blocks and quotes repeat parts of the text. A larger one is a dead letter."""
DEAD_LETTER_HEADER = "tgwire-dead-letter"
SINK_STAGE = "sink."
"""The stage of a dead letter begins with this where a sink refused the record: it is still in its topic, and sending it
there again would put an old state behind a newer one."""
WEBHOOK_STAGE = SINK_STAGE + "webhook"
"""The receiver of a webhook can be asked again: ``tgwire dead-letters replay`` sends these to it, not to the topic."""
TOPIC_ID_HEADER = "tgwire-topic-id"
"""On a dead letter of a sink: the id of the topic that the record is in."""
REPLAYS_HEADER = "tgwire-replays"
"""On a message that was a dead letter before: how often it was sent again, in decimal digits."""
REPLAYED_HEADER = "tgwire-replayed"
"""On a record of ``dead-letters`` that is no letter, but notes that the one at the offset it holds was sent again."""


class Retention(NamedTuple):
    """Days that the logs keep what is replayed from them; ``Settings`` have them."""

    raw_days: int = 30
    fingerprint_days: int = 30


_DEFAULT = Retention()


class Keep(Enum):
    """How long a log keeps its records, where a setting decides it."""

    RAW = auto()
    FINGERPRINTS = auto()


@dataclass(frozen=True)
class Topic:
    """A Kafka topic as tgwire needs it."""

    name: str
    purpose: str
    key: str
    values: tuple[type[Record], ...]
    partitions: int = 6
    cleanup_policy: Literal["delete", "compact"] = "delete"
    keep: Keep | int = 7
    """Days before deletion. Means nothing for a compacted topic."""
    max_message_bytes: int = 4 * MIB
    is_internal: bool = False
    timestamp_type: Literal["LogAppendTime", "CreateTime"] = "LogAppendTime"
    """Who sets a record's time. Of a client whose clock is an hour ahead, Kafka 4 refuses every record that carries the
    client's own time."""
    packed: tuple[PackedValue, ...] = ()
    """Values that are bytes and not JSON."""

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def is_by_channel(self) -> bool:
        """Whether its partitions are those of the raw topics: a channel has one number in all of them."""
        return self.key in {"channel id", "post key", "quote key", "citation key"}

    def config(self, retention: Retention = _DEFAULT) -> dict[str, str]:
        """The broker's settings of the topic."""
        settings = {
            "cleanup.policy": self.cleanup_policy,
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": self.timestamp_type,
        }
        if self.cleanup_policy == "delete":
            settings["retention.ms"] = str(self._keep_days(retention) * DAY_MS)
        else:
            settings["delete.retention.ms"] = str(WITHDRAWN_DAYS * DAY_MS)
            settings["min.compaction.lag.ms"] = str(UNCOMPACTED_DAYS * DAY_MS)
        return settings

    def _keep_days(self, retention: Retention) -> int:
        if isinstance(self.keep, int):
            return self.keep
        return retention.raw_days if self.keep is Keep.RAW else retention.fingerprint_days


RAW_LIVE = Topic(
    "posts.raw.live",
    "Posts as collected, live lane.",
    "channel id",
    (RawPost,),
    keep=Keep.RAW,
    max_message_bytes=MIB + MIB // 4,
)
RAW_BACKFILL = Topic(
    "posts.raw.backfill",
    "Posts as collected, replayed from archives and history.",
    "channel id",
    (RawPost,),
    keep=Keep.RAW,
    max_message_bytes=MIB + MIB // 4,
)
FINGERPRINTS = Topic(
    "posts.fingerprints.1",
    "What duplicate detection compares; its input and its state. The name ends with the epoch of homes.",
    "none",
    (),
    keep=Keep.FINGERPRINTS,
    is_internal=True,
    packed=(FINGERPRINT_BATCH,),
)
STATES = Topic(
    "posts.states",
    "What the analysis knows of each post: log of its table of states.",
    "post key",
    (),
    cleanup_policy="compact",
    is_internal=True,
    packed=(POST_STATE,),
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
CITATIONS = Topic(
    "citations",
    "Single statements attributed to an outlet, one by one.",
    "citation key",
    (CitationRecord,),
    cleanup_policy="compact",
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
CHANNEL_STATES = Topic(
    "channels.state", "How each watched channel is.", "channel id", (ChannelState,), cleanup_policy="compact"
)
DEAD_LETTERS = Topic(
    "dead-letters",
    "Messages that could not be processed: their own bytes, with the reason in a header.",
    "key of the message",
    (DeadLetter,),
    partitions=1,
    keep=30,
)

TOPICS = (
    RAW_LIVE,
    RAW_BACKFILL,
    STATES,
    FINGERPRINTS,
    NORMALIZED,
    QUOTES,
    CITATIONS,
    DUPLICATES,
    COUNTERS,
    CHANNEL_STATES,
    DEAD_LETTERS,
)
POSTS_FLAT = Topic(
    "posts.flat", "A row for each post of posts.normalized.", "post key", (FlatPost,), cleanup_policy="compact"
)
QUOTES_FLAT = Topic(
    "quotes.flat", "A row for each item of quotes.", "quote key", (FlatQuote,), cleanup_policy="compact"
)
CITATIONS_FLAT = Topic(
    "citations.flat", "A row for each citation of citations.", "citation key", (FlatCitation,), cleanup_policy="compact"
)
DUPLICATES_FLAT = Topic(
    "duplicates.flat",
    "A row for each verdict of posts.duplicates.",
    "post key",
    (FlatDuplicate,),
    cleanup_policy="compact",
)
FLAT_TOPICS = (POSTS_FLAT, QUOTES_FLAT, CITATIONS_FLAT, DUPLICATES_FLAT)
"""Written where ``worker.flat`` is set; they need not exist elsewhere."""
ALL_TOPICS = (*TOPICS, *FLAT_TOPICS)
COLLECTOR_OUTPUTS = (RAW_LIVE, RAW_BACKFILL, COUNTERS, CHANNEL_STATES)
WORKER_INPUTS = (RAW_LIVE, RAW_BACKFILL, FINGERPRINTS)
"""In the order that posts pass them, so that a lag of 0 from first to last means that all is done."""
RETIRED = ("posts.analyzed", "posts.fingerprints")
"""Names of topics of earlier versions, which nothing reads any more."""


def raw_topic(lane: Lane) -> Topic:
    """The raw topic of a lane."""
    return RAW_LIVE if lane is Lane.LIVE else RAW_BACKFILL
