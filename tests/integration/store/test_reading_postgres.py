"""Reading a store in PostgreSQL: statements by a login that may only read, and changes, each of them once."""

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from sinks.store.database import closing
from sinks.store.errors import StatementRefusedError, StatementTimeError, StoreError
from sinks.store.opening import open_reader
from sinks.store.postgres.database import PostgresDatabase
from sinks.store.reading.readers import StoreReader
from sinks.store.search.changes import ChangeCursor, changes_after, kept_changes, last_place
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


ADD = "INSERT INTO changes(key, what) VALUES(%s, 'new')"


def keys_after(store: StoreReader, place: ChangeCursor) -> tuple[list[str], ChangeCursor]:
    with store.reading() as rows:
        changes, end = changes_after(rows, store.dialect, place)
    return [change.key for change in changes], end


def end_of(store: StoreReader) -> ChangeCursor:
    with store.reading() as rows:
        return last_place(rows, store.dialect)


@pytest.fixture
def store(owner: str) -> Iterator[StoreReader]:
    store = open_reader(owner)
    yield store
    store.close()


def test_changes_come_once_and_when_they_are_committed(owner: str, store: StoreReader) -> None:
    with psycopg.connect(owner) as late, psycopg.connect(owner) as early:
        before = end_of(store)
        late.execute(ADD, ("tg:1:1",))
        early.execute(ADD, ("tg:1:2",))
        early.commit()
        found, place = keys_after(store, before)
        assert found == ["tg:1:2"]  # it does not wait for the other
        read_since = end_of(store)
        assert keys_after(store, place) == ([], read_since)
        late.commit()
        assert keys_after(store, place)[0] == ["tg:1:1"]
        assert keys_after(store, read_since)[0] == ["tg:1:1"]
        assert keys_after(store, before)[0] == ["tg:1:1", "tg:1:2"]
        assert before < place <= end_of(store)


def test_what_was_there_does_not_come_when_an_older_transaction_ends(owner: str, store: StoreReader) -> None:
    with psycopg.connect(owner) as late, psycopg.connect(owner) as early:
        late.execute(ADD, ("tg:2:1",))
        early.execute(ADD, ("tg:2:2",))
        early.commit()
        place = ChangeCursor.parse(str(end_of(store)))  # as addresses have it
        assert keys_after(store, place)[0] == []
        late.rollback()
        early.execute(ADD, ("tg:2:3",))
        early.commit()
        assert keys_after(store, place)[0] == ["tg:2:3"]


def test_what_is_read_in_parts_comes_once_while_transactions_end(
    owner: str, store: StoreReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.store.search.changes._BATCH", 2)
    before = end_of(store)
    with ExitStack() as stack:
        first, *others, last = [stack.enter_context(psycopg.connect(owner)) for _ in range(5)]
        for number, writer in enumerate((first, *others, last)):
            writer.execute(ADD, (f"tg:3:{number}",))
        others[1].execute(ADD, ("tg:3:two more",))
        for writer in (last, *others):
            writer.commit()
        found, place = keys_after(store, before)
        assert found == ["tg:3:1", "tg:3:2", "tg:3:two more"]  # a transaction is never cut
        first.commit()
        more, place = keys_after(store, place)
        assert sorted(more) == ["tg:3:0", "tg:3:3"]
        rest, place = keys_after(store, place)
        assert sorted(rest) == ["tg:3:4"]
        assert keys_after(store, place)[0] == []
        assert place == end_of(store)


def test_a_place_says_whether_the_store_still_has_what_came_after_it(owner: str, store: StoreReader) -> None:
    def has_all_after(place: ChangeCursor) -> bool:
        with store.reading() as rows:
            return kept_changes(rows, store.dialect).has_all_after(place)

    with psycopg.connect(owner, autocommit=True) as writer:
        places = [end_of(store)]
        for number in range(3):
            writer.execute(ADD, (f"tg:4:{number}",))
            places.append(end_of(store))
        assert [has_all_after(place) for place in places] == [True] * 4
        writer.execute("DELETE FROM changes WHERE seq <= (SELECT seq FROM changes WHERE key = 'tg:4:1')")
        assert [has_all_after(place) for place in places] == [False, False, True, True]
        assert not has_all_after(ChangeCursor(places[-1].transaction + 1_000, places[-1].number))  # of another server


def test_the_first_changes_of_a_store_are_all_there_though_a_write_before_them_failed(
    postgres_server: PostgresServer,
) -> None:
    url = postgres_server.new_database()
    with closing(PostgresDatabase(url)), psycopg.connect(url) as writer:
        store = open_reader(url)
        place = end_of(store)
        writer.execute(ADD, ("tg:5:1",))
        writer.rollback()
        writer.execute(ADD, ("tg:5:1",))
        writer.commit()
        with store.reading() as rows:
            assert kept_changes(rows, store.dialect).has_all_after(place)
        assert keys_after(store, place)[0] == ["tg:5:1"]
        store.close()
