"""Publishes items in order, keeps what is not acknowledged, and replaces a publisher that failed."""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain

import structlog

from ingest.collector.pending_publish import PendingPublish
from ingest.errors import DestinationChangedError, PostTooLargeError, PublishStoppedError
from ingest.publish.base import Delivery, Publisher
from runtime.kafka.errors import PublishError
from schemas import Lane

_log = structlog.stdlib.get_logger(__name__)


class RetryingPublisher:
    """Works on one thread at a time, which its calls block."""

    def __init__(self, make_publisher: Callable[[], Publisher]) -> None:
        self._make_publisher = make_publisher
        self._publisher: Publisher | None = None
        self._destination: str | None = None
        self._sent: deque[tuple[PendingPublish, Delivery | None]] = deque()
        self._unsent: deque[PendingPublish] = deque()
        self._is_stopping = False
        self.failure: PublishError | None = None
        """Why the last turn ended early; None while all is well."""

    @property
    def has_sent(self) -> bool:
        """Whether something was sent that is not acknowledged."""
        return bool(self._sent)

    @property
    def has_unsent(self) -> bool:
        """Whether something waits for a publisher to take it."""
        return bool(self._unsent)

    @property
    def has_news(self) -> bool:
        """Whether a turn would release something, or find a failure."""
        if not self._sent:
            return False
        delivery = self._sent[0][1]
        return delivery is None or delivery.is_settled

    def turn(self, items: Iterable[PendingPublish]) -> list[PendingPublish]:
        """Send these behind what was not sent before; returns those done, in order. Raises DestinationChangedError.

        A failure is kept in ``failure``: the next turn begins with a new publisher and everything unacknowledged.
        """
        self._unsent.extend(items)
        self.failure = None
        try:
            self._send_all()
        except PublishStoppedError:
            return self._release()  # the next start sends the rest
        except DestinationChangedError:
            raise
        except PublishError as error:
            self.failure = error
        released = self._release()
        if self.failure is not None:
            self._start_over()
        return released

    def flush(self) -> list[PendingPublish]:
        """Await what was sent; returns what is done. Ends within seconds after ``stop``."""
        if self._publisher is not None:
            try:
                self._publisher.flush()
            except PublishError as error:
                self.failure = error
        return self._release()

    def stop(self) -> None:
        """Cut waits short from now on; from any thread."""
        self._is_stopping = True
        if self._publisher is not None:
            self._publisher.stop()

    def close(self) -> None:
        """Close the publisher's connection; the next turn makes a new publisher."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.close()

    def _send_all(self) -> None:
        while self._unsent:
            self._sent.append((self._unsent[0], self._send(self._unsent[0])))
            self._unsent.popleft()

    def _send(self, item: PendingPublish) -> Delivery | None:
        try:
            if item.post is not None:
                return self._connected().publish(item.post)
            if item.counters is not None:
                return self._connected().publish_counters(item.counters)
            if item.state is not None:
                return self._connected().publish_state(item.ledger_update.channel_id, item.state.state)
        except PostTooLargeError as error:
            _log.error("too large to be published", problem=str(error))
            item.refuse()
        return None

    def _connected(self) -> Publisher:
        if self._publisher is None:
            publisher = self._make_publisher()
            destination = publisher.destination(Lane.LIVE)
            if self._destination not in (None, destination):
                publisher.close()
                raise DestinationChangedError(
                    f"{self._destination} was recreated while posts were collected. Start again; what the new topic "
                    "lacks can be collected with --backfill."
                )
            self._publisher, self._destination = publisher, destination
            if self._is_stopping:
                publisher.stop()
        return self._publisher

    def _release(self) -> list[PendingPublish]:
        """What is acknowledged, up to the first that is not."""
        released: list[PendingPublish] = []
        while self._sent:
            item, delivery = self._sent[0]
            if delivery is not None:
                if not delivery.is_settled:
                    break
                if delivery.error is not None:
                    self.failure = self.failure or delivery.error
                    break
            released.append(item)
            self._sent.popleft()
        return released

    def _start_over(self) -> None:
        self._unsent = deque(chain((item for item, _ in self._sent), self._unsent))
        self._sent.clear()
        self.close()
