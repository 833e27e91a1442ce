"""Erasing posts and channels for good, so that no replay brings them back."""

import time
from collections.abc import Callable, Sequence

from sinks.store.database import Database, Dialect, Transaction
from sinks.store.upkeep.removal import CHUNK, remove_posts
from sinks.store.upkeep.transactions import upkeep
from sinks.store.writing.rows import ERASED, MarkRow

_TOP = (1 << 53, 1)
"""A rank above all others: no state of the post is newer than its erasure."""


def erase_posts(database: Database, keys: Sequence[str], progress: Callable[[int], None] = lambda _: None) -> int:
    """Take posts out and leave marks; how many the store had. Keys that it does not have are marked, too."""
    found = 0
    for at in range(0, len(keys), CHUNK):
        chunk = keys[at : at + CHUNK]
        with upkeep(database) as writer:
            found += len(remove_posts(database, writer, chunk, ERASED))
            marks = [MarkRow(key, *_TOP, 0, 0, None, None, ERASED) for key in chunk]
            writer.upsert("marks", MarkRow._fields, marks, keys=1)
        progress(found)
    forget_words(database)
    return found


def erase_channel(database: Database, channel: int, progress: Callable[[int], None] = lambda _: None) -> int:
    """Take all posts of a channel out, and pass over what comes of it later; how many posts the store had."""
    with upkeep(database) as writer:
        now_ms = time.time_ns() // 1_000_000
        writer.upsert("erased_channels", ("channel_id", "at_ms"), [(channel, now_ms)], keys=1)
    found = 0
    query = "SELECT key FROM posts WHERE channel_id = ? LIMIT ?"
    while True:
        with upkeep(database) as writer:
            keys = [key for (key,) in writer.rows(query, (channel, CHUNK))]
            if not keys:
                _remove_rest(writer, channel)
                break
            found += len(remove_posts(database, writer, keys, ERASED))
        progress(found)
    forget_words(database)
    return found


def _remove_rest(writer: Transaction, channel: int) -> None:
    """What is known of posts that were never here, and of the channel itself."""
    for table in ("marks", "counters", "counter_history"):
        writer.execute(f"DELETE FROM {table} WHERE key >= ? AND key < ?", (f"tg:{channel}:", f"tg:{channel};"))
    writer.execute("DELETE FROM channels WHERE id = ?", (channel,))


def forget_words(database: Database) -> None:
    """Write SQLite's word index and log again: words that were taken out stay readable in the file until then."""
    if database.dialect is Dialect.SQLITE:
        with database.writing() as writer:
            writer.execute("INSERT INTO words(words) VALUES('optimize')")
        database.compact()
