"""Numbers over time and views, on both databases."""

import re
import time

import pytest

from schemas.times import DAY_MS, HOUR_MS
from sinks.store.database import Dialect
from sinks.store.reading.charts import spread
from sinks.store.reading.outlets import Narrowing, items, overview
from tests.support.project import ROOT
from tests.support.store.feed import Feed
from tests.support.store.records import START, State, channel_of, key_of
from tests.support.store.stores import OpenStore

START_MS = round(START.timestamp() * 1000)
"""22:58 on 1 March; posts 1 to 3 are of that hour, from 4 on (two minutes later) of the next one."""


def test_posts_by_hour_and_day(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(*(State(number, (1, 0), language=number % 2) for number in range(1, 6)))
        store.posts(State(9, (1, 0), is_dated=False), State(2, (2, 0), text=2)).delete(3, (2, 0))

        hour, day = START_MS // HOUR_MS, START_MS // DAY_MS
        columns = "SELECT hour, language, posts, edited, deleted FROM posts_by_hour"
        first = [("2026-03-01T22:00:00Z", "en", 1, 1, 0), ("2026-03-01T22:00:00Z", "ru", 2, 0, 1)]
        second = [("2026-03-01T23:00:00Z", "en", 1, 0, 0), ("2026-03-01T23:00:00Z", "ru", 1, 0, 0)]
        assert store.rows(f"{columns} ORDER BY 1, 2") == [*first, *second]
        assert store.rows(f"{columns} WHERE hour_number > {hour} ORDER BY 1, 2") == second
        by_day = "SELECT language, sum(posts), sum(edited), sum(deleted) FROM posts_by_day WHERE day_number"
        assert store.rows(f"{by_day} = {day} GROUP BY language ORDER BY 1") == [("en", 2, 1, 0), ("ru", 3, 0, 1)]
        assert store.rows(f"{by_day} > {day} GROUP BY language") == []


def test_quotes_and_citations_by_outlet(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 0), quotes=2), State(2, (1, 0), quotes=1), State(3, (1, 0), quotes=1, hours=24))

        by_day = "SELECT CAST(day AS text), outlet, sum({0}) FROM {0}_by_outlet GROUP BY 1, 2 ORDER BY 1, 2"
        assert store.rows(by_day.format("quotes")) == [
            ("2026-03-01", "Local", 3),
            ("2026-03-01", "The Guardian", 3),
            ("2026-03-02", "Local", 1),
            ("2026-03-02", "The Guardian", 1),
        ]
        assert store.rows(f"{by_day.format('citations')} LIMIT 1") == [("2026-03-01", "AP", 2)]
        in_one = (
            f"SELECT outlet, sum(quotes) FROM quotes_by_outlet WHERE channel_id = {channel_of(1)} GROUP BY 1 ORDER BY 1"
        )
        assert store.rows(in_one) == [("Local", 3), ("The Guardian", 3)]


def test_undated_posts_are_in_lists_of_quotes_and_not_in_charts(open_store: OpenStore) -> None:
    """Post 2 has a date, 4 gets one with its next state, 6 never has one."""
    with Feed(open_store) as store:
        undated = (State(number, (1, 1), quotes=1, is_dated=False) for number in (4, 6))
        store.posts(State(2, (1, 0), quotes=1), *undated).posts(State(4, (2, 1), quotes=1))

        for table in ("quotes", "citations"):
            by_day = f"SELECT CAST(day AS text), sum({table}) FROM {table}_by_outlet WHERE outlet <> 'Local'"
            assert store.rows(f"{by_day} GROUP BY 1") == [("2026-03-01", 2)]
        until = START_MS + 2 * DAY_MS
        with store.database.reading() as reader:
            found = overview(reader, START_MS, until, Narrowing()).outlets[-1]
            assert (found.items, found.by_day) == (3, (2, 0, 0))
            listed = items(reader, found.outlet_id, START_MS, until, Narrowing())
            assert {item.key for item in listed} == {key_of(2), key_of(4), key_of(6)}


CHANNEL_COLUMNS = {
    "latest": "channel",
    "first_posts": "channel",
    "posts_by_day": "channel",
    "quotes_by_outlet": "channel",
    "citations_by_outlet": "channel",
    "copies": "copied_from, copied_by",
    "spread": "copied_from, copied_by",
    "edited_posts": "channel",
    "deleted_posts": "channel",
    "channel_health": "channel",
}


