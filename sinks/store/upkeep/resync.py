"""Reading everything again, for a store that was away longer than topics keep their withdrawals.

Every record that is read again gets the new epoch. What has an older one at the end is in the topic no more.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from schemas.topics import DUPLICATES, NORMALIZED
from sinks.store.database import Database, Reader
from sinks.store.upkeep.removal import CHUNK, remove_posts
from sinks.store.upkeep.transactions import meta, set_meta, upkeep
from sinks.store.writing.offsets import FROM_START
from sinks.store.writing.verdicts import VerdictPlanner

RESYNC: Final = "resync"
WITHDRAWN: Final = "withdrawn"
Ends = Mapping[str, Mapping[int, int]]
"""By topic and partition the offset at which everything has been read again."""


def begin_resync(database: Database, ends: Ends) -> None:
    """Let sinks read these partitions from the start, under a new epoch."""
    with upkeep(database) as writer:
        for topic in ends:
            writer.execute(
                "UPDATE sink_offsets SET epoch = epoch + 1, next_offset = ? WHERE topic = ?", (FROM_START, topic)
            )
        named = {topic: {str(part): end for part, end in parts.items()} for topic, parts in ends.items()}
        set_meta(writer, RESYNC, orjson.dumps(named).decode())


def is_read_again(reader: Reader) -> bool:
    """Whether a resync is under way and everything has been read again."""
    found = meta(reader, RESYNC)
    if found is None:
        return False
    offsets = {
        (topic, part): at for topic, part, at in reader.rows("SELECT topic, part, next_offset FROM sink_offsets")
    }
    return all(
        offsets.get((topic, int(part)), FROM_START) >= end
        for topic, parts in orjson.loads(found).items()
        for part, end in parts.items()
    )


def finish_resync(database: Database) -> int:
    """Take out posts and verdicts that were not read again; how many posts."""
    removed = 0
    while keys := _left_behind(database, "SELECT key FROM posts WHERE src_epoch < ? LIMIT ?", NORMALIZED.name):
        with upkeep(database) as writer:
            removed += len(remove_posts(database, writer, keys, WITHDRAWN))
    query = """SELECT key FROM links WHERE src_epoch < ? AND target IS NOT NULL LIMIT ?"""
    while keys := _left_behind(database, query, DUPLICATES.name):
        with upkeep(database) as writer:
            VerdictPlanner(database).withdraw(writer, keys).write(writer)
    with upkeep(database) as writer:
        epoch = _epoch(writer, DUPLICATES.name)
        writer.execute("DELETE FROM verdicts WHERE src_epoch < ?", (epoch,))
        set_meta(writer, RESYNC, None)
    return removed


def _left_behind(database: Database, query: str, topic: str) -> list[str]:
    with database.reading() as reader:
        return [key for (key,) in reader.rows(query, (_epoch(reader, topic), CHUNK))]


def _epoch(reader: Reader, topic: str) -> int:
    return int(reader.rows("SELECT coalesce(min(epoch), 0) FROM sink_offsets WHERE topic = ?", (topic,))[0][0])
