"""What is asked about a day costs as much as the day has posts, however many older ones the store has."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from schemas.query.parser import parse
from schemas.times import DAY_MS, HOUR_MS
from sinks.store.database import DbRow, Dialect, Reader, closing
from sinks.store.opening import open_database
from sinks.store.reading.channels import channels, days_of, unwatched_origins
from sinks.store.reading.charts import spread
from sinks.store.reading.outlets import Narrowing, items, overview
from sinks.store.reading.overview import languages, volume
from sinks.store.reading.posts import feed
from sinks.store.reading.stories import stories
from sinks.store.search import postgres
from sinks.store.search.names import look_up
from sinks.store.search.searching import find, find_ids, steps_to_hits
from sinks.store.search.selection import HitSelection, Order
from tests.support.store.feed import Feed
from tests.support.store.records import CHANNELS, START, State
from tests.support.store.stores import postgres_store, sqlite_store

START_MS = round(START.timestamp() * 1000)
SINCE, UNTIL = START_MS, START_MS + DAY_MS
OF_THE_DAY = 40


def found(reader: Reader, query: str) -> object:
    """A page that has room for more posts than the day has."""
    return find(reader, Dialect.SQLITE, parse(query), HitSelection(2 * OF_THE_DAY), UNTIL)


QUESTIONS: dict[str, Callable[[Reader], object]] = {
    "feed": lambda reader: feed(reader, limit=20),
    "posts by hour": lambda reader: reader.rows(f"SELECT * FROM posts_by_hour WHERE hour_number >= {SINCE // HOUR_MS}"),
    "posts by day": lambda reader: reader.rows(f"SELECT * FROM posts_by_day WHERE day_number >= {SINCE // DAY_MS}"),
    "quotes by outlet": lambda reader: reader.rows(
        f"SELECT * FROM quotes_by_outlet WHERE day_number >= {SINCE // DAY_MS}"
    ),
    "quotes by outlet, the day as text": lambda reader: reader.rows(
        "SELECT * FROM quotes_by_outlet WHERE day >= '2026-03-01'"
    ),
    "spread": lambda reader: spread(reader, Dialect.SQLITE, SINCE, UNTIL),
    "stories": lambda reader: stories(reader, SINCE, UNTIL),
    "volume": lambda reader: volume(reader, SINCE // HOUR_MS, 24),
    "languages": lambda reader: languages(reader, SINCE),
    "outlets": lambda reader: overview(reader, SINCE, UNTIL, Narrowing()),
    "items of an outlet": lambda reader: items(reader, "guardian", SINCE, UNTIL, Narrowing()),
    "channels": lambda reader: channels(reader, UNTIL),
    "days of a channel": lambda reader: days_of(reader, CHANNELS[0], UNTIL, 2),
    "origins of forwards": lambda reader: unwatched_origins(reader, SINCE),
    "deleted posts": lambda reader: found(reader, "is:deleted"),
    "edited posts": lambda reader: found(reader, "is:edited"),
    "posts with quotes": lambda reader: found(reader, "has:quotes"),
    "posts with citations": lambda reader: found(reader, "has:citations"),
    "a word of the day": lambda reader: found(reader, "bridge after:2026-03-01T22:00"),
}


@contextmanager
def store_with(path: Path, older: int) -> Iterator[Feed]:
    """A day in which every post but the first repeats another and is a forward, after as many others as are wanted."""
    of_the_day = range(1, OF_THE_DAY + 1)
    before = range(OF_THE_DAY + 1, OF_THE_DAY + 1 + older)
    with Feed(sqlite_store(path)) as store:
        store.posts(*(State(number, (number, 0), quotes=1) for number in of_the_day))
        store.posts(*(State(number, (number, 0), quotes=1, hours=-1000 - number) for number in before))
        store.link(*((number, number - 1) for number in of_the_day if number > 1))
        with store.database.writing() as writer:
            writer.execute("UPDATE posts SET forward_channel_id = 900 + id % 7")
            writer.execute("UPDATE posts SET deleted_ms = 1, edits = 1 WHERE message_id = 5")
            writer.execute(f"UPDATE posts SET quotes = 0, citations = 0 WHERE posted_ms < {START_MS}")
            writer.execute("UPDATE links SET posted_ms = (SELECT p.posted_ms FROM posts p WHERE p.key = links.key)")
        yield store


def steps(store: Feed, question: Callable[[Reader], object]) -> int:
    """Instructions of SQLite's machine."""
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    connection = store.database._connection  # type: ignore[attr-defined]
    with store.database.reading() as reader:
        question(reader)  # once without, since a first use reads the layout
        connection.set_progress_handler(count, 1)
        assert question(reader)
        connection.set_progress_handler(None, 0)
    return counted


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Feed, Feed]]:
    folder = tmp_path_factory.mktemp("stores")
    with store_with(folder / "few.db", 10) as few, store_with(folder / "many.db", 1_000) as many:
        yield few, many


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_about_a_day_does_not_read_the_posts_before(stores: tuple[Feed, Feed], name: str) -> None:
    few, many = (steps(store, QUESTIONS[name]) for store in stores)
    assert many < 1.5 * few, f"{few} steps with 10 older posts, {many} with 1,000"


