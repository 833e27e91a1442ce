"""What was last published of a channel's messages: the ledger's rows, and those in flight to it."""

from collections.abc import Iterable, Set
from typing import NamedTuple

from ingest.ledger.ledger import Ledger
from ingest.ledger.records import MAX_ALBUM_SPAN, PublishedMessage
from schemas import RawPost


class SweptPage(NamedTuple):
    """The newest page of a channel as a sweep found it: kept in memory alone, as it has dozens of messages."""

    at: float
    """Seconds since 1970 at which it was requested."""
    first: int
    last: int
    changed: Set[int]
    """Ids of rows, also above the page, of messages that were not there as they had been published."""


class ChannelMessages:
    """What was published of the messages of one channel: rows of the ledger, and those in flight to it."""

    __slots__ = ("_channel_id", "_ledger", "_swept", "unrecorded")

    def __init__(self, ledger: Ledger, channel_id: int) -> None:
        self._ledger, self._channel_id = ledger, channel_id
        self.unrecorded: dict[int, PublishedMessage] = {}
        """Rows that are in flight to the ledger."""
        self._swept: SweptPage | None = None

    def recorded(self, rows: Iterable[PublishedMessage]) -> None:
        """The ledger has these rows now."""
        for row in rows:
            if self.unrecorded.get(row.id) is row:
                del self.unrecorded[row.id]

    def row(self, message_id: int) -> PublishedMessage | None:
        """The row of a message as it was last published, or is in flight to the ledger; None when it was not."""
        return self.unrecorded.get(message_id) or self._ledger.row(self._channel_id, message_id)

    def rows(self, first: int, last: int) -> dict[int, PublishedMessage]:
        """What was last published, or is in flight, of the messages with ids from ``first`` to ``last``, by id."""
        rows = {row.id: row for row in self._ledger.rows(self._channel_id, first, last)}
        rows.update((message_id, row) for message_id, row in self.unrecorded.items() if first <= message_id <= last)
        return rows

    def anchor_of(self, part: RawPost) -> int | None:
        """Under which key the album of a part was published, without that part; None when it was not."""
        message_id = part.message_id
        near = self.rows(message_id - MAX_ALBUM_SPAN, message_id + MAX_ALBUM_SPAN).values()
        anchors = (row.anchor for row in near if row.album == part.album_id)
        return next((anchor for anchor in anchors if abs(anchor - message_id) <= MAX_ALBUM_SPAN), None)

    def as_swept(self, row: PublishedMessage) -> PublishedMessage:
        """The row, seen as lately as the last sweep has seen its message."""
        return row if self._swept is None else _seen_on(self._swept, row)

    def swept(self, page: SweptPage) -> tuple[PublishedMessage, ...]:
        """A sweep has found this. Returns the rows of which this page no longer shows what the last one did, with what
        that one has shown: they are to be recorded.
        """
        before, self._swept = self._swept, page
        if before is None:
            return ()
        left = self.rows(before.first, min(before.last, page.first - 1)) if before.first < page.first else {}
        for message_id in page.changed:
            if (row := self.row(message_id)) is not None:
                left[message_id] = row
        moved = ((row, _seen_on(before, row)) for row in left.values())
        return tuple(new for row, new in moved if new is not row)


def _seen_on(page: SweptPage, row: PublishedMessage) -> PublishedMessage:
    """The row with the time of a page that had its message unchanged, if that is later."""
    is_on_page = page.first <= row.id <= page.last and row.id not in page.changed and not row.is_deleted
    if not is_on_page or page.at <= (row.last_seen_at or 0.0):
        return row
    return row._replace(last_seen_at=page.at)
