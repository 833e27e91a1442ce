"""The Unix epoch, and times and lengths of time in milliseconds."""

from datetime import UTC, datetime
from typing import Final

UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


def milliseconds(at_s: float | None) -> int:
    """A time in seconds since 1970, such as a broker's of a record, in milliseconds; 0 for none."""
    return round((at_s or 0) * 1000)
