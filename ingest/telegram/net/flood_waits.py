"""Flood waits: which method of an account must rest, and until when."""

import time
from collections.abc import Callable, Mapping

from ingest.telegram.net.account_store import AccountStore
from ingest.telegram.net.method_names import label_of
from ingest.telegram.net.metrics import TelegramMetrics

MAX_WAIT_S = 7 * 86_400.0
"""Telegram's longest waits are about a day; a broken answer must not block for years."""

UNNAMED_WAIT_S = 30.0
"""Seconds of rest after a flood error that names no time."""


class FloodWaits:
    """The waits of one account. A method that must rest keeps no other from working; restarts forget nothing.

    While the process runs, a clock that cannot be set counts them. What is kept for the next start is how long each
    wait is beside the wall clock of its beginning: a wall clock that was set back since leaves the whole wait, no more.
    """

    def __init__(
        self,
        account: str,
        storage: AccountStore,
        metrics: TelegramMetrics,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """``wall`` gives seconds since 1970, ``steady`` seconds that only go forward."""
        self._account, self._storage, self._metrics = account, storage, metrics
        self._wall, self._steady = wall, steady
        self._until: dict[str, float] = {}
        for method, hit_at, wait_s in storage.execute("SELECT method, hit_at, wait_s FROM flood_waits"):
            self._set(method, wait_s - max(0.0, wall() - hit_at))

    def wait_s(self, method: str) -> float:
        """Seconds until the method may be called; 0 when it may now."""
        until = self._until.get(method)
        if until is None:
            return 0.0
        left = until - self._steady()
        if left > 0:
            return left
        del self._until[method]
        self._storage.execute("DELETE FROM flood_waits WHERE method = ?", (method,))
        return 0.0

    def hit(self, method: str, seconds: float) -> None:
        """Note that Telegram answered a method with FLOOD_WAIT: it rests for ``seconds``, also after a restart."""
        wait_s = self._set(method, seconds)
        self._storage.execute("INSERT OR REPLACE INTO flood_waits VALUES (?, ?, ?)", (method, self._wall(), wait_s))
        self._metrics.flood_seconds.labels(self._account, label_of(method)).inc(seconds)

    def active(self) -> Mapping[str, float]:
        """Methods that must rest, and the Unix time until which, by the wall clock of now."""
        steady, wall = self._steady(), self._wall()
        return {method: wall + until - steady for method, until in self._until.items() if until > steady}

    def _set(self, method: str, seconds: float) -> float:
        wait_s = min(seconds, MAX_WAIT_S)
        self._until[method] = self._steady() + wait_s
        self._metrics.flood_until.labels(self._account, label_of(method)).set(self._wall() + wait_s)
        return wait_s
