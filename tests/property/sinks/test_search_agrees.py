"""The same hits in both databases and by the plain matcher, whatever is asked of whatever posts."""

from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

import pytest

from schemas.query.parser import parse
from sinks.store.database import Database, closing
from sinks.store.postgres.database import PostgresDatabase
from sinks.store.search import postgres, sqlite, word_expressions
from sinks.store.search.names import look_up
from sinks.store.search.searching import find_ids
from sinks.store.search.selection import HitSelection, Order
from sinks.store.sqlite.database import SqliteDatabase
from tests.support.search.agreement import disagreements, expected_ids, found_ids
from tests.support.search.corpus import NOW_MS, Corpus, posts_of, texts
from tests.support.search.queries import Queries
from tests.support.store.postgres_server import PostgresServer

QUERIES = 600
SEED = 20_261_129


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    random = Random(SEED)
    return Corpus(posts_of(random, texts(random, 500)))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, corpus: Corpus
) -> Iterator[Database]:
    with ExitStack() as stack:
        opened: Database
        if request.param == "sqlite":
            opened = stack.enter_context(closing(SqliteDatabase(tmp_path_factory.mktemp("store") / "tgwire.db")))
        else:
            server: PostgresServer = request.getfixturevalue("postgres_server")
            opened = stack.enter_context(closing(PostgresDatabase(server.new_database())))
        corpus.load(opened)
        yield opened


def test_random_queries_find_what_the_matcher_finds(
    database: Database, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_expressions, "MOST_OF_STORE", 1.0)  # periods are named wherever a query has times
    queries = Queries(Random(SEED), corpus.posts)
    trees = [queries.next() for _ in range(QUERIES)]
    everything = HitSelection(limit=len(corpus.posts))
    assert [each.query for each in disagreements(corpus, [database], trees, everything)] == []
    # Otherwise nothing would be compared.
    sizes = [len(expected_ids(corpus, tree, everything)) for tree in trees]
    assert sum(1 for size in sizes if 0 < size < len(corpus.posts)) > QUERIES / 2


def test_a_short_first_step_changes_no_hit(database: Database, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "NEAREST", 40)
    for name, posts in (("NEAREST", 20), ("FEW", 15), ("NEARER", 40)):
        monkeypatch.setattr(postgres, name, posts)
    queries = Queries(Random(SEED + 1), corpus.posts)
    for tree in (queries.next() for _ in range(100)):
        for order in Order:
            selection = HitSelection(12, order)
            with database.reading() as reader:
                found = find_ids(reader, database.dialect, tree, look_up(reader, tree), selection, NOW_MS)
            assert found == expected_ids(corpus, tree, selection), str(tree)


def test_of_some_posts_one_step_finds_all_hits(database: Database, corpus: Corpus) -> None:
    """News ask about the posts that have come: nothing may look at the rest of the store for them."""
    random = Random(SEED + 2)
    queries = Queries(random, corpus.posts)
    for tree in [parse("the*"), parse("NOT bridge"), *(queries.next() for _ in range(60))]:
        ids = tuple(random.sample(sorted(corpus.oracle), 40))
        selection = HitSelection(len(ids), among=ids)
        expected = [each for each in expected_ids(corpus, tree, HitSelection(len(corpus.posts))) if each in ids]
        assert found_ids(database, tree, selection) == [expected], str(tree)


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_each_other(database: Database, corpus: Corpus, order: Order) -> None:
    for query in ("bridge OR мост OR has:media", "мост*", "NOT bridge", "lang:ru,en", "nothing"):
        tree = parse(query)
        expected = expected_ids(corpus, tree, HitSelection(limit=len(corpus.posts), order=order))
        found: list[int] = []
        while page := found_ids(database, tree, HitSelection(7, order, found[-1] if found else None))[-1]:
            found += page
        assert found == expected


@pytest.mark.parametrize(
    "query",
    [
        'is:first story.channels:>=2 bridge OR NOT (мост lang:ru) "мост обрушился"',
        "NOT (NOT a OR NOT b)",
        "a NOT (b OR NOT c)",
        "NOT (lang:ru channel:@nobody) outlet:nobody",
        "channel:@wire1 a",
        "again NOT of*",
        '"again again again end"',
        '"的的的国"',
        "has:links bridge",
        "after:2027 bridge",
        "bridge age:<1d",
        "story.size:<2",
        "story.size:=0 OR story.size:>=1",
    ],
)
def test_queries_that_are_hard_to_compile(database: Database, corpus: Corpus, query: str) -> None:
    tree = parse(query)
    selection = HitSelection(limit=len(corpus.posts))
    assert found_ids(database, tree, selection)[-1] == expected_ids(corpus, tree, selection)
