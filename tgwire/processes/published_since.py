"""What Kafka has of live posts that a ledger cannot know: the whole state folder may be an older copy."""

import json
from contextlib import closing
from datetime import UTC, datetime

import structlog

from ingest.ledger.ledger import Ledger
from runtime.errors import TgwireError
from runtime.kafka.topic_reader import StoredRecord, end_offsets, read_topic
from runtime.settings.kafka import KafkaSettings
from schemas import Lane
from schemas.keys import SYNTHETIC_BASE
from schemas.topics import raw_topic

SKEW_S = 60.0
"""The broker's clock may be behind ours by so much."""
UNRECORDED_S = 15.0
"""After a kill Kafka has posts that are newer than the ledger's last mark by some seconds; what is later, another
ledger has recorded.
"""

_log = structlog.stdlib.get_logger(__name__)


def compare_with_topic(ledger: Ledger, settings: KafkaSettings) -> None:
    """Let a ledger know of the posts that were published after it was last written."""
    if settings.bootstrap_servers is None:
        return
    topic = raw_topic(Lane.LIVE)
    try:
        if ledger.written_at is None:
            if ledger.is_new and (posts := sum(end_offsets(settings, topic).values())):
                _log.warning(
                    "the ledger is new, and the topic is not: each channel begins at its newest post; collect older "
                    "posts with --backfill",
                    topic=settings.topic_prefix + topic.name,
                    posts=posts,
                )
            return
        published, later = _published(settings, ledger.written_at)
    except TgwireError as error:
        _log.warning("it is unknown whether the ledger is an older copy", problem=str(error))
        return
    ledger.learn_published(published, is_older_copy=bool(ledger.unknown(later)))


def _published(settings: KafkaSettings, written_at: float) -> tuple[dict[int, int], dict[int, int]]:
    """Channel -> highest message id of the posts since then; and of those that are too late to be unrecorded."""
    published: dict[int, int] = {}
    later: dict[int, int] = {}
    since = datetime.fromtimestamp(max(0.0, written_at - SKEW_S), UTC)
    with closing(read_topic(settings, raw_topic(Lane.LIVE), since=since)) as records:
        for record in records:
            post = _post(record)
            if post is None:
                continue
            channel_id, message_id = post
            published[channel_id] = max(message_id, published.get(channel_id, 0))
            if record.timestamp_ms / 1000 > written_at + UNRECORDED_S:
                later[channel_id] = max(message_id, later.get(channel_id, 0))
    return published, later


def _post(record: StoredRecord) -> tuple[int, int] | None:
    """Channel and message of a record; None when it is not one of ours: what was replayed from an archive has no order,
    and its message may be one that Telegram has never had.
    """
    try:
        post = json.loads(record.value or b"")
        channel_id, message_id, order = int(post["channel"]["id"]), int(post["message_id"]), post.get("order")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None  # the worker makes a dead letter of it
    return None if order is None or message_id >= SYNTHETIC_BASE else (channel_id, message_id)
