"""How updates come to clients, or fail to."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import NamedTuple

from tests.support.mtproto_server.accounts import Account
from tests.support.mtproto_server.serialized import Serialized


class Push(Enum):
    """What becomes of a push."""

    NOW = auto()
    LOST = auto()
    TWICE = auto()
    HELD = auto()
    """Kept back until `Delivery.release`."""
    UNREADABLE = auto()
    """Sent with a constructor that no client knows, in a packet of its own."""


class PushedUpdate(NamedTuple):
    """An update on its way to those who may see it."""

    recipients: tuple[Account, ...]
    update: Serialized
    channels: tuple[int, ...]
    """Channels that it names."""
    users: tuple[int, ...]
    is_unreadable: bool = False


@dataclass
class PushFaults:
    """Shares of pushes that go wrong by chance, among those that are posted as `Push.NOW`."""

    random: Random = field(default_factory=lambda: Random(0))
    lost: float = 0.0
    doubled: float = 0.0
    swapped: float = 0.0
    """Kept back until the next push has gone."""


class Delivery:
    """Hands updates to the connections, with the faults that were asked for."""

    def __init__(self, send: Callable[[PushedUpdate], None]) -> None:
        self._send = send
        self._held: deque[PushedUpdate] = deque()
        self._swapped: PushedUpdate | None = None
        self.faults = PushFaults()

    def push(self, pushed: PushedUpdate, push: Push) -> None:
        """Send, keep or lose an update."""
        if push is Push.NOW:
            push = self._chance()
        match push:
            case Push.HELD:
                self._held.append(pushed)
            case Push.TWICE:
                self._pass_on([pushed, pushed])
            case Push.UNREADABLE:
                self._pass_on([pushed._replace(is_unreadable=True)])
            case Push.NOW:
                self._pass_on([pushed])

    def release(self, order: Callable[[list[PushedUpdate]], Iterable[PushedUpdate]] = lambda updates: updates) -> None:
        """Send what was kept back, in the order given, such as ``reversed``."""
        updates = list(self._held)
        self._held.clear()
        self._pass_on(order(updates))

    def _chance(self) -> Push:
        faults = self.faults
        if not (faults.lost or faults.doubled):
            return Push.NOW
        drawn = faults.random.random()
        if drawn < faults.lost:
            return Push.LOST
        return Push.TWICE if drawn < faults.lost + faults.doubled else Push.NOW

    def _pass_on(self, updates: Iterable[PushedUpdate]) -> None:
        for pushed in updates:
            if self._swapped is not None:
                waiting, self._swapped = self._swapped, None
                self._send(pushed)
                self._send(waiting)
            elif self.faults.swapped and self.faults.random.random() < self.faults.swapped:
                self._swapped = pushed
            else:
                self._send(pushed)
