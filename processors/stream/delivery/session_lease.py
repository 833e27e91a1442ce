"""The time until which no other worker can have been assigned this worker's partitions.

The broker fences the commits of a worker that it has given up, but not its records: one that was frozen or cut off
while a batch was in flight would, once it wakes, write older records behind the newer ones of its successor, and the
last record of a key would not be its last revision. So nothing is sent without a lease.
"""

import time
from collections.abc import Callable
from typing import Any

from aiokafka.protocol.produce import ProduceRequest


class SessionLease:
    """Held for the session timeout after each heartbeat that the broker has answered."""

    def __init__(self, duration_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._duration_s = duration_s
        self._clock = clock
        self._renewed_at = clock()

    def renew(self, sent_at: float | None = None) -> None:
        """The broker has answered what was sent at that moment; None is now."""
        self._renewed_at = max(self._renewed_at, self._clock() if sent_at is None else sent_at)

    def is_held(self) -> bool:
        """False when the group may have given the partitions away."""
        return self._clock() - self._renewed_at < self._duration_s

    def require(self, on_lost: Callable[[], object]) -> None:
        """Call ``on_lost`` unless it is held."""
        if not self.is_held():
            on_lost()


def ask_before_sending(client: Any, require: Callable[[], None]) -> None:  # noqa: ANN401 - aiokafka is untyped
    """Call ``require`` right before records go to the socket: aiokafka keeps a batch back while another one of its
    partition is in flight, so that a look when it is handed over comes too early.
    """
    send = client.send

    async def send_after_look(node_id: int, request: object, **options: Any) -> Any:  # noqa: ANN401
        if isinstance(request, ProduceRequest):
            await client.ready(node_id, **options)  # what follows does not wait on the way to the socket
            require()
        return await send(node_id, request, **options)

    client.send = send_after_look
