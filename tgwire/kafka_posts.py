"""Posts as ``posts.normalized`` has them, for who has Kafka and no store."""

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime

from pydantic import ValidationError

from runtime.kafka.topic_reader import StoredRecord, end_offsets, follow_topic, read_topic
from runtime.settings.kafka import KafkaSettings
from schemas import NormalizedPost, Tombstone
from schemas.query.matching import matches
from schemas.query.searched_post import searched
from schemas.query.tree import Is, Node, PostProperty, Story, leaves
from schemas.times import UNIX_EPOCH
from schemas.topics import NORMALIZED

_SEARCHED = 2_000
"""Records of each partition, from its end, among which the newest posts are sought."""
_OF_THE_STORE = frozenset({PostProperty.FIRST, PostProperty.COPY, PostProperty.DELETED})


def needs_store(tree: Node) -> bool:
    """Whether a query asks for what a record on Kafka does not show."""
    return any(
        isinstance(leaf, Story) or (isinstance(leaf, Is) and not _OF_THE_STORE.isdisjoint(leaf.states))
        for leaf in leaves(tree)
    )


class KafkaPosts:
    """The newest posts that match, and those that come."""

    def __init__(self, settings: KafkaSettings, tree: Node | None) -> None:
        """Raises TopicMissingError and ClusterUnreachableError."""
        self._settings, self._tree = settings, tree
        self._ends = end_offsets(settings, NORMALIZED)
        self.unreadable = 0
        """Records that are no posts as this version knows them."""

    def newest(self, limit: int) -> list[NormalizedPost]:
        """The newest among the last records of each partition, the newest last; of a post its last record."""
        self.unreadable = 0
        found: dict[str, NormalizedPost] = {}
        if limit == 0:
            return []
        with closing(read_topic(self._settings, NORMALIZED, last=_SEARCHED)) as records:
            for record in records:
                if record.offset < self._ends.get(record.partition, 0):
                    key = (record.key or b"").decode(errors="replace")
                    found.pop(key, None)
                    found.update((post.key, post) for post in self._matching(record))
        return sorted(found.values(), key=_moment)[-limit:]

    def new(self) -> Generator[NormalizedPost, None, None]:
        """The matching posts that come after the newest ones, without an end."""
        with closing(follow_topic(self._settings, NORMALIZED, self._ends)) as records:
            for record in records:
                yield from self._matching(record)

    def _matching(self, record: StoredRecord) -> Iterator[NormalizedPost]:
        if record.value is None:
            return
        try:
            post = NormalizedPost.model_validate_json(record.value)
        except ValidationError:
            self.unreadable += not _is_deletion(record.value)
            return
        now_ms = round(datetime.now(UTC).timestamp() * 1000)
        if self._tree is None or matches(self._tree, searched(post, arrived_ms=record.timestamp_ms), now_ms):
            yield post


def _is_deletion(value: bytes) -> bool:
    try:
        Tombstone.model_validate_json(value)
    except ValidationError:
        return False
    return True


def _moment(post: NormalizedPost) -> tuple[datetime, str]:
    return post.posted_at or UNIX_EPOCH, post.key
