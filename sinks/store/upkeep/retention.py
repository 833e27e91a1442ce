"""Taking out posts that are older than the store keeps."""

from collections.abc import Callable

from schemas.times import DAY_MS
from sinks.store.database import Database
from sinks.store.upkeep.removal import CHUNK, remove_posts
from sinks.store.upkeep.transactions import meta, set_meta, upkeep
from sinks.store.writing.post_ids import first_id
from sinks.store.writing.rows import DELETED

RETIRED = "retired"


def retain(database: Database, keep_days: int, now_ms: int, progress: Callable[[int], None] = lambda _: None) -> int:
    """Take out posts that are older than so many whole days; how many.

    From then on records of older posts are skipped. The border only moves forward: with more days later it stays
    where it is until they are over, since what is older is gone.
    """
    horizon_ms = (now_ms // DAY_MS - keep_days) * DAY_MS
    with upkeep(database) as writer:
        horizon_ms = max(horizon_ms, int(meta(writer, "horizon_ms") or 0))
        set_meta(writer, "horizon_ms", str(horizon_ms))
    removed = 0
    while True:
        with upkeep(database) as writer:
            query = "SELECT key FROM posts WHERE id < ? ORDER BY id LIMIT ?"
            keys = [key for (key,) in writer.rows(query, (first_id(horizon_ms), CHUNK))]
            if not keys:
                break
            removed += len(remove_posts(database, writer, keys, RETIRED))
        progress(removed)
    _remove_leftovers(database, horizon_ms)
    return removed


def _remove_leftovers(database: Database, horizon_ms: int) -> None:
    """What is known of posts that are not there: a deletion before the border is of a post before it."""
    without_post = "observed_ms < ? AND NOT EXISTS (SELECT 1 FROM posts p WHERE p.key = {}.key)"
    with upkeep(database) as writer:
        writer.execute("DELETE FROM marks WHERE why = ? AND rank_us / 1000 < ?", (DELETED, horizon_ms))
        for table in ("counters", "counter_history"):
            writer.execute(f"DELETE FROM {table} WHERE {without_post.format(table)}", (horizon_ms,))
        writer.execute("DELETE FROM verdicts WHERE rank_us / 1000 < ? AND rank_class = 0", (horizon_ms,))
