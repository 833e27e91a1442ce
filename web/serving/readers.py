"""Readers of the store, each used by one request at a time, on threads."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from sinks.store.database import Dialect, Reader
from sinks.store.errors import StoreUnavailableError
from sinks.store.opening import open_reader
from sinks.store.reading.readers import StoreReader

T = TypeVar("T")
READERS: Final = 4
TIMEOUT_S: Final = 2.0
WAIT_S: Final = 5.0
"""How long a request waits for a reader that is free."""


@dataclass
class Readers:
    """The store at an address. Opened when first used, and again after a failure: the store may come and go."""

    url: str
    timeout_s: float = TIMEOUT_S
    size: int = READERS
    failed_since: float | None = None
    """By the monotonic clock; None: the last read went well."""
    _idle: list[StoreReader] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _is_closed: bool = False

    def __post_init__(self) -> None:
        self._limit = anyio.CapacityLimiter(self.size)

    async def read(self, question: Callable[[Reader, Dialect], T]) -> T:
        """The answer to a question, all of one moment. Raises StoreUnavailableError and StoreError."""
        with anyio.move_on_after(WAIT_S) as waiting:
            await self._limit.acquire_on_behalf_of(token := object())
        if waiting.cancelled_caught:
            raise StoreUnavailableError(f"all {self.size} readers of the store have been busy for {WAIT_S:g} s")
        try:
            return await anyio.to_thread.run_sync(self.read_now, question)
        finally:
            self._limit.release_on_behalf_of(token)

    def read_now(self, question: Callable[[Reader, Dialect], T]) -> T:
        """Ask the store a question on this thread."""
        try:
            reader = self._take()
            try:
                with reader.reading() as rows:
                    answer = question(rows, reader.dialect)
            except BaseException:
                with suppress(Exception):
                    reader.close()
                raise
        except Exception:
            self.failed_since = self.failed_since or monotonic()
            raise
        self.failed_since = None
        self._give_back(reader)
        return answer

    def _take(self) -> StoreReader:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return open_reader(self.url, self.timeout_s)

    def _give_back(self, reader: StoreReader) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(reader)
                return
        reader.close()

    def close(self) -> None:
        """Close the connections to the store."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.close()
