"""Whether a store holds what the oracle says."""

from sinks.store.database import Database
from tests.support.store import stores
from tests.support.store.oracle import Oracle

_MARKS = "SELECT key, rank_us, rank_class, src_epoch, src_offset FROM marks"


def compare(database: Database, oracle: Oracle) -> None:
    """Assert that all tables are as they have to be after the records that the oracle has seen."""
    with database.reading() as reader:
        assert stores.post_rows(reader) == oracle.post_rows()
        assert stores.mention_rows(reader, "quotes") == oracle.mention_rows("quotes")
        assert stores.mention_rows(reader, "citations") == oracle.mention_rows("citations")
        assert stores.history(reader) == {(key, *row) for key, rows in oracle.history.items() for row in rows}
        assert stores.rollups(reader) == oracle.rollups()
        assert stores.clusters(reader) == oracle.clusters()
        copies = {(day, channel): count for day, channel, count in reader.rows("SELECT * FROM copies_daily")}
        assert copies == dict(oracle.copies())
        counts = reader.rows("SELECT key, observed_ms, views FROM counters")
        assert {key: (at, views) for key, at, views in counts} == {
            key: max(seen.items()) for key, seen in oracle.views.items() if seen
        }
        for token, keys in oracle.hits().items():
            assert stores.hits(reader, database.dialect, token) == keys, token
        assert stores.indexed_posts(reader, database.dialect) == len(oracle.posts)
        names = {channel: name for channel, name in reader.rows("SELECT id, username FROM channels") if name}
        assert names == {channel: max(seen)[1] for channel, seen in oracle.names.items()}
        marks = {key: tuple(place) for key, *place in reader.rows(_MARKS)}
        assert marks == {key: place for key, (place, _) in oracle.deletions.items()}
