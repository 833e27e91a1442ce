"""A batch of ``channels.state``: how watched channels are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.events import RejectReason
from schemas.keys import ID_LIMIT
from sinks.contract import Message, Refusal
from sinks.store.database import Database, DbRow, Transaction
from sinks.store.records import RefusedError, read_channel_state
from sinks.store.writing.passed_over import PassedOver
from sinks.store.writing.rows import milliseconds, optional_milliseconds

UNWATCHED: Final = "unwatched"
_COLUMNS: Final = (
    *("id", "state", "state_ms", "reason", "last_post_ms", "backfill_progress", "usual_interval_s", "gap"),
    *("src_epoch", "src_offset"),
)
_NEWER: Final = """coalesce(channels.src_epoch, -1) < excluded.src_epoch
OR (channels.src_epoch = excluded.src_epoch AND channels.src_offset < excluded.src_offset)"""


@dataclass
class ChannelChanges:
    """Rows of ``channels`` that a batch of ``channels.state`` changes."""

    rows: list[DbRow]

    def write(self, writer: Transaction) -> None:
        """Write what is newer than what is there: names come with posts."""
        writer.upsert("channels", _COLUMNS, self.rows, keys=1, when=_NEWER)
        writer.insert("changes", ("key", "what"), [(str(row[0]), "channel") for row in self.rows])


class ChannelPlanner:
    """Makes of a batch the changes of channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, messages: Sequence[Message], epoch: int) -> tuple[ChannelChanges, PassedOver, list[Refusal]]:
        """The changes, what was skipped, and the messages that are no records."""
        with self._database.reading() as reader:
            passed_over = PassedOver.load(reader, [])
        rows: dict[int, DbRow] = {}
        refused = []
        for message in messages:
            try:
                row = _row(message, epoch)
            except RefusedError as error:
                refused.append(Refusal(message, error.reason, error.message, error.field))
                continue
            if not passed_over.takes_channel(row[0]):
                rows[row[0]] = row
        return ChannelChanges(list(rows.values())), passed_over, refused


def _row(message: Message, epoch: int) -> DbRow:
    key = (message.key or b"").decode("ascii", "replace")
    if not key.isdecimal() or not 0 < int(key) < ID_LIMIT:
        raise RefusedError(RejectReason.INVALID_FIELD, "key of the message: not the id of a channel")
    place = (epoch, message.offset)
    if message.value is None:
        return (int(key), UNWATCHED, message.timestamp_ms, None, None, None, None, None, *place)
    state = read_channel_state(message.value)
    if state.channel.id != int(key):
        raise RefusedError(RejectReason.INVALID_FIELD, "channel.id: not the key of the message", "channel.id")
    return (
        state.channel.id,
        state.condition,
        milliseconds(state.since),
        state.reason,
        None if state.last_post is None else optional_milliseconds(state.last_post.posted_at),
        None if state.backfill is None else state.backfill.progress,
        None if state.usual_interval_s is None else round(state.usual_interval_s),
        0 if state.gap is None else state.gap.size,
        *place,
    )
