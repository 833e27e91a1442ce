"""The states of one post, one after the other: what the newest is, and what is kept of those before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sinks.store.records import StoreCounters, StorePost, StoreTombstone
from sinks.store.writing.post_ids import digest_of
from sinks.store.writing.rows import (
    DELETED,
    Body,
    MarkRow,
    PostRow,
    RecordOrigin,
    StateOrder,
    erased_body,
    milliseconds,
    optional_milliseconds,
)

NO_ID: Final = -1
"""Of rows that have no id or body yet."""
TEXT: Final = "text"


class RevisionRow(NamedTuple):
    """A state before the newest one: its text, or that the post was deleted then."""

    rank_us: int
    rank_class: int
    what: str
    revision: str
    seen_ms: int | None
    last_seen_ms: int | None
    edited_ms: int | None
    body: Body | None


@dataclass(slots=True)
class PostStates:
    """A post from what the store knows of it to what a batch makes of it."""

    key: str
    known: PostRow | None
    load_body: Callable[[], Body]
    """The body that the store has."""
    mark: MarkRow | None = None
    """Known deletion of a post that is not there."""
    keeps_deleted: bool = True
    row: PostRow | None = None
    body: Body | None = None
    """None: that of the store, unchanged."""
    post: StorePost | None = None
    """The record of the newest state, where the batch has it: its quotes and citations are to be written."""
    revisions: list[RevisionRow] = field(default_factory=list)
    is_history_erased: bool = False
    counts: list[StoreCounters] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.row = self.known

    def take_post(self, post: StorePost, value: bytes, origin: RecordOrigin) -> None:
        """Take a state with a text, if it is newer than the known one."""
        row, body = _row_of(post, value, origin), Body(post.text, value=value)
        if self.row is None:
            self._take_first(post, row, body)
        elif row.place > self.row.place:
            self._take_newer(post, row, body, self.row)
        else:
            self.see_again(origin)

    def _take_first(self, post: StorePost, row: PostRow, body: Body) -> None:
        self.row, self.body, self.post = row, body, post
        self._count(post)
        self.changes.append("new")
        mark, self.mark = self.mark, None
        if mark is not None and mark.place > row.place:
            self._delete(mark.place, mark.deleted_ms or row.posted_ms, row.last_seen_ms)

    def _take_newer(self, post: StorePost, row: PostRow, body: Body, old: PostRow) -> None:
        if not row.is_dated:  # the time of its first arrival stays
            row = row._replace(posted_ms=old.posted_ms)
        if row.revision != old.revision:
            self._keep(old)
            row = row._replace(edits=old.edits + 1)
            self.changes.append("edit")
        else:
            row = row._replace(edits=old.edits)
        if old.deleted_ms is not None:
            self.changes.append("return")
        if row.digest != old.digest:
            self.body, self.post = body, post
            self._count(post)
            if not self.changes:
                self.changes.append("record")
        self.row = row._replace(id=old.id, body=old.body, home=old.home)

    def see_again(self, origin: RecordOrigin) -> None:
        """Take the known state again, or an older one. In a later epoch this shows that the topic still has the post;
        within one, whatever comes next is from a later place anyway, and nothing changes.
        """
        row = self.row
        if row is not None and origin.epoch > row.src_epoch:
            self.row = row._replace(src_epoch=origin.epoch, src_partition=origin.partition, src_offset=origin.offset)

    def take_deletion(self, tombstone: StoreTombstone, origin: RecordOrigin) -> None:
        """Take a deletion, if it is newer than the known state."""
        provenance = tombstone.provenance
        place = (*provenance.rank, origin.epoch, origin.offset)
        moment = provenance.collected_at
        deleted_ms = milliseconds(moment) if moment is not None else provenance.rank[0] // 1000
        last_seen_ms = optional_milliseconds(tombstone.last_seen_at)
        if self.row is None:
            if self.mark is None or place > self.mark.place:
                self.mark = MarkRow(self.key, *place, deleted_ms, None, DELETED)
                self.changes.append(DELETED)
        elif place > self.row.place:
            self.row = self.row._replace(src_partition=origin.partition)
            self._delete(place, deleted_ms or self.row.posted_ms, last_seen_ms)
        else:
            self.see_again(origin)

    def _delete(self, place: StateOrder, deleted_ms: int, last_seen_ms: int | None) -> None:
        row = self.row
        assert row is not None
        rank_us, rank_class, epoch, offset = place
        self.revisions.append(
            RevisionRow(rank_us, rank_class, DELETED, row.revision, deleted_ms, last_seen_ms, row.edited_ms, None)
        )
        self.row = row._replace(
            rank_us=rank_us,
            rank_class=rank_class,
            src_epoch=epoch,
            src_offset=offset,
            deleted_ms=deleted_ms,
            last_seen_ms=last_seen_ms if last_seen_ms is not None else row.last_seen_ms,
        )
        self.changes.append(DELETED)
        if not self.keeps_deleted:
            self._erase_texts()

    def _erase_texts(self) -> None:
        assert self.row is not None
        self.row = self.row._replace(quotes=0, citations=0, media=0, links=0, edited_ms=None, digest=0)
        self.body, self.post = erased_body(), None
        self.revisions = [revision for revision in self.revisions if revision.what == DELETED]
        self.counts.clear()
        self.is_history_erased = True

    def _keep(self, old: PostRow) -> None:
        """Keep the text of a state that another one replaces."""
        body = self.body if self.body is not None else self.load_body()
        provenance = body.provenance
        if provenance is None:
            return  # erased with its deletion
        seen_ms = optional_milliseconds(provenance.collected_at)
        self.revisions.append(
            RevisionRow(*provenance.rank, TEXT, old.revision, seen_ms, old.last_seen_ms, old.edited_ms, body)
        )

    def _count(self, post: StorePost) -> None:
        if post.counters is not None and post.counters.observed_at is not None:
            self.counts.append(post.counters)


def _row_of(post: StorePost, value: bytes, origin: RecordOrigin) -> PostRow:
    provenance = post.provenance
    moment = post.posted_at or provenance.collected_at
    rank_us, rank_class = provenance.rank
    return PostRow(
        id=NO_ID,
        key=post.key,
        channel_id=post.channel.id,
        message_id=post.message_id,
        posted_ms=milliseconds(moment) if moment is not None else max(origin.timestamp_ms, 0),
        is_dated=int(post.posted_at is not None),
        edited_ms=optional_milliseconds(post.edited_at),
        deleted_ms=None,
        last_seen_ms=None,
        home=None,
        language=post.language.code,
        revision=post.revision,
        rank_us=rank_us,
        rank_class=rank_class,
        src_epoch=origin.epoch,
        src_partition=origin.partition,
        src_offset=origin.offset,
        edits=0,
        media=len(post.media),
        links=len(post.links),
        quotes=sum(len(found.items) for found in post.quote_lists),
        citations=len(post.citations),
        forward_channel_id=None if post.forward is None else post.forward.channel_id,
        digest=digest_of(value),
        body=NO_ID,
    )