def test_the_newest_edits_are_found_without_reading_all_edits(tmp_path: Path) -> None:
    def newest(reader: Reader) -> object:
        return reader.rows("SELECT * FROM edited_posts LIMIT 5")

    taken = []
    for posts in (10, 300):
        with Feed(sqlite_store(tmp_path / f"{posts}.db")) as store:
            for text in (0, 1):
                store.posts(*(State(number, (text, 0), text=text) for number in range(1, posts + 1)))
            taken.append(steps(store, newest))
    assert taken[1] < 1.5 * taken[0], f"{taken[0]} steps with 10 edited posts, {taken[1]} with 300"


def test_quotes_are_counted_from_the_index_of_time_alone(
    stores: tuple[Feed, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of quotes hold their texts, and whether a post is a copy is looked up once, however many quotes it has."""
    _, store = stores
    asked: list[tuple[str, Sequence[object]]] = []
    with store.database.reading() as reader:
        rows = reader.rows

        def watched(sql: str, parameters: Sequence[object] = ()) -> list[DbRow]:
            asked.append((sql, parameters))
            return rows(sql, parameters)

        with monkeypatch.context() as patch:
            patch.setattr(reader, "rows", watched)
            assert overview(reader, SINCE, UNTIL, Narrowing()).total == 2
        plans = [str(rows(f"EXPLAIN QUERY PLAN {sql}", parameters)) for sql, parameters in asked]
    (counting,) = (plan for plan in plans if "quotes_time" in plan)
    assert "SEARCH q USING COVERING INDEX quotes_time" in counting
    assert "SEARCH u USING INDEX posts_undated" in counting
    assert "links" not in counting


@pytest.mark.parametrize("view", ["quotes_by_outlet", "citations_by_outlet"])
def test_undated_posts_are_told_from_their_index(stores: tuple[Feed, Feed], view: str) -> None:
    """The index of all keys would lead to every post that quotes."""
    plan = str(stores[1].rows(f"EXPLAIN QUERY PLAN SELECT * FROM {view}"))
    assert "SEARCH u USING INDEX posts_undated" in plan


def test_no_view_of_postgresql_is_made_from_one_that_has_an_order(postgres_database: str) -> None:
    """PostgreSQL works such a view out whole before it takes the first of its rows: seconds instead of milliseconds."""
    ordered = r"SELECT viewname FROM pg_views WHERE schemaname = current_schema() AND definition ~ '\mlatest\M'"
    with closing(open_database(postgres_database)) as database, database.reading() as reader:
        assert reader.rows("SELECT count(*) FROM pg_views WHERE viewname = 'latest'") == [(1,)]
        assert reader.rows(ordered) == []


@pytest.mark.parametrize("condition", ["day >= '2026-03-01'", f"day_number >= {SINCE // DAY_MS}"])
@pytest.mark.parametrize("table", ["quotes", "citations"])
def test_postgresql_reads_the_quotes_of_the_days_in_question(
    postgres_database: str, table: str, condition: str
) -> None:
    rows = f"""INSERT INTO {table}(key, ordinal, posted_ms, channel_id, language, outlet_id, outlet_name, text)
        SELECT 'tg:1:' || n, 0, {SINCE} - n::bigint * {HOUR_MS}, 1, 'en', 'guardian', 'The Guardian', 'text'
        FROM generate_series(0, 5000) n"""
    view = f"{table}_by_outlet WHERE {condition}"
    with closing(open_database(postgres_database)) as database:
        with database.writing() as writer:
            writer.execute(rows)
            writer.execute("ANALYZE")
        with database.reading() as reader:
            assert reader.rows(f"SELECT sum({table}) FROM {view}") == [(23,)]
            plan = [line for (line,) in reader.rows(f"EXPLAIN SELECT * FROM {view}")]
    assert not any(f"Seq Scan on {table}" in line for line in plan), plan


def test_postgresql_answers_a_rare_word_from_its_index(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not look at the newest posts one by one for it, but for a few."""
    for name, posts in (("NEAREST", 5), ("FEW", 3), ("NEARER", 50)):
        monkeypatch.setattr(postgres, name, posts)
    with Feed(postgres_store(postgres_database)) as store:
        texts = {1: 2, 2: 2} | dict.fromkeys(range(6, 80, 3), 1)
        store.posts(*(State(number, (1, 0), text=texts.get(number, 0)) for number in range(1, 80)))
        with store.database.reading() as reader:
            asked = list[str]()

            def found(query: str) -> int:
                asked.clear()
                tree = parse(query)
                names = look_up(reader, tree)
                rows = reader.rows

                def watched(sql: str, parameters: Sequence[object] = ()) -> list[DbRow]:
                    asked.extend([sql] if "words" in sql else [])
                    return rows(sql, parameters)

                with monkeypatch.context() as patch:
                    patch.setattr(reader, "rows", watched)
                    return len(find_ids(reader, Dialect.POSTGRES, tree, names, HitSelection(5), UNTIL))

            assert (found("boats"), len(asked)) == (2, 2)
            assert (found("absent"), len(asked)) == (0, 2)
            assert (found("bridge OR мост"), len(asked)) == (5, 1)
            assert (found("мост"), len(asked)) == (5, 2)
            assert (found("bridge before:2026-03-01T22:58:40"), len(asked)) == (0, 3)


@pytest.mark.parametrize("order", list(Order))
def test_postgresql_looks_at_the_nearest_periods_first(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    """For a word that is not rare: of a year with a tenth of the store's posts it has a page sooner than of all."""
    for name, posts in (("NEAREST", 5), ("FEW", 3), ("NEARER", 50)):
        monkeypatch.setattr(postgres, name, posts)
    with Feed(postgres_store(postgres_database)) as store:
        lacking = {*range(1, 7), *range(55, 61)}
        store.posts(*(State(n, (1, 0), text=2 if n in lacking else 1, hours=-150 * n) for n in range(1, 61)))
        with store.database.reading() as reader:
            tree, selection = parse("мост"), HitSelection(5, order)
            names = look_up(reader, tree)
            steps = steps_to_hits(reader, Dialect.POSTGRES, tree, names, selection, UNTIL)
            found = [[number for (number,) in reader.rows(*step.statement)] for step in steps]
            ids = find_ids(reader, Dialect.POSTGRES, tree, names, selection, UNTIL)
            by_id = f"SELECT id FROM posts WHERE message_id BETWEEN 7 AND 54 ORDER BY id {order.sql} LIMIT 5"
            expected = [number for (number,) in reader.rows(by_id)]
    named = [sum(str(each).count("§t") for each in step.statement.parameters) for step in steps]
    assert named == [0, 0, 0, 2, 8, 0]
    assert found[-3] != found[-2] == found[-1] == ids == expected


def test_postgresql_looks_up_the_posts_of_a_page_alone(postgres_database: str) -> None:
    """Of a word that many posts have, but none of the newest."""
    with Feed(postgres_store(postgres_database)) as store:
        store.posts(*(State(number, (1, 0)) for number in range(1, 80)))
        with store.database.reading() as reader:
            tree = parse("bridge")
            selection = HitSelection(5)
            *_, last = steps_to_hits(reader, Dialect.POSTGRES, tree, look_up(reader, tree), selection, UNTIL)
            ((plans,),) = reader.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {last.statement.sql}", last.statement.parameters)

    def loops(plan: dict[str, Any]) -> int:
        own = plan["Actual Loops"] if plan.get("Relation Name") == "posts" else 0
        return own + sum(map(loops, plan.get("Plans", ())))

    assert loops(plans[0]["Plan"]) == 5


def test_postgresql_plans_the_feed_once(postgres_database: str) -> None:
    """Planning it takes longer than reading it."""
    with Feed(postgres_store(postgres_database)) as store:
        store.posts(*(State(number, (1, 0)) for number in range(1, 3_000)))
        with store.database.writing() as writer:
            writer.execute("ANALYZE")
        for _ in range(15):
            with store.database.reading() as reader:
                assert len(feed(reader)) == 50
        with store.database.reading() as reader:
            plans = "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE '%verdicts%'"
            ((times,),) = reader.rows(plans)
            assert times > 0
