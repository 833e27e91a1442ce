"""Reading a store in PostgreSQL: statements by a login that may only read, and changes in an order without gaps."""

from collections.abc import Iterator

import psycopg
import pytest

from sinks.store.database import closing
from sinks.store.errors import StatementRefusedError, StatementTimeError, StoreError
from sinks.store.opening import open_reader
from sinks.store.postgres.database import PostgresDatabase
from sinks.store.search.changes import changes_after, kept_changes, last_place
from sinks.store.statements.running import run_statement
from tests.support.search.corpus import Corpus, Post
from tests.support.store.postgres_server import PostgresServer

POSTS = [
    Post(channel_id=1_000, message_id=number, posted_ms=number * 1000, text=text, language="en", id=number << 22)
    for number, text in enumerate(("bridge", "storm"), 1)
]


@pytest.fixture(scope="module")
def owner(postgres_server: PostgresServer) -> str:
    """Address of a store with two posts, for its owner."""
    url = postgres_server.new_database()
    with closing(PostgresDatabase(url)) as database:
        Corpus(POSTS).load(database)
    return url


@pytest.fixture(scope="module")
def reader(owner: str) -> Iterator[str]:
    """The same for a login that may only read."""
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE ROLE reads_only LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reads_only")
    yield owner.replace("user=postgres", "user=reads_only")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DROP OWNED BY reads_only")
        connection.execute("DROP ROLE reads_only")


def test_a_statement_reads_rows(reader: str) -> None:
    found = run_statement(reader, "SELECT key, language FROM posts ORDER BY id;", limit=1, limit_s=60)
    assert (found.columns, found.rows, found.has_more) == (("key", "language"), [("tg:1000:1", "en")], True)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM posts",
        "SELECT 1; DELETE FROM posts",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "COPY posts TO '/tmp/tgwire-posts'",
        "SELECT setval('bodies_seq_seq', 1)",
        "SELECT set_config('transaction_read_only', 'off', false), nextval('bodies_seq_seq')",
        "SET ROLE postgres",
        "SELEC 1",
        "",
    ],
)
def test_a_statement_that_does_more_is_refused(reader: str, statement: str) -> None:
    with pytest.raises(StatementRefusedError):
        run_statement(reader, statement, limit=10, limit_s=60)
    assert run_statement(reader, "SELECT count(*) FROM posts", limit=10, limit_s=60).rows == [(2,)]


def test_a_statement_ends_in_time(reader: str) -> None:
    with pytest.raises(StatementTimeError, match=r"longer than 0.2 s"):
        run_statement(reader, "SELECT pg_sleep(20)", limit=10, limit_s=0.2)


def test_a_login_that_may_write_is_refused(owner: str) -> None:
    with pytest.raises(StoreError, match=r"this login may do more than read.*CREATE ROLE tgwire_read LOGIN"):
        run_statement(owner, "SELECT 1", limit=10, limit_s=60)


def test_a_change_that_is_committed_late_is_not_missed(owner: str) -> None:
    store = open_reader(owner)
    add = "INSERT INTO changes(key, what) VALUES(%s, 'new')"
    with psycopg.connect(owner) as late, psycopg.connect(owner) as early:
        with store.reading() as rows:
            place = last_place(rows, store.dialect)
        late.execute(add, ("tg:1:1",))
        early.execute(add, ("tg:1:2",))
        early.commit()
        with store.reading() as rows:
            assert list(changes_after(rows, store.dialect, place)) == []
        late.commit()
        with store.reading() as rows:
            found = list(changes_after(rows, store.dialect, place))
        assert [change.key for change in found] == ["tg:1:1", "tg:1:2"]
        with store.reading() as rows:
            assert list(changes_after(rows, store.dialect, found[0].place)) == found[1:]
            assert list(changes_after(rows, store.dialect, found[1].place)) == []
            assert last_place(rows, store.dialect) == found[1].place
            assert kept_changes(rows, store.dialect).has_all_after(place)
        early.execute("DELETE FROM changes WHERE key <> 'tg:1:2'")
        early.commit()
        with store.reading() as rows:
            kept = kept_changes(rows, store.dialect)
        assert (kept.first, kept.last) == (found[1].place, found[1].place)
        assert kept.has_all_after(found[0].place)
        assert not kept.has_all_after(place)
    store.close()
