"""The publisher of a process without Kafka: a thread works on posts, and acknowledges what the store has committed."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeVar

import structlog

from ingest.errors import DeliveryTimeoutError, PostTooLargeError, PublishStoppedError, UnexpectedDeliveryError
from ingest.publish.base import encode, encode_counters, encode_state
from ingest.publish.in_flight import InFlight
from ingest.publish.metrics import IngestMetrics
from runtime.back_off import BackOff
from runtime.kafka.errors import PublishError
from runtime.settings.collect import IngestSettings
from schemas import ChannelState, CounterUpdate, Lane, RawPost
from schemas.plurals import counted
from sinks.contract import Refusal
from sinks.store.destination import destination_prefix
from sinks.store.embedded.store import EmbeddedStore
from sinks.store.errors import StoreError, StoreUnavailableError
from tgwire.embedded.dead_letter_file import DeadLetterFile
from tgwire.embedded.duplicates import DuplicateIndexes
from tgwire.embedded.errors import StoreAwayError, StoreRefusesError
from tgwire.embedded.processor import AnalysisOutcome, EmbeddedProcessor

MOST_SLICES: Final = 3
"""That wait or are worked on: so much is ended when a replay is stopped, and the rest holds it back."""
MOST_BYTES: Final = 8 << 20
SLICE_ALONE: Final = 100
"""Posts that are worked on together, where nobody waits for the interpreter: the fewest CPU a post."""
SLICE_BESIDE: Final = 20
"""Posts that are worked on together beside pages and a collector, which wait for a slice to end."""
_IDLE_S: Final = 5.0
_LONGEST_WAIT_S: Final = 5.0
_CLOSE_S: Final = 60.0
_LONGER_S: Final = 15.0
"""Who waits does so for longer than the thread tries, which knows the reason."""
_LATER: Final = "Nothing is lost: the same command resumes here."

T = TypeVar("T")
_log = structlog.stdlib.get_logger(__name__)


class StoreDelivery:
    """A record in flight into the store. Settled by the thread, read by others."""

    __slots__ = ("error", "is_settled", "lane", "size", "started", "value")

    def __init__(self, value: "RawPost | _CountersRecord | _State", size: int, lane: Lane | None) -> None:
        """``lane`` is that of a post."""
        self.value, self.size, self.lane = value, size, lane
        self.started = time.monotonic()
        self.error: PublishError | None = None
        self.is_settled = False


class _CountersRecord(NamedTuple):
    """A record of ``posts.counters``."""

    key: bytes
    value: bytes


class _State(NamedTuple):
    """A record of ``channels.state``."""

    key: bytes
    value: bytes | None


class EmbeddedPublisher:
    """A ``Publisher`` whose acknowledgement is the store's commit: of a post, its quotes, its links and the state of
    duplicate detection in one transaction.

    A read or write that fails for now is repeated as it is for ``ingest.delivery_timeout_s``; then all that waits has
    failed.
    """

    def __init__(
        self,
        store: EmbeddedStore,
        core: EmbeddedProcessor,
        duplicates: DuplicateIndexes,
        dead_letters: DeadLetterFile,
        settings: IngestSettings,
        metrics: IngestMetrics,
        *,
        slice_posts: int = SLICE_ALONE,
    ) -> None:
        """Takes over the store, and starts the thread."""
        self.dead_letters = dead_letters
        self.erased = 0
        """Posts that were skipped, since they were erased."""
        self.store = store
        self._core, self._duplicates = core, duplicates
        self.metrics = metrics
        self._settings, self._slice = settings, slice_posts
        self._patience_s = settings.delivery_timeout_s + _LONGER_S
        self._published = {lane: metrics.published_posts.labels(lane.value) for lane in Lane}
        most = min(settings.max_in_flight, MOST_SLICES * slice_posts)
        self._in_flight = InFlight(most, metrics.publish_in_flight, MOST_BYTES)
        self._waiting: deque[StoreDelivery] = deque()
        self._failure: PublishError | None = None
        self._changed = threading.Condition()
        self._is_closing = threading.Event()
        self._has_ended = self._is_left = False
        """Of the thread, and of ``close``: whoever is last closes the store."""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def passed_over(self) -> int:
        """Records that the store did not take, since their posts were erased, or are older than what it keeps."""
        return self.erased + self.store.passed_over

    def destination(self, lane: Lane) -> str:
        """Id and epoch of the store."""
        return f"{destination_prefix(self.store.id, self.store.epoch)}{lane}"

    def publish(self, post: RawPost) -> StoreDelivery:
        """See ``Publisher``."""
        with self._counting_errors():
            _, value = encode(post)
        return self._send(StoreDelivery(post, len(value), post.lane))

    def publish_counters(self, update: CounterUpdate) -> StoreDelivery:
        """See ``Publisher``."""
        with self._counting_errors():
            record = _CountersRecord(*encode_counters(update))
        return self._send(StoreDelivery(record, len(record.value), None))

    def publish_state(self, channel_id: int, state: ChannelState | None) -> StoreDelivery:
        """See ``Publisher``."""
        record = _State(*encode_state(channel_id, state))
        return self._send(StoreDelivery(record, len(record.value or b""), None))

    def _send(self, delivery: StoreDelivery) -> StoreDelivery:
        timeout_s = self._patience_s
        if not self._in_flight.enter(delivery.size, timeout_s):
            if self._in_flight.failure is not None:
                raise self._in_flight.failure
            if self._in_flight.is_stopped:
                raise PublishStoppedError("Stopped while the store was awaited.")
            raise StoreAwayError(f"{self.store.name}: took nothing for {timeout_s:g} s. Check its disk, then continue.")
        with self._changed:
            if self._failure is None:
                self._waiting.append(delivery)
                self._changed.notify()
                return delivery
        self._settle(delivery, self._failure)
        raise self._failure

    @contextmanager
    def _counting_errors(self) -> Iterator[None]:
        try:
            yield
        except PostTooLargeError as error:
            self.metrics.publish_errors.labels(error.kind).inc()
            raise

    def flush(self) -> None:
        """See ``Publisher``."""
        remaining = self._in_flight.drain(self._patience_s)
        if remaining:
            raise DeliveryTimeoutError(
                f"{self.store.name} did not take {counted(remaining, 'post')} in time. Check its disk, then "
                "continue: the same command resumes at the first that is missing."
            )

    def stop(self) -> None:
        """See ``Publisher``."""
        self._in_flight.is_stopped = True

    def close(self) -> None:
        """See ``Publisher``; the batch at work is ended. Where that takes long, the thread closes the store."""
        self._is_closing.set()
        with self._changed:
            self._changed.notify()
        self._thread.join(_CLOSE_S)
        with self._changed:
            self._is_left = not self._has_ended
        if self._is_left:
            _log.warning("the store is still at work; it is closed when that is done", store=self.store.name)
        else:
            self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # -- on the thread

    def _run(self) -> None:
        try:
            self._work()
        finally:
            with self._changed:
                self._has_ended = True
                is_last = self._is_left
            if is_last:
                self.store.close()

    def _work(self) -> None:
        try:
            while not self._is_closing.is_set():
                batch = self._next()
                if batch:
                    self._handle(batch)
                self._duplicates.save_due()
            self._duplicates.save()
        except PublishError as error:
            self._fail(error)
        except StoreUnavailableError as error:
            self._fail(StoreAwayError(f"{error}. {_LATER}"))
        except StoreError as error:
            self._fail(StoreRefusesError(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing more may be acknowledged
            _log.exception("posts cannot be worked on")
            problem = f"unexpected {type(error).__name__}: nothing more can be stored. Start again"
            self._fail(UnexpectedDeliveryError(problem))

    def _next(self) -> list[StoreDelivery]:
        with self._changed:
            if not self._waiting and not self._is_closing.is_set():
                self._changed.wait(_IDLE_S)
            batch = list(islice(self._waiting, self._slice))
            for _ in batch:
                self._waiting.popleft()
            return batch

    def _handle(self, batch: Sequence[StoreDelivery]) -> None:
        try:
            raws = [each.value for each in batch if isinstance(each.value, RawPost)]
            known = self._insist(lambda: self._core.known(raws))
            outcome = self._core.work(raws, known, self._duplicates.now_ms())
            outcome.records.counters = [each.value for each in batch if isinstance(each.value, _CountersRecord)]
            outcome.records.channels = [each.value for each in batch if isinstance(each.value, _State)]
            self._write(outcome)
        except BaseException:
            self._waiting.extendleft(reversed(batch))  # to fail with what waits
            raise
        for delivery in batch:
            self._settle(delivery, None)

    def _write(self, outcome: AnalysisOutcome) -> None:
        """Let the store have it. It was decided once: what fails is repeated as it is."""
        self._insist(lambda: self.dead_letters.add(outcome.refused))
        set_aside: set[int] = set()

        def refuse(records: Sequence[Refusal]) -> None:
            new = [each for each in records if each.message.offset not in set_aside]
            self.dead_letters.add((), new)
            set_aside.update(each.message.offset for each in new)

        self._insist(lambda: self.store.write(outcome.records, refuse))
        self.erased += outcome.erased

    def _insist(self, call: Callable[[], T]) -> T:
        began: float | None = None
        back_off = BackOff(longest_s=_LONGEST_WAIT_S)
        while True:
            try:
                found = call()
            except (StoreUnavailableError, OSError) as error:
                now = time.monotonic()
                if began is None:
                    began = now
                    _log.warning("the store does not answer; trying again", problem=str(error))
                is_over = now - began >= self._settings.delivery_timeout_s
                if is_over or self._in_flight.is_stopped or self._is_closing.is_set():
                    raise StoreAwayError(f"{error}. {_LATER}") from error
                self._is_closing.wait(back_off.next_s())
            else:
                if began is not None:
                    _log.warning("the store answers again", after_s=round(time.monotonic() - began, 1))
                return found

    def _settle(self, delivery: StoreDelivery, failure: PublishError | None) -> None:
        delivery.error = failure
        delivery.is_settled = True
        if failure is None:
            if delivery.lane is not None:
                self._published[delivery.lane].inc()
            self.metrics.publish_seconds.observe(time.monotonic() - delivery.started)
        else:
            self.metrics.publish_errors.labels(failure.kind).inc()
        self._in_flight.leave(delivery.size, failure)

    def _fail(self, failure: PublishError) -> None:
        """Nothing more is taken: what waits has failed, and what comes is refused."""
        with self._changed:
            self._failure = failure
            waiting, self._waiting = list(self._waiting), deque()
        for delivery in waiting:
            self._settle(delivery, failure)
        self._in_flight.failure = self._in_flight.failure or failure
