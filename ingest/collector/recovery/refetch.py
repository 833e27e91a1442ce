"""Reads posts again that were published: for edits, deletions, fresh counts, and parts of albums that came late."""

from collections.abc import Collection, Mapping, Sequence

from ingest.collector.channel.albums import join
from ingest.collector.channel.collector_deps import CollectorDeps
from ingest.collector.channel.comparison import differs, is_gone, is_unchanged, row_of
from ingest.collector.channel.derived_records import counter_update, on_lane, tombstone
from ingest.collector.channel.tracked_channel import TrackedChannel
from ingest.collector.pending_publish import PendingPublish
from ingest.errors import ChannelUnavailableError, ReaderBusyError
from ingest.ledger.records import MAX_ALBUM_SPAN, LedgerUpdate, PublishedMessage, Refetch
from ingest.live_reader import MAX_PAGE, PostOrAbsence, RequestPriority
from schemas import Lane, RawPost

_RETRY_S = 1.0
"""Until messages are tried again that changed while they were read, or are held as parts of an open album."""

_LATE_S = 60.0
"""Until a message is read once more of which an answer shows nothing new, though a change was reported: servers are not
all equally far.
"""

MessagesOfPost = dict[int, PublishedMessage | None]
"""The messages of one post, with what is known of them."""


