"""What a page of history says of each id in it."""

from collections.abc import Iterator

from ingest.ledger.records import Absent
from ingest.live_reader import Absence, Gone, Page
from schemas import RawPost


def walk(page: Page, after: int) -> Iterator[RawPost | Absent]:
    """All ids of a page above ``after``, in order: posts, and the stretches between them that have none."""
    expected = max(page.first, after + 1)
    for entry in page.entries:
        message_id = entry.id if isinstance(entry, Gone) else entry.message_id
        if message_id < expected:
            continue
        if message_id > expected:
            yield Absent(expected, message_id - 1, Absence.NOT_RETURNED)
        yield Absent(message_id, message_id, entry.why) if isinstance(entry, Gone) else entry
        expected = message_id + 1
    if expected <= page.last:
        yield Absent(expected, page.last, Absence.NOT_RETURNED)
