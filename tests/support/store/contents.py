"""All that a store holds but for where its records came from, so that two stores can be compared."""

from sinks.store.database import Database, DbRow

_POSTED = "CASE p.is_dated WHEN 1 THEN p.posted_ms END"
_QUERIES = {
    "posts": f"""SELECT key, channel_id, message_id, {_POSTED}, edited_ms, deleted_ms, last_seen_ms, language, revision,
        rank_us, rank_class, edits, media, links, quotes, citations, forward_channel_id, digest, text, tokens
        FROM posts p JOIN bodies b ON b.seq = p.body ORDER BY key""",
    "revisions": """SELECT key, rank_us, rank_class, what, revision, last_seen_ms, edited_ms, text FROM revisions
        ORDER BY key, rank_us, rank_class, what""",
    "marks": "SELECT key, rank_us, rank_class, deleted_ms, why FROM marks ORDER BY key",
    "quotes": "SELECT * FROM quotes ORDER BY key, ordinal, outlet_id",
    "citations": "SELECT * FROM citations ORDER BY key, ordinal, outlet_id",
    "counters": "SELECT * FROM counters ORDER BY key",
    "counter_history": "SELECT * FROM counter_history ORDER BY key, observed_ms",
    "links": """SELECT key, target, kind, similarity, revision, rank_us, rank_class, posted_ms, lag_ms, from_channel,
        to_channel FROM links ORDER BY key""",
    "verdicts": "SELECT key, rank_us, rank_class FROM verdicts ORDER BY key",
    "copies_daily": "SELECT * FROM copies_daily ORDER BY day, channel_id",
    "hourly": """SELECT hour, language, sum(posts), sum(edited), sum(deleted) FROM hourly GROUP BY hour, language
        ORDER BY hour, language""",
    "daily": "SELECT * FROM daily ORDER BY day, channel_id, language",
    "channels": "SELECT id, username, title, former, state, reason FROM channels ORDER BY id",
}


def contents(database: Database) -> dict[str, list[DbRow]]:
    """Rows by table, without the moment of arrival of posts that have no date."""
    with database.reading() as reader:
        return {table: reader.rows(query) for table, query in _QUERIES.items()}