class RefetchRunner:
    """Works off the orders of a channel, as many at once as a request takes."""

    def __init__(self, deps: CollectorDeps) -> None:
        self._deps = deps

    async def run(self, channel_id: int) -> float | None:
        """Read what is due of a channel; returns when to go on, or None when nothing is left."""
        channel, deps = self._deps.channels[channel_id], self._deps
        due, is_held = self._due(channel)
        groups = self._groups(channel, due)
        if not groups:
            return self._next(channel, is_held=is_held)
        ids = [message_id for group in groups.values() for message_id in group]
        asked_at = deps.now().timestamp()
        with channel.being_read():
            try:
                entries = await self._read(channel, ids)
                busy_s = await self._read_album_mates(channel, groups, entries)
            except ReaderBusyError as error:
                return deps.loop.time() + error.wait_s
            except ChannelUnavailableError as error:
                return channel.unavailable(error, deps.loop.time())
            await deps.publish_queue.wait_for_room(len(groups))
            channel.set_state("live")
            for anchor, group in groups.items():
                if channel.touched.isdisjoint(group) and not _is_held(channel, group, entries):
                    done = tuple(refetch for refetch in due if refetch.id in group)
                    self._resolve(channel, anchor, group, entries, done, asked_at)
                else:
                    is_held = True
        return self._next(channel, is_held=is_held) if busy_s is None else deps.loop.time() + busy_s

    def _due(self, channel: TrackedChannel) -> tuple[list[Refetch], bool]:
        """What can be read now; and whether something is due that cannot."""
        limit = MAX_PAGE + len(channel.refetches_sent)
        found = self._deps.ledger.due(channel.id, self._deps.wall(), channel.seen, limit)
        waiting = [refetch for refetch in found if channel.refetches_sent.get(refetch.id) != refetch.stamp]
        due = [refetch for refetch in waiting if not channel.is_open(refetch.id)]
        return due[:MAX_PAGE], len(due) < len(waiting)

    def _next(self, channel: TrackedChannel, *, is_held: bool) -> float | None:
        deps = self._deps
        if self._due(channel)[0]:
            return deps.loop.time() + (_RETRY_S if is_held else 0.0)
        now = deps.wall()
        deps.metrics.revisits_due.set(deps.ledger.count_due(now, deps.channels))
        due = deps.ledger.next_due(channel.id, now)
        delays = [_RETRY_S] * is_held + ([] if due is None else [due - now])
        return deps.loop.time() + min(delays) if delays else None

    def _groups(self, channel: TrackedChannel, due: Sequence[Refetch]) -> dict[int, MessagesOfPost]:
        """Anchor -> messages to read; an album is read as a whole."""
        groups: dict[int, MessagesOfPost] = {}
        count = 0
        for refetch in due:
            row = channel.messages.row(refetch.id)
            anchor = refetch.id if row is None else row.anchor
            if anchor in groups:
                continue
            group: MessagesOfPost = {refetch.id: row}
            if row is not None and row.album is not None:
                near = channel.messages.rows(anchor - MAX_ALBUM_SPAN, anchor + MAX_ALBUM_SPAN)
                group |= {message_id: part for message_id, part in near.items() if part.anchor == anchor}
            count += len(group)
            if count > MAX_PAGE and groups:
                break
            groups[anchor] = group
        return groups

    async def _read(self, channel: TrackedChannel, ids: Sequence[int]) -> dict[int, PostOrAbsence]:
        entries = await self._deps.readers.get(channel, ids, RequestPriority.REFETCH)
        return {entry.message_id: entry for entry in entries}

    async def _read_album_mates(
        self, channel: TrackedChannel, groups: dict[int, MessagesOfPost], entries: dict[int, PostOrAbsence]
    ) -> float | None:
        """Of a part of an album of which nothing is known any more, read the messages around it; they join its group.

        When the source must rest in between, the groups that lack their mates are left for the next time, and the
        seconds until then are returned.
        """
        anchors = list(groups)
        for number, anchor in enumerate(anchors):
            entry = entries.get(anchor)
            if anchor not in groups or not isinstance(entry, RawPost) or entry.album_id is None:
                continue
            group = groups[anchor]
            if group.get(anchor) is not None or not channel.is_covered(anchor):
                continue
            if channel.messages.anchor_of(entry) is None:
                around = range(max(1, anchor - MAX_ALBUM_SPAN), anchor + MAX_ALBUM_SPAN)
                wanted = [message_id for message_id in around if channel.is_covered(message_id)]
                try:
                    mates = await self._read(channel, wanted)
                except ReaderBusyError as error:
                    for later in anchors[number:]:
                        groups.pop(later, None)
                    return error.wait_s
                for message_id, mate in mates.items():
                    if isinstance(mate, RawPost) and mate.album_id == entry.album_id:
                        entries[message_id], group[message_id] = mate, None
                        if message_id != anchor:
                            groups.pop(message_id, None)
        return None

    def _resolve(
        self,
        channel: TrackedChannel,
        anchor: int,
        group: MessagesOfPost,
        entries: Mapping[int, PostOrAbsence],
        done: tuple[Refetch, ...],
        asked_at: float,
    ) -> None:
        rows = {message_id: row for message_id, row in group.items() if row is not None}
        posts = [entry for message_id in sorted(group) if isinstance(entry := entries.get(message_id), RawPost)]
        ledger_update = LedgerUpdate(channel.id, done=done)
        reported = channel.reported & group.keys()
        channel.reported -= reported
        if not rows:
            self._resolve_unknown(channel, anchor, posts, entries, ledger_update)
        elif not any(refetch.is_in_doubt for refetch in done) and not any(
            differs(row, entries.get(message_id), self._deps.order.now_s()) for message_id, row in rows.items()
        ):
            ledger_update.next_refetch = self._deps.refetch_schedule.after(rows[min(rows)]) if posts else None
            if (late := min(reported, default=None)) is not None:
                ledger_update.next_refetch = late, self._deps.wall() + _LATE_S
            ledger_update.rows = tuple(
                row._replace(last_seen_at=asked_at)
                for message_id, row in rows.items()
                if is_unchanged(row, entries.get(message_id))
            )
            self.enqueue(
                channel, PendingPublish(ledger_update, counters=counter_update(posts[0], anchor) if posts else None)
            )
        else:
            known = [channel.messages.as_swept(row) for row in rows.values()]
            gone = (row for row in known if is_gone(entries.get(row.id)))
            ledger_update.rows = tuple(row._replace(is_deleted=True) for row in gone)
            last_seen_at = max((row.last_seen_at for row in known if row.last_seen_at is not None), default=None)
            is_whole = len(ledger_update.rows) == len(rows)
            self._publish_change(channel, anchor, posts, ledger_update, last_seen_at, is_whole=is_whole)

    def _publish_change(
        self,
        channel: TrackedChannel,
        anchor: int,
        posts: Sequence[RawPost],
        ledger_update: LedgerUpdate,
        last_seen_at: float | None = None,
        *,
        is_whole: bool,
    ) -> None:
        """A revision of what is left of a post, or a tombstone when all of it is gone."""
        deps = self._deps
        post = None
        if posts:
            rows = tuple(row_of(post, deps.order.now_s(), anchor=anchor) for post in posts)
            ledger_update.rows += rows
            ledger_update.next_refetch = deps.refetch_schedule.after(rows[0])
            post = join(posts, anchor) if posts[0].album_id is not None else posts[0]
        elif is_whole:
            post = tombstone(channel.id, anchor, Lane.LIVE, deps.now(), last_seen_at)
        self.enqueue(channel, PendingPublish(ledger_update, post))

    def _resolve_unknown(
        self,
        channel: TrackedChannel,
        message_id: int,
        posts: Sequence[RawPost],
        entries: Mapping[int, PostOrAbsence],
        ledger_update: LedgerUpdate,
    ) -> None:
        """A message without a row: it was absent and is there after all, or its row is forgotten."""
        refetch = next(refetch for refetch in ledger_update.done if refetch.id == message_id)
        is_covered = channel.is_covered(refetch.id)
        if posts and is_covered:
            anchor = None if posts[0].album_id is None else channel.messages.anchor_of(posts[0])
            ledger_update.found = tuple(post.message_id for post in posts)
            if anchor is None:
                self._publish_change(channel, posts[0].message_id, posts, ledger_update, is_whole=False)
            else:
                seen_at = self._deps.order.now_s()
                ledger_update.rows = tuple(row_of(post, seen_at, anchor=anchor, is_known=False) for post in posts)
                self._deps.refetch_orders.order(channel.id, anchor)
                self.enqueue(channel, PendingPublish(ledger_update))
            return
        is_news = refetch.is_deletion and self._deps.ledger.absence(channel.id, refetch.id) is None
        post = None
        if (is_news or refetch.is_in_doubt) and is_covered and is_gone(entries.get(refetch.id)):
            post = tombstone(channel.id, refetch.id, Lane.LIVE, self._deps.now())
        self.enqueue(channel, PendingPublish(ledger_update, post))

    def enqueue(self, channel: TrackedChannel, item: PendingPublish) -> None:
        """Put an item into the publish queue, and remember what is in flight. A change travels live, also one of a
        post that a backfill collected: their orders are of one clock.
        """
        for row in item.ledger_update.rows:
            channel.messages.unrecorded[row.id] = row
        for refetch in item.ledger_update.done:
            channel.refetches_sent[refetch.id] = refetch.stamp
        if item.post is not None:
            item.post = on_lane(item.post, Lane.LIVE)
            self._deps.ledger.mark_in_doubt(channel.id, item.ledger_update.done)
            item.is_noted_first = bool(item.ledger_update.done)
        self._deps.publish_queue.put(item)


def _is_held(channel: TrackedChannel, group: Collection[int], entries: Mapping[int, PostOrAbsence]) -> bool:
    """Whether parts of an album that is open now, or ids between them, are among the messages of a post: that album was
    read before this answer, and is recorded first.
    """
    posts = (entry for each in group if isinstance(entry := entries.get(each), RawPost))
    return any(map(channel.is_open, group)) or any(map(channel.has_open, posts))
