"""What was last published of a channel's messages: the ledger's rows, and those on their way to it."""

from collections.abc import Iterable

from ingest.ledger.ledger import Ledger
from ingest.ledger.records import MAX_ALBUM_SPAN, PublishedMessage
from schemas import RawPost


class MessageView:
    """The messages of one channel."""

    __slots__ = ("_channel_id", "_ledger", "unrecorded")

    def __init__(self, ledger: Ledger, channel_id: int) -> None:
        self._ledger, self._channel_id = ledger, channel_id
        self.unrecorded: dict[int, PublishedMessage] = {}
        """Rows that are on their way to the ledger."""

    def recorded(self, rows: Iterable[PublishedMessage]) -> None:
        """The ledger has these rows now."""
        for row in rows:
            if self.unrecorded.get(row.id) is row:
                del self.unrecorded[row.id]

    def row(self, message_id: int) -> PublishedMessage | None:
        """What was last published, or is on its way, of a message."""
        return self.unrecorded.get(message_id) or self._ledger.row(self._channel_id, message_id)

    def rows(self, first: int, last: int) -> dict[int, PublishedMessage]:
        """The same for a stretch of messages."""
        rows = {row.id: row for row in self._ledger.rows(self._channel_id, first, last)}
        rows.update((message_id, row) for message_id, row in self.unrecorded.items() if first <= message_id <= last)
        return rows

    def anchor_of(self, part: RawPost) -> int | None:
        """Under which key the album of a part was published, without that part; None when it was not."""
        message_id = part.message_id
        near = self.rows(message_id - MAX_ALBUM_SPAN, message_id + MAX_ALBUM_SPAN).values()
        anchors = (row.anchor for row in near if row.album == part.album_id)
        return next((anchor for anchor in anchors if abs(anchor - message_id) <= MAX_ALBUM_SPAN), None)
