"""Deliveries are settled in any order; cursors advance only past those that are."""

from collections import deque
from dataclasses import dataclass

from ingest.publish.base import Delivery
from ingest.sources.base import Position
from runtime.kafka.errors import PublishError


@dataclass(slots=True)
class Advance:
    """How far the cursor of one source can move, and the posts it passes."""

    identity: str | None
    """Identity of the source, as cursors keep it."""
    position: Position | None
    published: int = 0
    rejected: int = 0


@dataclass(slots=True)
class _OpenDelivery:
    advance: Advance
    delivery: Delivery | None
    """None for a rejection, which waits for nothing but its turn."""


class Acknowledgements:
    """Keeps deliveries in the order of their sources, and releases the part at the head that is acknowledged."""

    def __init__(self) -> None:
        self._entries: deque[_OpenDelivery] = deque()

    def sent(self, identity: str | None, position: Position | None, delivery: Delivery) -> None:
        """Note a post in flight; once it is acknowledged, the cursor may move to ``position``."""
        self._entries.append(_OpenDelivery(Advance(identity, position, published=1), delivery))

    def rejected(self, identity: str | None, position: Position | None) -> None:
        """An item will never be sent."""
        self._join(identity, position, rejected=1)

    def passed(self, identity: str | None, position: Position | None) -> None:
        """Note a record that is no post: nothing is sent for it, and the cursor may pass it."""
        self._join(identity, position, rejected=0)

    def _join(self, identity: str | None, position: Position | None, *, rejected: int) -> None:
        """Add an item to what is before it: a run of them costs no memory."""
        last = self._entries[-1].advance if self._entries else None
        if last is not None and last.identity == identity:
            last.position = position or last.position
            last.rejected += rejected
        else:
            self._entries.append(_OpenDelivery(Advance(identity, position, rejected=rejected), None))

    def release(self) -> list[Advance]:
        """Take what is done off the head: one advance for each run of one source's items."""
        advances: list[Advance] = []
        while self._entries and _is_done(self._entries[0].delivery):
            done = self._entries.popleft().advance
            if advances and advances[-1].identity == done.identity:
                advances[-1].position = done.position or advances[-1].position
                advances[-1].published += done.published
                advances[-1].rejected += done.rejected
            else:
                advances.append(done)
        return advances

    @property
    def failure(self) -> PublishError | None:
        """Why the head will never be released; None while it can be."""
        delivery = self._entries[0].delivery if self._entries else None
        return None if delivery is None else delivery.error


def _is_done(delivery: Delivery | None) -> bool:
    return delivery is None or (delivery.is_settled and delivery.error is None)
