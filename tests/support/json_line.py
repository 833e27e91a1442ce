"""One JSON line through the source of JSON lines, for tests of what a line can hold."""

from collections.abc import Callable
from datetime import UTC, datetime

from ingest.sources import Rejected
from ingest.sources.format import InvalidRecordError
from ingest.sources.json_lines.fields import read_line
from schemas import Lane, RawPost


def parse_line(
    line: bytes,
    line_no: int,
    name: str,
    lane: Lane = Lane.BACKFILL,
    offset: int | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RawPost | Rejected:
    """The post, or the rejection as a source would report it."""
    try:
        return read_line(line, line_no, name, lane, now)
    except InvalidRecordError as error:
        at = offset if offset is None or error.at is None else offset + error.at
        return Rejected(name, error.reason, error.message, line=line_no, offset=at, field=error.field)
