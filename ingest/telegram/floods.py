"""Flood waits: which method of an account must rest, and until when."""

import time
from collections.abc import Callable, Mapping

from ingest.telegram.methods import label_of
from ingest.telegram.metrics import TelegramMetrics
from ingest.telegram.storage import Storage

MAX_WAIT_S = 7 * 86_400.0
"""Telegram's longest waits are about a day; a broken answer, or a clock that was set back, must not block for years."""

UNTOLD_WAIT_S = 30.0
"""For a flood error that names no time."""


class FloodBudget:
    """The waits of one account. A method that must rest keeps no other from working; restarts forget nothing."""

    def __init__(
        self, account: str, storage: Storage, metrics: TelegramMetrics, now: Callable[[], float] = time.time
    ) -> None:
        self._account, self._storage, self._metrics, self._now = account, storage, metrics, now
        self._until: dict[str, float] = {}
        for method, until in storage.execute("SELECT method, until FROM floods"):
            self._set(method, until)

    def wait_s(self, method: str) -> float:
        """Seconds until the method may be called; 0 when it may now."""
        until = self._until.get(method)
        if until is None:
            return 0.0
        left = until - self._now()
        if left > 0:
            return left
        del self._until[method]
        self._storage.execute("DELETE FROM floods WHERE method = ?", (method,))
        return 0.0

    def hit(self, method: str, seconds: float) -> None:
        """Telegram told to wait."""
        self._set(method, self._now() + seconds)
        self._storage.execute("INSERT OR REPLACE INTO floods VALUES (?, ?)", (method, self._until[method]))
        self._metrics.flood_seconds.labels(self._account, label_of(method)).inc(seconds)

    def active(self) -> Mapping[str, float]:
        """Methods that must rest, and the Unix time until which."""
        return {method: until for method, until in self._until.items() if until > self._now()}

    def _set(self, method: str, until: float) -> None:
        until = min(until, self._now() + MAX_WAIT_S)
        self._until[method] = until
        self._metrics.flood_until.labels(self._account, label_of(method)).set(until)
