"""`tgwire sql --parquet`: statements over Parquet, by DuckDB."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from runtime.settings.sink import ParquetSinkSettings
from sinks.contract import Batch, Message, Partition
from sinks.parquet import ParquetSink
from sinks.store.database import DbRow
from tests.support.patience import DEADLINE_S
from tests.support.store.records import State, key_of, post_value, tombstone_value, verdict_value
from tgwire.cli.app import app

RECORDED_MS = 1_772_000_000_000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What the parquet sink wrote: posts 1 to 3, of which 2 has an older state behind the newer one, and 3 is deleted;
    post 2 repeats post 1.
    """
    sink = ParquetSink(ParquetSinkSettings(place=str(tmp_path / "parquet")))
    posts = [(key_of(number), post_value(State(number, (5, 0), text=1))) for number in (1, 2, 3)]
    posts += [(key_of(2), post_value(State(2, (4, 0)))), (key_of(3), tombstone_value(3, (6, 0)))]
    verdicts = [(key_of(2), verdict_value(2, 1, (5, 0)))]
    try:
        sink.open([Partition(topic, topic, 0) for topic in sink.topics])
        write(sink, "posts.normalized", posts)
        write(sink, "posts.duplicates", verdicts)
    finally:
        sink.close()
    return tmp_path / "parquet"


def write(sink: ParquetSink, topic: str, records: Sequence[tuple[str, bytes]]) -> None:
    partition = Partition(topic, topic, 0)
    messages = [Message(at, key.encode(), value, RECORDED_MS + at) for at, (key, value) in enumerate(records)]
    sink.move(partition, 0)
    written = sink.write(Batch(partition, 0, len(messages), messages))
    assert not written.refused, written


def sql(place: Path | str, statement: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["sql", statement, "--parquet", str(place), *options])


def rows(place: Path, statement: str) -> list[DbRow]:
    done = sql(place, statement, "--json")
    assert done.exit_code == 0, done.output
    return [tuple(json.loads(line).values()) for line in done.stdout.splitlines()]


def test_the_tables_of_the_sink_and_the_newest_states(place: Path) -> None:
    assert rows(place, "SELECT count(*) FROM posts") == [(4,)]
    assert rows(place, "SELECT key FROM posts_undated WHERE op = 'delete'") == [(key_of(3),)]
    assert rows(place, "SELECT key, rank_us FROM latest_posts ORDER BY key") == [(key_of(2), 5), (key_of(1), 5)]
    assert rows(place, "SELECT key, duplicate_of FROM latest_duplicates") == [(key_of(2), key_of(1))]
    assert rows(place, "SELECT * FROM latest_counters") == []


def test_one_table_or_files_can_be_named(place: Path, tmp_path: Path) -> None:
    assert rows(place / "posts", "SELECT count(*) FROM posts") == [(4,)]
    (tmp_path / "files").mkdir()
    for name, number in (("a", 1), ("b", 2)):
        pq.write_table(pa.table({"number": [number]}), tmp_path / "files" / f"{name}.parquet")
    assert rows(tmp_path / "files", "SELECT number FROM a UNION ALL SELECT number FROM b ORDER BY 1") == [(1,), (2,)]
    assert rows(tmp_path / "files" / "b.parquet", "SELECT number FROM b") == [(2,)]


def test_rows_are_limited_and_that_is_said(place: Path) -> None:
    done = sql(place, "SELECT key FROM posts", "--limit", "3", "--json")
    assert len(done.stdout.splitlines()) == 3
    assert "there are more rows than 3" in done.stderr
    assert "more rows" not in sql(place, "SELECT key FROM posts", "--limit", "4").stderr


def test_times_are_in_utc_and_values_of_all_kinds_are_shown(place: Path) -> None:
    found = rows(place, "SELECT recorded_at, posted_on, 'x'::BLOB, [1, 2], 1.50::DECIMAL(4, 2) FROM posts LIMIT 1")
    assert [type(value) for value in found[0]] == [str] * 5
    assert found[0][0].endswith("+00:00")
    assert found[0][2:] == ("78", "[1, 2]", "1.50")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM secret_of_python",
        "COPY posts TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "LOAD '{secret}'",
        "SET enable_external_access = true",
        "EXPORT DATABASE '{folder}/out'",
        "CREATE TABLE t AS SELECT 1",
        "DELETE FROM posts",
        "SELECT 1; DROP VIEW posts",
        "SELECT ?",
        "SELEC 1",
        "",
    ],
)
def test_nothing_but_the_tables_can_be_reached(place: Path, tmp_path: Path, statement: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden,1")
    secret_of_python = pa.table({"hidden": [1]})
    before = sorted(tmp_path.rglob("*"))
    done = sql(place, statement.format(secret=secret, folder=tmp_path))
    assert done.exit_code == 2, (done.output, secret_of_python)
    assert "hidden" not in done.output.replace(str(secret), "")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_statement_that_takes_too_long_is_ended(place: Path) -> None:
    done = sql(place, "SELECT count(*) FROM range(100000000000), posts", "--timeout", "0.5")
    assert "took longer than 0.5 s" in str(done.exception)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT length(repeat('x', 1500000000) || repeat('y', 1500000000))",
        "SELECT length(array_agg(range::TEXT || repeat('x', 1000))::TEXT) FROM range(10000000)",
    ],
)
def test_a_statement_that_takes_too_much_memory_is_ended(place: Path, statement: str) -> None:
    done = sql(place, statement, "--timeout", str(DEADLINE_S))
    assert done.exit_code == 2
    assert "needs too much memory" in done.stderr
    assert rows(place, "SELECT count(*) FROM posts") == [(4,)]


def test_a_place_without_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nothing PAR1")
    for place, said in [
        (tmp_path / "none", "none: cannot be read"),
        (tmp_path / "broken.parquet", "broken.parquet: cannot be read"),
        (Path(__file__).parent, "has no Parquet"),
    ]:
        assert said in str(sql(place, "SELECT 1").exception)


def test_a_store_and_parquet_are_two_places(place: Path) -> None:
    assert sql(place, "SELECT 1", "--store", "sqlite:/none").exit_code == 2
