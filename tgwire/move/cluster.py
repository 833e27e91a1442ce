"""The cluster that a store is moved to: its topics, which are empty at first, and what is sent there."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

from processors.core.dedup.homes import HOMES
from runtime.kafka.admin import cluster_errors
from runtime.kafka.group_offsets import set_group_offsets
from runtime.kafka.partitions import channel_partition
from runtime.kafka.producer import connect_producer
from runtime.kafka.topic_survey import TopicSurvey, survey_topics
from runtime.kafka.topics import create_topics
from runtime.settings.tree import Settings
from schemas.plurals import counted
from schemas.topics import (
    CHANNEL_STATES,
    DEAD_LETTERS,
    FINGERPRINTS,
    FLAT_TOPICS,
    MAX_RECORD_BYTES,
    RAW_BACKFILL,
    RAW_LIVE,
    TOPICS,
)
from tgwire.errors import MoveError
from tgwire.move.records import Outgoing

_ROOM_BYTES: Final = 64 << 10
"""For key and headers."""
OF_COLLECTORS: Final = (RAW_LIVE, RAW_BACKFILL, CHANNEL_STATES)
"""Topics that a move sends nothing to: with them empty, no worker has had anything to write."""


class ConfirmedSender:
    """Sends records and waits until all of them are confirmed."""

    def __init__(self, settings: Settings, surveys: Iterable[TopicSurvey]) -> None:
        """As ``prepare_topics`` has found them. Raises what ``runtime.kafka.connection.connect`` does."""
        self._settings = settings.kafka
        self._prefix = settings.kafka.topic_prefix
        self._partitions = {each.topic.name: len(each.ends) for each in surveys}
        with cluster_errors(self._settings):
            self._producer: Any = connect_producer(self._settings, MAX_RECORD_BYTES + _ROOM_BYTES)

    def send(self, records: Iterable[Outgoing]) -> None:
        """All of them are on the cluster when this returns; raises ClusterUnreachableError and the like."""
        with cluster_errors(self._settings):
            sent = [
                self._producer.send(self._prefix + each.topic.name, each.value, each.key, partition=self._number(each))
                for each in records
            ]
            for future in sent:
                future.get(self._settings.request_timeout_s * 2)

    def _number(self, record: Outgoing) -> int:
        if record.home is not None:
            return record.home
        channel_id = int((record.key or b"").split(b":", 2)[1])
        return channel_partition(channel_id, self._partitions[record.topic.name])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._producer.close(timeout=self._settings.request_timeout_s)


def prepare_topics(settings: Settings) -> list[TopicSurvey]:
    """Make the topics that are missing; MoveError where they do not fit the store."""
    create_topics(settings.kafka, settings.dedup, flat=settings.worker.flat)
    topics = [topic for topic in TOPICS if topic is not DEAD_LETTERS]
    surveys = survey_topics(settings.kafka, topics + (list(FLAT_TOPICS) if settings.worker.flat else []))
    homes = next(len(each.ends) for each in surveys if each.topic is FINGERPRINTS)
    if homes != HOMES:
        raise MoveError(
            f"{settings.kafka.topic_prefix}{FINGERPRINTS.name} has {counted(homes, 'partition')}, and the store "
            f"compares posts in {HOMES}: delete the topic, it is made again"
        )
    return surveys


def require_empty(settings: Settings, surveys: Iterable[TopicSurvey]) -> None:
    """Raise MoveError where topics hold records."""
    filled = [settings.kafka.topic_prefix + each.topic.name for each in surveys if any(each.ends.values())]
    if filled:
        raise MoveError(
            f"a store is moved to empty topics, and these are not: {', '.join(filled)}. Delete them, or set "
            "kafka.topic_prefix to another one"
        )


def ids_of(surveys: Iterable[TopicSurvey]) -> dict[str, str]:
    """Ids of the topics by name."""
    return {each.topic.name: each.topic_id for each in surveys}


def commit_fingerprints(settings: Settings, surveys: Iterable[TopicSurvey]) -> None:
    """Let the workers take what duplicate detection was given for handled: its verdicts are sent."""
    ends = next(each.ends for each in surveys if each.topic is FINGERPRINTS)
    set_group_offsets(settings.kafka, settings.worker.group, FINGERPRINTS, ends)
