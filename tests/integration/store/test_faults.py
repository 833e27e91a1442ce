"""Databases that cannot be used: each in words, with nothing lost."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from schemas.topics import NORMALIZED
from sinks.contract import Batch, Message
from sinks.store.errors import NewerStoreError, StoreError, StoreInUseError, StoreUnavailableError
from sinks.store.opening import open_database, open_reader
from sinks.store.postgres.database import PostgresDatabase, without_password
from sinks.store.sqlite.database import SqliteDatabase
from sinks.store.sqlite.file_system import refuse_network
from sinks.store.upkeep.verification import verify
from tests.support.patience import DEADLINE_S
from tests.support.store.feed import Feed
from tests.support.store.postgres_server import PostgresServer, find_postgres
from tests.support.store.records import State, key_of, post_value
from tests.support.store.stores import OpenStore, postgres_store, sqlite_store


def test_a_store_of_a_newer_version_is_refused(open_store: OpenStore) -> None:
    database = open_store()
    with database.writing() as writer:
        if isinstance(database, SqliteDatabase):
            writer.execute("PRAGMA user_version = 99")
        else:
            writer.execute("UPDATE meta SET value = '99' WHERE name = 'layout'")
    database.close()

    with pytest.raises(NewerStoreError, match="written by a newer tgwire"):
        open_store()


def test_a_second_writer_of_a_file_is_refused(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path / "store.db")
    with Feed(store), pytest.raises(StoreInUseError, match=r"another process( \(pid \d+\))? writes to it"):
        Feed(store)
    Feed(store).close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"no database, but long enough to be read as one" * 99)
    with pytest.raises(StoreError, match="no SQLite file"):
        SqliteDatabase(path)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be"):
        SqliteDatabase(tmp_path)


def test_a_command_that_only_reads_makes_no_store(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/store.db"
    with pytest.raises(StoreError, match="there is no store"):
        open_reader(url)
    with pytest.raises(StoreError, match="there is no store"):
        open_database(url, is_migrated=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("at", "kind"), [("/mnt/share", "nfs4"), ("/mnt", "cifs"), ("/mnt/with\\040blank", "fuse.sshfs")]
)
def test_a_network_file_system_is_refused(tmp_path: Path, at: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/export {at} {kind} rw 0 0\n")
    folder = Path(at.replace("\\040", " "))

    with pytest.raises(StoreError, match=f"network file system \\({kind}\\)"):
        refuse_network(folder / "store.db", mounts)
    refuse_network(Path("/home/store.db"), mounts)


def test_a_file_that_another_process_locks_is_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.store.sqlite.database._BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "store.db"
    with Feed(sqlite_store(path)) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="in use by another process"):
            store.posts(State(1, (1, 0)))
        other.close()
        store.posts(State(1, (1, 0)))
        assert store.rows("SELECT sum(posts) FROM hourly") == [(1,)]


FULL = """
import resource, signal, sys
from pathlib import Path
from sinks.store.errors import StoreUnavailableError
from tests.support.store.feed import Feed
from tests.support.store.records import State
from tests.support.store.stores import sqlite_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
with Feed(sqlite_store(path)) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    number = 0
    try:
        while True:
            number += 1
            store.posts(*(State(number * 50 + at, (1, 0), text=at % 4) for at in range(50)))
    except StoreUnavailableError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store.posts(*(State(number * 50 + at, (1, 0), text=at % 4) for at in range(50)))
    print(number)
"""


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A limit of the size of files stands for the disk, which SQLite cannot tell from it."""
    path = tmp_path / "store.db"
    done = subprocess.run(
        [sys.executable, "-c", FULL, path], capture_output=True, text=True, timeout=DEADLINE_S, check=True
    )
    problem, number = done.stdout.splitlines()

    assert problem.startswith(f"{path}: the disk")
    with Feed(sqlite_store(path)) as store:
        assert store.rows("SELECT count(*) FROM posts") == [(50 * int(number),)]
        assert verify(store.database) == []


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SqliteDatabase(path).close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match="only read"):
        Feed(sqlite_store(path))


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    programs = find_postgres()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer(programs) as server:
        yield server


def test_a_server_that_is_away_is_waited_for(own_server: PostgresServer) -> None:
    url = own_server.new_database()
    with Feed(postgres_store(url)) as store:
        store.posts(State(1, (1, 0)))
        own_server.kill()
        batch = Batch(
            store.partition(NORMALIZED.name), 1, 2, [Message(1, key_of(2).encode(), post_value(State(2, (1, 0))), 0)]
        )
        for _ in range(2):
            with pytest.raises(StoreUnavailableError):
                store.sink.write(batch)
        own_server.start()

        assert store.sink.write(batch).next_offset == 2
        assert store.rows("SELECT sum(posts) FROM hourly") == [(2,)]


