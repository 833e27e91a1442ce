"""What a process answers at its endpoint, within a limit of time and of size, whatever is at the address."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

LIMIT_S: Final = 3.0
"""For all processes together: they are asked at the same time."""
_MAX_BYTES: Final = 4 << 20
_MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Probe:
    """The answers of one process to ``/readyz`` and ``/metrics``."""

    is_ready: bool | None
    """None: it did not answer, or something else answered."""
    reason: str
    """Words of the process, or why there are none."""
    metrics: str = ""
    """Page of metrics of the process, where it has one."""


def ask_all(endpoints: Sequence[str], limit_s: float = LIMIT_S) -> list[Probe]:
    """Ask processes for readiness and metrics; one that hangs holds up nobody for longer than the limit."""
    found: list[Probe | None] = [None] * len(endpoints)

    def ask(at: int) -> None:
        found[at] = _ask(endpoints[at], limit_s)

    threads = [threading.Thread(target=ask, args=(at,), daemon=True) for at in range(len(endpoints))]
    until = time.monotonic() + limit_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return [probe or Probe(None, f"no answer within {limit_s:g} s") for probe in found]


def _ask(endpoint: str, limit_s: float) -> Probe:
    try:
        status, reason = _get(endpoint, "/readyz", limit_s)
        if status not in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE):
            return Probe(None, f"another program answers at {endpoint} (HTTP {status})")
        status_of_metrics, metrics = _get(endpoint, "/metrics", limit_s)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Probe(None, str(error) or type(error).__name__)
    is_page = status_of_metrics == HTTPStatus.OK
    return Probe(status == HTTPStatus.OK, reason.strip()[:_MAX_REASON], metrics if is_page else "")


def _get(endpoint: str, path: str, limit_s: float) -> tuple[int, str]:
    """Status and text; an answer that is too long is cut off."""
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=limit_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(_MAX_BYTES).decode(errors="replace")
    finally:
        connection.close()
