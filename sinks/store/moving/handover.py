"""The change of a store's offsets: from now on a sink fills it from topics, and nothing without Kafka any more."""

from collections.abc import Mapping

from sinks.contract import Partition
from sinks.store.database import Database, Reader
from sinks.store.errors import StoreError
from sinks.store.sink import EMBEDDED
from sinks.store.upkeep.transactions import MOVING, set_meta, upkeep
from sinks.store.writing.offsets import COLUMNS, now_ms

_EPOCH = 2
"""Greater than that of what was written without Kafka, so that a later record of the topics is newer."""


def is_filled_without_kafka(reader: Reader) -> bool:
    """Whether a process without Kafka fills the store."""
    return bool(reader.rows("SELECT 1 FROM sink_offsets WHERE topic = ?", (EMBEDDED,)))


def require_movable(database: Database, reader: Reader) -> None:
    """StoreError for a store that a sink fills, or nothing yet."""
    if not is_filled_without_kafka(reader):
        is_new = not reader.rows("SELECT 1 FROM sink_offsets LIMIT 1")
        why = "nothing has filled it yet: begin with Kafka" if is_new else "`tgwire sink store` fills it already"
        raise StoreError(f"{database.name}: there is nothing to move, as {why}")


def begin_move(database: Database, name: str) -> None:
    """Keep others from writing, on any machine, until the end of a move, or ``give_up_move``.

    StoreError where another one is under way.
    """
    with upkeep(database) as writer:
        set_meta(writer, MOVING, name)
        # A process that fills it now finds that the number is not its own any more, and ends.
        writer.execute("UPDATE sink_offsets SET next_offset = next_offset + 1 WHERE topic = ?", (EMBEDDED,))


def give_up_move(database: Database) -> None:
    """Let the store be filled without Kafka again."""
    with upkeep(database, is_moving=True) as writer:
        set_meta(writer, MOVING, None)


def go_on_behind(database: Database, ends: Mapping[Partition, int]) -> None:
    """Let a sink go on with the store at these offsets: what is below them, the store has. Again, it changes nothing.

    What duplicate detection goes on from is in the topics, too, and leaves the store.
    """
    with upkeep(database, is_moving=True) as writer:
        if not is_filled_without_kafka(writer):
            return
        set_meta(writer, MOVING, None)
        writer.execute("DELETE FROM sink_offsets WHERE topic = ?", (EMBEDDED,))
        rows = [(each.topic, each.number, each.topic_id, _EPOCH, end, now_ms()) for each, end in ends.items()]
        writer.upsert("sink_offsets", COLUMNS, sorted(rows), keys=2)
        writer.execute("DELETE FROM fingerprints")
        set_meta(writer, "homes", None)
