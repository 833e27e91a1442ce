"""The records that workers would have sent for what a store holds."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from processors.core.dedup.homes import EPOCH
from processors.core.flat import flat_outputs
from processors.core.pipeline import PIPELINE_VERSION
from processors.core.routing import Output, post_outputs
from schemas import (
    Channel,
    CounterUpdate,
    DuplicateRecord,
    Lane,
    NormalizedPost,
    PostSource,
    Tombstone,
    parse_post_key,
)
from schemas.base import to_json
from schemas.normalized import DuplicateKind, DuplicateLink, Provenance
from schemas.rank import StateClass
from schemas.raw import Counters
from schemas.states import PostState
from schemas.times import UNIX_EPOCH
from schemas.topics import COUNTERS, DUPLICATES, FINGERPRINTS, NORMALIZED, STATES, Topic
from sinks.store.embedded.store import LogRow
from sinks.store.moving.stored_records import PostToMove, StoredCounts, StoredDeletion, StoredVerdict
from tgwire.embedded.duplicates import parts_of
from tgwire.errors import MoveError

Stored = TypeVar("Stored", bound=BaseModel)
_UNKNOWN_SOURCE: Final = PostSource(kind="store")
"""Of a deletion of which nothing but its moment is kept."""


class Outgoing(NamedTuple):
    """A record that is to be sent to a topic."""

    topic: Topic
    key: bytes | None
    value: bytes | None
    home: int | None = None
    """The partition of fingerprints; of others the channel of the key decides."""


class EndedRecord(BaseModel):
    """The fields of a record that its deletion repeats."""

    channel: Channel
    provenance: Provenance


class Records:
    """Makes the records of topics from rows of a store."""

    def __init__(self, topic_mark: bytes, *, has_flat: bool) -> None:
        """``topic_mark``: of the ``posts.normalized`` that they go to; ``has_flat``: with a row for each."""
        self._mark, self._has_flat = topic_mark, has_flat

    def of_post(self, post: PostToMove) -> Iterator[Outgoing]:
        """The records of a post: text, quotes, citations and verdict, or text and deletion; then its state."""
        if post.record:
            yield Outgoing(NORMALIZED, post.key.encode(), post.record)
        if post.deleted_ms is not None:
            yield _record(Output(NORMALIZED, post.key, _tombstone_of(post)))
        else:
            yield from map(_record, self._outputs(post))
        is_deleted = post.deleted_ms is not None
        counts = (0, 0) if is_deleted else (post.quotes, post.citations)
        revision = "" if is_deleted else post.revision
        yield self._state(post.key, PostState(post.rank, revision, is_deleted, post.home, EPOCH, *counts))

    def _outputs(self, post: PostToMove) -> Iterator[Output]:
        found: list[Output] = []
        if post.record and (self._has_flat or post.quotes or post.citations):
            found += post_outputs(_read(NormalizedPost, post))
        if post.verdict is not None:
            found.append(Output(DUPLICATES, post.key, _duplicate(post, post.verdict)))
        yield from (output for output in found if output.topic is not NORMALIZED)
        if self._has_flat:
            yield from flat_outputs(found)

    def of_deletion(self, deletion: StoredDeletion) -> Iterator[Outgoing]:
        """The deletion of a post that never came, and what is known of it."""
        channel_id, message_id = parse_post_key(deletion.key)
        tombstone = Tombstone(
            key=deletion.key,
            channel=Channel(id=channel_id),
            message_id=message_id,
            provenance=_provenance(_UNKNOWN_SOURCE, deletion.rank, deletion.deleted_ms),
        )
        yield _record(Output(NORMALIZED, deletion.key, tombstone))
        yield self._state(deletion.key, PostState(deletion.rank, "", is_deleted=True, home=deletion.home, epoch=EPOCH))

    def of_counts(self, counts: StoredCounts) -> Iterator[Outgoing]:
        """The newest counts of a post."""
        reactions = None if counts.reactions is None else orjson.loads(counts.reactions)
        seen = Counters(
            observed_at=_moment(counts.observed_ms),
            is_exact=None if counts.is_exact is None else bool(counts.is_exact),
            views=counts.views,
            forwards=counts.forwards,
            replies=counts.replies,
            reactions=reactions,
        )
        yield _record(Output(COUNTERS, counts.key, CounterUpdate(key=counts.key, counters=seen)))

    def of_log(self, row: LogRow) -> Iterator[Outgoing]:
        """The records of fingerprints that a row of the log holds, one for each home."""
        for home, record in parts_of(row):
            yield Outgoing(FINGERPRINTS, None, record, home)

    def _state(self, key: str, state: PostState) -> Outgoing:
        return Outgoing(STATES, key.encode(), state.pack(self._mark))


def _record(output: Output) -> Outgoing:
    return Outgoing(output.topic, output.key.encode(), None if output.record is None else to_json(output.record))


def _read(model: type[Stored], post: PostToMove) -> Stored:
    try:
        return model.model_validate_json(post.record)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, detail["loc"]))
        raise MoveError(
            f"{post.key}: its record cannot be read ({where or 'the record'}: {detail['type']}), and cannot be moved. "
            f"Give the move up, take the post out, and move to other topics: tgwire move --cancel; tgwire store erase "
            f"{post.key}"
        ) from error


def _tombstone_of(post: PostToMove) -> Tombstone:
    channel, source = Channel(id=post.channel_id), _UNKNOWN_SOURCE
    if post.record:
        shown = _read(EndedRecord, post)
        channel, source = shown.channel, shown.provenance.source
    return Tombstone(
        key=post.key,
        channel=channel,
        message_id=post.message_id,
        last_seen_at=None if post.last_seen_ms is None else _moment(post.last_seen_ms),
        provenance=_provenance(source, post.rank, post.deleted_ms),
    )


def _provenance(source: PostSource, rank: tuple[int, StateClass], deleted_ms: int | None) -> Provenance:
    """That of a deletion. The store has the moment at which it was collected, or else that of its rank."""
    is_collected = rank[1] is StateClass.COLLECTED
    is_seen = deleted_ms is not None and (is_collected or deleted_ms != rank[0] // 1000)
    return Provenance(
        source=source,
        lane=Lane.LIVE if is_collected else Lane.BACKFILL,
        collected_at=_moment(deleted_ms) if is_seen and deleted_ms is not None else None,
        rank=(rank[0], int(rank[1])),
        pipeline_version=PIPELINE_VERSION,
    )


def _duplicate(post: PostToMove, verdict: StoredVerdict) -> DuplicateRecord:
    link, posted_ms = verdict.link, post.posted_ms
    duplicate, original_ms = None, None
    if link is not None and link.target is not None:
        duplicate = DuplicateLink(of=link.target, kind=DuplicateKind(str(link.kind)), similarity=link.similarity or 0.0)
        posted_ms = link.posted_ms
        if posted_ms is not None and link.lag_ms is not None:
            original_ms = posted_ms - link.lag_ms
    return DuplicateRecord(
        key=post.key,
        revision=verdict.revision,
        rank=(verdict.rank[0], int(verdict.rank[1])),
        duplicate=duplicate,
        posted_at=None if posted_ms is None else _moment(posted_ms),
        original_posted_at=None if original_ms is None else _moment(original_ms),
    )


def _moment(milliseconds: int) -> datetime:
    return UNIX_EPOCH + timedelta(milliseconds=milliseconds)