class SmallDisk:
    """A file system of some MB in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, *options: str) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", self.folder], check=True)

    def unmount(self) -> None:
        # Lazily: processes of the killed server may be about to end.
        subprocess.run(["umount", "--lazy", self.folder], check=True)


@pytest.fixture
def small_disk(own_server: PostgresServer) -> Iterator[SmallDisk]:
    folder = own_server._folder / "small"
    folder.mkdir()
    disk = SmallDisk(folder)
    try:
        disk.mount("size=14m")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a small disk, as root may")
    try:
        if own_server._user is not None:
            shutil.chown(folder, own_server._user)
        yield disk
    finally:
        own_server.kill()
        disk.unmount()


def test_a_full_disk_of_a_server_is_waited_for(own_server: PostgresServer, small_disk: SmallDisk) -> None:
    with psycopg.connect(own_server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk.folder}'")
        connection.execute("CREATE DATABASE small TABLESPACE small")
    with Feed(postgres_store(own_server.url("small"))) as store:
        for number in count(1):
            batch = [State(number * 50 + at, (1, 0), text=at % 4) for at in range(50)]
            written = store.rows("SELECT count(*) FROM posts")
            try:
                store.posts(*batch)
            except StoreUnavailableError as error:
                problem = str(error)
                break
        assert re.fullmatch(r"postgresql:\S+ the server's disk is full: could not extend file .*", problem)
        assert written == [(50 * number - 50,)]
        with pytest.raises(StoreUnavailableError, match="disk is full"):
            store.posts(*batch)
        assert store.rows("SELECT count(*) FROM posts") == written
        small_disk.mount("remount", "size=30m")
        store.posts(*batch)
        assert store.rows("SELECT count(*) FROM posts") == [(50 * number,)]
        assert verify(store.database) == []


def test_a_server_that_does_not_answer_is_named_in_one_line() -> None:
    with socket.socket() as first, socket.socket() as second:  # their ports are kept from other servers
        ports = []
        for bound in (first, second):
            bound.bind(("127.0.0.1", 0))
            ports.append(bound.getsockname()[1])
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        with pytest.raises(StoreUnavailableError) as raised:
            PostgresDatabase(f"postgresql://a@{hosts}/posts")
    problem = f'connection to server at "127.0.0.1", port {ports[1]} failed: Connection refused'
    assert str(raised.value) == f"postgresql://a@{hosts}/posts: {problem}"


def write_and_freeze(frozen: Feed, successor: Feed) -> None:
    with frozen.database.writing() as writer:
        writer.execute("UPDATE sink_offsets SET next_offset = 7 WHERE topic = ?", (NORMALIZED.name,))
        successor.posts(State(1, (1, 0)))  # waits for the lock of the frozen one, which loses it
        writer.execute("SELECT 1")


def test_a_frozen_writer_gives_its_locks_back(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sinks.store.postgres import database

    short = database._SESSION | {"idle_in_transaction_session_timeout": "5s"}
    monkeypatch.setattr(database, "_SESSION", short)
    with Feed(postgres_store(postgres_database)) as frozen, Feed(postgres_store(postgres_database)) as successor:
        with pytest.raises(StoreUnavailableError):
            write_and_freeze(frozen, successor)
        assert frozen.rows("SELECT next_offset FROM sink_offsets WHERE topic = ?", (NORMALIZED.name,)) == [(1,)]


def test_a_database_that_is_not_there_is_named(postgres_server: PostgresServer) -> None:
    with pytest.raises(StoreError, match="there is no such database"):
        PostgresDatabase(postgres_server.url("missing"))


def test_a_wrong_password_is_named_and_not_shown(own_server: PostgresServer) -> None:
    folder = own_server._folder
    (folder / "data" / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    with psycopg.connect(own_server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'right'")
        connection.execute("SELECT pg_reload_conf()")
    with pytest.raises(StoreError, match="the password is wrong") as raised:
        PostgresDatabase(f"postgresql://reader:hidden-word@/postgres?host={folder}")
    assert "hidden-word" not in str(raised.value)


def test_a_user_without_rights_is_named(postgres_server: PostgresServer, postgres_database: str) -> None:
    PostgresDatabase(postgres_database).close()
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS looker")
        connection.execute("CREATE ROLE looker LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker")
    with pytest.raises(StoreError, match="may not write there"):
        Feed(postgres_store(postgres_database.replace("user=postgres", "user=looker")))


def test_a_database_of_another_encoding_is_refused(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS latin")
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    with pytest.raises(StoreError, match="encoding must be UTF8"):
        PostgresDatabase(postgres_server.url("latin"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://a:secret@host:5433/db?sslmode=require", "postgresql://a@host:5433/db"),
        ("postgresql:///db?host=/run&user=a&password=secret", "postgresql:///db"),
        ("postgresql://a@host/db", "postgresql://a@host/db"),
    ],
)
def test_a_password_in_the_address_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_a_query_that_takes_too_long_is_ended(open_store: OpenStore, tmp_path: Path) -> None:
    database = open_store()
    url = f"sqlite:{tmp_path}/store.db" if isinstance(database, SqliteDatabase) else _url(database)
    database.close()
    reader = open_reader(url, timeout_s=3.0)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(StoreUnavailableError, match="took too long"), reader.reading() as rows:
        rows.rows(endless)
    with reader.reading() as rows:
        assert rows.rows("SELECT count(*) FROM posts") == [(0,)]
    reader.close()


def _url(database: object) -> str:
    assert isinstance(database, PostgresDatabase)
    return database._url


def test_a_reader_cannot_write(open_store: OpenStore, tmp_path: Path) -> None:
    database = open_store()
    url = f"sqlite:{tmp_path}/store.db" if isinstance(database, SqliteDatabase) else _url(database)
    database.close()
    reader = open_reader(url)
    with pytest.raises(StoreError), reader.reading() as rows:
        rows.rows("DELETE FROM posts RETURNING id")
    reader.close()
