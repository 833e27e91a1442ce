"""What goes wrong with calls, by the method's name as Telegram writes it: ``messages.getHistory``."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

ANY = "*"
"""In place of a method's name."""
LOGIN = ("help.", "auth.")
"""Chance spares these: a client that cannot begin shows nothing of what it loses."""


class Effect(Enum):
    """What a fault does to a call."""

    REFUSE = auto()
    DROP = auto()
    DROP_AFTER = auto()
    CLOSE = auto()
    GARBLE = auto()
    HANG = auto()
    DELAY = auto()


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with one call."""

    effect: Effect
    code: int = 0
    name: str = ""
    delay_s: float = 0.0


DROP = Fault(Effect.DROP)
"""The connection breaks before the call is handled."""
DROP_AFTER = Fault(Effect.DROP_AFTER)
"""The connection breaks after the call is handled, before its answer is sent."""
CLOSE = Fault(Effect.CLOSE)
"""The connection is closed in order, not broken, before the call is handled."""
GARBLE = Fault(Effect.GARBLE)
"""A packet whose sum is wrong comes in place of the answer."""
HANG = Fault(Effect.HANG)
"""The call is never answered; the connection stays."""


def refuse(code: int, name: str) -> Fault:
    """The call is answered with an error."""
    return Fault(Effect.REFUSE, code, name)


def flood(seconds: int, kind: str = "FLOOD_WAIT") -> Fault:
    """The client has to wait; kinds are also ``FLOOD_PREMIUM_WAIT``, ``SLOWMODE_WAIT`` and ``TAKEOUT_INIT_DELAY``."""
    return refuse(420, f"{kind}_{seconds}")


def delay(seconds: float) -> Fault:
    """The call is handled at once and answered late."""
    return Fault(Effect.DELAY, delay_s=seconds)


@dataclass
class Chance:
    """Faults that strike at random."""

    random: Random
    share: float
    """Of calls."""
    faults: Sequence[Fault]


@dataclass
class Limit:
    """So many calls of an account in so many seconds, as Telegram's own limits work."""

    calls: int
    within_s: float
    seen: dict[int | None, deque[float]] = field(default_factory=lambda: defaultdict(deque))


class CallFaults:
    """The schedule of a data centre: scripted faults go first, then limits, then chance."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._script: defaultdict[tuple[str, int | None], deque[Fault]] = defaultdict(deque)
        self._limits: dict[str, Limit] = {}
        self.chance: Chance | None = None

    def script(self, method: str, *faults: Fault, account_id: int | None = None) -> None:
        """The next calls of a method (of one account, if told) meet these, one each."""
        self._script[method, account_id].extend(faults)

    def limit(self, method: str, calls: int, within_s: float) -> None:
        """Answer more calls of an account than these with the ``FLOOD_WAIT`` that is left of the time."""
        self._limits[method] = Limit(calls, within_s)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._script.clear()
        self._limits.clear()
        self.chance = None

    @property
    def is_known_over_budget(self) -> bool:
        """Whether every scripted fault has struck."""
        return not any(self._script.values())

    def next(self, method: str, account_id: int | None, *, in_takeout: bool) -> Fault | None:
        """What strikes this call; takeout sessions have no limits."""
        for key in ((method, account_id), (method, None), (ANY, account_id), (ANY, None)):
            if queue := self._script.get(key):
                return queue.popleft()
        if not in_takeout and (limit := self._limits.get(method)) and (fault := self._over(limit, account_id)):
            return fault
        chance = self.chance
        if chance and not method.startswith(LOGIN) and chance.random.random() < chance.share:
            return chance.random.choice(chance.faults)
        return None

    def _over(self, limit: Limit, account_id: int | None) -> Fault | None:
        now, seen = self._clock(), limit.seen[account_id]
        while seen and seen[0] <= now - limit.within_s:
            seen.popleft()
        if len(seen) >= limit.calls:
            return flood(max(1, math.ceil(seen[0] + limit.within_s - now)))
        seen.append(now)
        return None
