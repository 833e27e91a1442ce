"""Replay: source -> publisher -> acknowledgement -> cursor, in this order and no other."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from ingest.errors import PostTooLargeError, PublishStoppedError
from ingest.publish.base import Publisher
from ingest.publish.metrics import IngestMetrics
from ingest.replay.acknowledgements import Acknowledgements
from ingest.replay.cursors import Cursors
from ingest.sources.base import NoPost, NoPostKind, Position, Rejected, Source, SourceItem
from ingest.sources.tally import Tally
from runtime.errors import PoisonError
from runtime.kafka.errors import PublishError
from schemas import Lane, RejectReason

MAX_REJECTIONS_KEPT = 1000
"""Rejections that a summary holds in full; the count goes on."""
_COMMIT_INTERVAL_S = 0.2
"""A commit costs a few ms of disk; the interval bounds what a kill repeats."""
_POLL_S = 0.1
"""A signal handler must not take a lock, so that a stop is polled for."""


@dataclass
class Summary:
    """What a replay did so far."""

    read: int = 0
    """Records read from the sources, rejected ones included."""
    published: int = 0
    """Posts that the broker acknowledged."""
    rejected: int = 0
    no_posts: Counter[NoPostKind] = field(default_factory=Counter)
    """Records of archives that are rightly no posts."""
    skipped: int = 0
    """Items that earlier replays had settled."""
    files: list[Tally] = field(default_factory=list)
    """Counts of each source, in the order in which they were read."""
    rejections: list[Rejected] = field(default_factory=list)
    """The first MAX_REJECTIONS_KEPT records that were rejected, with the reasons."""
    failed_sources: list[PoisonError] = field(default_factory=list)
    """Sources that could not be read to their end; the others were."""
    is_complete: bool = False
    """Whether all sources were read to their end; False when the replay was stopped."""


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """How far a replay is in the source that it reads."""

    source: Source
    offset: int
    """Bytes of the source that are read, the skipped ones included."""
    summary: Summary


class Replay:
    """Publishes sources once, and resumes where it, or another before it, was interrupted.

    The cursor of a source moves over an item when it and everything before it is acknowledged or rejected. After
    ``stop`` nothing is repeated; after a crash, what was in flight or not yet committed is, under the same keys.
    """

    def __init__(
        self,
        publisher: Publisher,
        cursors: Cursors | None,
        metrics: IngestMetrics,
        lane: Lane,
        *,
        posts_per_s: float | None = None,
        from_start: bool = False,
        on_progress: Callable[[ReplayProgress], None] = lambda _: None,
        on_rejected: Callable[[Rejected], None] = lambda _: None,
        on_file: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        """``lane`` is the one that the sources give their posts. Without ``cursors`` nothing is remembered, and
        every source is read from its start, as it is with ``from_start``.
        """
        self.summary = Summary()
        self._publisher = publisher
        self._cursors = cursors
        self._metrics = metrics
        self._destination = publisher.destination(lane)
        self._from_start = from_start
        self._on_progress, self._on_rejected, self._on_file = on_progress, on_rejected, on_file
        self._is_stopping = False
        self._pace = _Pace(posts_per_s, lambda: self._is_stopping)
        self._acknowledgements = Acknowledgements()
        self._seen: set[str] = set()
        self._committed_at = time.monotonic()

    def stop(self) -> None:
        """End after the item at hand; safe in a signal handler and from another thread."""
        self._is_stopping = True
        self._publisher.stop()

    def run(self, sources: Iterable[Source]) -> Summary:
        """Replay the sources in order, each once.

        Raises PublishError and StateError, after what is acknowledged was stored; so does a KeyboardInterrupt pass.
        """
        try:
            with suppress(PublishStoppedError):  # that post, and all behind it, is left to the next replay
                self._run_all(sources)
            self._publisher.flush()
        except BaseException:
            self.summary.is_complete = False
            self._publisher.stop()
            with suppress(PublishError):  # the first error is the one to report
                self._publisher.flush()
            raise
        finally:
            self._store(is_commit_due=True)
        if self._acknowledgements.failure is not None:
            self.summary.is_complete = False
            raise self._acknowledgements.failure
        return self.summary

    def _run_all(self, sources: Iterable[Source]) -> None:
        for source in sources:
            self._run_source(source)
            if self._is_stopping:
                return
        self.summary.is_complete = True

    def _run_source(self, source: Source) -> None:
        identity = source.identity
        if identity is not None:
            if identity in self._seen:
                return
            self._seen.add(identity)
        tally = Tally(source)
        self.summary.files.append(tally)
        after = self._position(source, identity, tally)
        self._on_progress(ReplayProgress(source, 0, self.summary))
        try:
            for item in source.read(after):
                self._run_item(source, identity, item, tally)
                if self._is_stopping:
                    return
        except PoisonError as error:
            self.summary.failed_sources.append(error)
        self._on_file(tally)

    def _position(self, source: Source, identity: str | None, tally: Tally) -> Position | None:
        """Where to go on."""
        if identity is None or self._cursors is None:
            return None
        if self._from_start:
            self._cursors.forget(identity, self._destination)
        cursor = self._cursors.get(identity, self._destination)
        if cursor is None:
            return None
        skipped = cursor.published + cursor.rejected
        self.summary.skipped += skipped
        tally.skipped = skipped
        self._metrics.count_source(source.kind, "skipped", skipped)
        return cursor.position

    def _run_item(self, source: Source, identity: str | None, item: SourceItem, tally: Tally) -> None:
        tally.add(item)
        self.summary.read += 1
        self._metrics.count_source(source.kind, "read")
        if isinstance(item.entry, NoPost):
            self._pass(source, identity, item.entry, item.position)
        elif (rejected := self._publish(source, identity, item)) is not None:
            if rejected is not item.entry:
                tally.unpublishable()
            self._reject(source, identity, rejected, item.position)
        self._store()
        self._on_progress(ReplayProgress(source, source.bytes_read, self.summary))

    def _pass(self, source: Source, identity: str | None, no_post: NoPost, position: Position | None) -> None:
        self.summary.no_posts[no_post.kind] += 1
        self._metrics.count_source(source.kind, "no_post")
        if position is not None:
            self._acknowledgements.passed(identity, position)

    def _publish(self, source: Source, identity: str | None, item: SourceItem) -> Rejected | None:
        """Send an item, or say why it cannot be sent."""
        assert not isinstance(item.entry, NoPost)
        if isinstance(item.entry, Rejected):
            return item.entry
        self._pace.wait()
        try:
            delivery = self._publisher.publish(item.entry)
        except PostTooLargeError as error:
            return Rejected(source.name, RejectReason.TOO_LARGE, str(error), line=item.line)
        self._acknowledgements.sent(identity, item.position, delivery)
        return None

    def _reject(self, source: Source, identity: str | None, rejected: Rejected, position: Position | None) -> None:
        self.summary.rejected += 1
        self._metrics.count_source(source.kind, "rejected")
        if len(self.summary.rejections) < MAX_REJECTIONS_KEPT:
            self.summary.rejections.append(rejected)
        if position is not None:
            self._acknowledgements.rejected(identity, position)
        self._on_rejected(rejected)

    def _store(self, *, is_commit_due: bool = False) -> None:
        """Move the cursors over what is acknowledged."""
        for advance in self._acknowledgements.release():
            self.summary.published += advance.published
            if self._cursors is not None and advance.identity is not None and advance.position is not None:
                self._cursors.advance(
                    advance.identity,
                    self._destination,
                    advance.position,
                    published=advance.published,
                    rejected=advance.rejected,
                )
        now = time.monotonic()
        if self._cursors is not None and (is_commit_due or now - self._committed_at >= _COMMIT_INTERVAL_S):
            self._cursors.commit()
            self._committed_at = now


class _Pace:
    """Spreads posts evenly over time."""

    def __init__(self, posts_per_s: float | None, is_stopping: Callable[[], bool]) -> None:
        self._interval_s = 1 / posts_per_s if posts_per_s else 0.0
        self._is_stopping = is_stopping
        self._next_at = time.monotonic()

    def wait(self) -> None:
        """Block until the next post is due, or a stop."""
        if not self._interval_s:
            return
        self._next_at = max(self._next_at, time.monotonic() - 1.0)  # made up for is at most a second
        while not self._is_stopping() and (remaining_s := self._next_at - time.monotonic()) > 0:
            time.sleep(min(remaining_s, _POLL_S))
        self._next_at += self._interval_s