@pytest.mark.parametrize("view", CHANNEL_COLUMNS)
def test_views_name_channels_by_public_name_else_by_title(open_store: OpenStore, view: str) -> None:
    with Feed(open_store) as store:
        first, second = channel_of(1), channel_of(2)
        store.posts(*(State(number, (1, 0), quotes=1) for number in range(1, 7)))
        store.posts(State(1, (2, 0), text=2), State(2, (2, 0), text=2)).delete(1, (9, 1)).delete(2, (9, 1))
        store.link((3, 2), (4, 3))
        with store.database.writing() as writer:
            writer.execute(f"UPDATE channels SET username = 'harbour', title = 'Harbour' WHERE id = {first}")
            writer.execute(f"UPDATE channels SET username = NULL, title = 'Pier' WHERE id = {second}")
            writer.execute("UPDATE links SET posted_ms = ?", (round(time.time() * 1000),))

        rows = store.rows(f"SELECT {CHANNEL_COLUMNS[view]} FROM {view}")
        assert {name for row in rows for name in row} == {"harbour", "Pier"}


def test_copies_of_a_day_are_counted_once_for_all_its_languages(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(*(State(number, (1, 0), language=number // 2 % 2) for number in range(1, 7)))
        store.link((2, 1), (4, 3), (5, 1))

        counted = (
            "SELECT CAST(day AS text), sum(copies) FROM (SELECT day, max(copies_of_all_languages) AS copies "
            "FROM posts_by_day GROUP BY day, channel_id) AS channels GROUP BY day"
        )
        assert store.rows(counted) == [("2026-03-01", 3)]


@pytest.mark.parametrize(("numbers", "median_s"), [((2, 4, 8), 3 * 37.0), ((2, 4, 6, 12), 4 * 37.0), ((2,), 37.0)])
def test_who_copied_whom_and_how_fast(open_store: OpenStore, numbers: tuple[int, ...], median_s: float) -> None:
    """Copies in the first channel of post 1 in the second: post n comes 37 (n - 1) seconds after it."""
    with Feed(open_store) as store:
        store.link(*((number, 1) for number in numbers))

        with store.database.reading() as reader:
            (found,) = spread(reader, store.database.dialect, START_MS, START_MS + DAY_MS)
            assert (found.from_channel, found.to_channel, found.copies) == (channel_of(1), channel_of(2), len(numbers))
            assert found.median_lag_ms == median_s * 1000
            shown = reader.rows("SELECT from_channel, to_channel, copies, median_lag_s FROM spread")
            is_recent = (time.time() - 90 * 86400) * 1000 < START_MS
            assert [tuple(map(float, row)) for row in shown] == (
                [(float(channel_of(1)), float(channel_of(2)), float(len(numbers)), median_s)] if is_recent else []
            )


def test_edited_and_deleted_posts_and_channels(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        store.posts(State(1, (1, 0), text=0), State(2, (1, 0)), State(1, (2, 0), text=2)).delete(2, (9_000_000, 1))

        assert store.rows("SELECT key, text_before, text FROM edited_posts") == [
            (key_of(1), "Bridge closed in Larnet", "Two boats collided near the pier")
        ]
        assert store.rows("SELECT key, deleted_at, text FROM deleted_posts") == [
            (key_of(2), "1970-01-01T00:00:09Z", "Bridge closed in Larnet")
        ]
        health = store.rows("SELECT channel_id, channel, last_post_at, state FROM channel_health ORDER BY channel_id")
        assert health == [
            (channel_of(2), "name1", "2026-03-01T22:59:14Z", None),
            (channel_of(1), "name2", "2026-03-01T22:58:37Z", None),
        ]


def test_every_view_can_be_read_while_the_store_is_empty(open_store: OpenStore) -> None:
    with Feed(open_store) as store:
        views = "latest first_posts posts_by_hour posts_by_day quotes_by_outlet citations_by_outlet copies spread"
        for view in [*views.split(), "edited_posts", "deleted_posts", "channel_health"]:
            assert store.rows(f"SELECT * FROM {view}") == []


def test_every_example_of_the_document_runs(open_store: OpenStore) -> None:
    examples = re.findall(r"`(SELECT [^`]+)`", (ROOT / "docs" / "store.md").read_text())
    assert len(examples) > 10
    with Feed(open_store) as store:
        for example in examples:
            if store.database.dialect is Dialect.POSTGRES:
                store.rows(re.sub(r"unixepoch\(('[\d-]+')\) / (3600|86400)", _in_postgres, example))
            else:
                store.rows(example)


def _in_postgres(found: re.Match[str]) -> str:
    """A number of days or hours as the document gives it for PostgreSQL."""
    return f"(date {found[1]} - date '1970-01-01') * {86400 // int(found[2])}"
