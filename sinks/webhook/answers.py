"""What an answer of the receiver means."""

from email.utils import parsedate_to_datetime
from enum import Enum, auto
from time import time

import httpx


class RequestOutcome(Enum):
    """What one request to the receiver came to."""

    DELIVERED = auto()
    AWAY = auto()
    """The receiver takes nothing now: it is tried again for as long as it takes."""
    FAILED = auto()
    """It failed on this record: it is tried again for ``sink.webhook.retry_s``."""
    REFUSED = auto()
    """It will never take this record."""
    CLOSED = auto()
    """It will take none: its operator, or ours, has to act."""


_AWAY = frozenset({408, 425, 429, 502, 503, 504})
_CLOSED = frozenset({401, 403, 404, 405, 407, 410})


def verdict(status: int) -> RequestOutcome:
    """The outcome that a status code means; redirects are not followed."""
    if 200 <= status < 300:
        return RequestOutcome.DELIVERED
    if status in _AWAY:
        return RequestOutcome.AWAY
    if status in _CLOSED or status < 400:
        return RequestOutcome.CLOSED
    return RequestOutcome.REFUSED if status < 500 else RequestOutcome.FAILED


def retry_after_s(response: httpx.Response) -> float | None:
    """The wait that the receiver asks for, at most an hour: seconds, or a date."""
    given = response.headers.get("retry-after", "")
    if given.isascii() and given.isdecimal():
        return float(min(int(given[:9]), 3600))
    try:
        moment = parsedate_to_datetime(given).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, moment - time()), 3600.0)
