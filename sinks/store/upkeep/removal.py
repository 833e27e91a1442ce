"""Taking posts out, with all that is kept of them."""

from collections.abc import Sequence

from sinks.store.database import Database, Transaction
from sinks.store.writing.rollups import PostRollups
from sinks.store.writing.rows import POSTS_BY_KEY, PostRow
from sinks.store.writing.verdicts import VerdictPlanner

CHUNK = 500
"""Posts of a transaction: sinks wait for some tens of milliseconds."""
_OF_A_POST = ("revisions", "quotes", "citations", "counters", "counter_history", "watch_hits")


def remove_posts(database: Database, writer: Transaction, keys: Sequence[str], what: str) -> list[PostRow]:
    """Take posts out within a transaction of upkeep; their rows as they were. ``what`` is noted in ``changes``.

    Posts that repeat them go on doing so: the key of what they repeat stays, and nothing else.
    """
    rows = [PostRow._make(row) for row in writer.among(POSTS_BY_KEY, keys)]
    bodies = {seq: tokens or "" for seq, _, tokens, _ in writer.bodies([row.body for row in rows])}
    rollups = PostRollups()
    for row in rows:
        rollups.change(row, None)
    writer.unindex(sorted((row.id, bodies[row.body]) for row in rows))
    writer.delete("posts", ("id",), sorted((row.id,) for row in rows))
    writer.delete("bodies", ("seq",), sorted((row.body,) for row in rows))
    by_key = [(key,) for key in sorted(keys)]
    for table in _OF_A_POST:
        writer.delete(table, ("key",), by_key)
    rollups.write(writer)
    VerdictPlanner(database).withdraw(writer, keys).write(writer)
    writer.insert("changes", ("key", "what"), [(row.key, what) for row in rows])
    return rows
