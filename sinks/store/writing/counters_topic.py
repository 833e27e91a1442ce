"""A batch of ``posts.counters``: what posts were counted to have."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.events import RejectReason
from sinks.contract import Message, Refusal
from sinks.store.database import Database, DbRow, Transaction
from sinks.store.records import RefusedError, read_counters
from sinks.store.writing.counts import count_row, thin_history, write_counts
from sinks.store.writing.passed_over import PassedOver


@dataclass
class CountChanges:
    """Observations of counts that a batch of ``posts.counters`` adds."""

    rows: list[DbRow]

    def write(self, writer: Transaction) -> None:
        """Write the observations, which may come before their posts."""
        write_counts(writer, self.rows)
        keys = sorted({row[0] for row in self.rows})
        thin_history(writer, keys)
        writer.insert("changes", ("key", "what"), [(key, "counts") for key in keys])


class CountPlanner:
    """Makes of a batch the changes of counts."""

    def __init__(self, database: Database, *, keeps_deleted: bool) -> None:
        self._database = database
        self._keeps_deleted = keeps_deleted

    def plan(self, messages: Sequence[Message]) -> tuple[CountChanges, PassedOver, list[Refusal]]:
        """The changes, what was skipped, and the messages that are no records."""
        rows: list[DbRow] = []
        refused = []
        for message in messages:
            try:
                rows.extend(_rows(message))
            except RefusedError as error:
                refused.append(Refusal(message, error.reason, error.message, error.field))
        with self._database.reading() as reader:
            keys = sorted({row[0] for row in rows})
            passed_over = PassedOver.load(reader, keys)
            gone: set[str] = set()
            if not self._keeps_deleted:
                found = reader.among("SELECT key FROM posts WHERE deleted_ms IS NOT NULL AND key", keys)
                gone = {key for (key,) in found}
        taken = [row for row in rows if row[0] not in gone and not passed_over.takes(row[0], row[1])]
        return CountChanges(taken), passed_over, refused


def _rows(message: Message) -> list[DbRow]:
    if message.value is None:
        return []  # the counts of a post are withdrawn with the post, by its tombstone
    update = read_counters(message.value)
    if message.key is None or message.key.decode("utf-8", "replace") != update.key:
        raise RefusedError(RejectReason.INVALID_FIELD, "key: not that of the message", "key")
    if update.counters.observed_at is None:
        raise RefusedError(RejectReason.INVALID_FIELD, "counters.observed_at: missing", "counters.observed_at")
    return [count_row(update.key, update.counters)]
