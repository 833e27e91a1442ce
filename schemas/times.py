"""The Unix epoch, and lengths of time in milliseconds."""

from datetime import UTC, datetime
from typing import Final

UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
