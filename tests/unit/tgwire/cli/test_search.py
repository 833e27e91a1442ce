"""``tgwire search``, ``tail``, ``export`` and ``sql`` over a small store."""

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from schemas.keys import post_key
from schemas.times import HOUR_MS
from sinks.store.database import closing
from sinks.store.index_tokens import language_letter
from sinks.store.sqlite.database import SqliteDatabase
from tests.support.search.corpus import Corpus, Post
from tests.support.store.feed import Feed
from tests.support.store.records import State, key_of
from tests.support.store.stores import sqlite_store
from tgwire.cli.app import app

START_MS = 1_795_000_000_000  # 2026-11-18 11:06:40 UTC
NAMELESS = "username = NULL, title = NULL"


def post(number: int, text: str, **fields: Any) -> Post:
    moment = START_MS + number * HOUR_MS
    values: dict[str, Any] = {"channel_id": 1_000, "language": "en"} | fields
    return Post(message_id=number, posted_ms=moment, text=text, id=moment // 1000 << 22, **values)


POSTS = [
    post(1, "Bridge collapses in Larnet, three people are hurt", quotes=[("bbc", "direct")], cluster=1),
    post(2, "Мост обрушился в Ларнете", channel_id=1_001, language="ru", media=1),
    post(3, "The bridge in Larnet has collapsed", channel_id=1_002, target=post_key(1_000, 1), cluster=1, edits=2),
    post(4, "Weather: storm and rain", channel_id=1_001, deleted_ms=START_MS),
]


def store_of(path: Path, posts: list[Post]) -> str:
    with closing(SqliteDatabase(path)) as database:
        Corpus(posts).load(database)
    return f"sqlite:{path}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return store_of(tmp_path_factory.mktemp("store") / "tgwire.db", POSTS)


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def keys(text: str) -> list[str]:
    return [json.loads(line)["key"] for line in text.splitlines()]


def test_hits_come_newest_first_and_the_query_is_said_in_words(store: str) -> None:
    shown, remarks = run("search", "bridge", "--store", store, "--json")
    assert keys(shown) == ["tg:1002:3", "tg:1000:1"]
    assert remarks == "posts that contain “bridge”\n"
    assert keys(run("search", "bridge", "--order", "oldest", "--store", store, "--json")[0]) == [
        "tg:1000:1",
        "tg:1002:3",
    ]


def test_words_of_a_command_line_are_one_query(store: str) -> None:
    assert keys(run("search", "larnet", "NOT", "is:copy", "--store", store, "--json")[0]) == ["tg:1000:1"]


def test_a_list_goes_on_behind_its_last_post(store: str) -> None:
    first, remarks = run("search", "lang:en,ru", "-n", "3", "--store", store, "--json")
    cursor = json.loads(first.splitlines()[-1])["cursor"]
    assert f"--behind {cursor} goes on" in remarks
    assert keys(run("search", "lang:en,ru", "--behind", str(cursor), "--store", store, "--json")[0]) == ["tg:1000:1"]


def test_people_see_where_a_post_is_from_and_what_became_of_it(store: str) -> None:
    shown, _ = run("search", "bridge", "--store", store)
    assert "2026-11-18 14:06:40  @Wire1  en  copy of tg:1000:1  edited 2 times" in shown
    assert "2026-11-18 12:06:40  @Wire6  en  story of 2 posts" in shown
    assert "Bridge collapses in Larnet" in shown
    assert "https://t.me/Wire1/3" in shown
    assert "deleted" in run("search", "weather", "--store", store)[0]


def test_what_is_wrong_with_a_query_has_a_caret_below(store: str) -> None:
    _, said = run("search", "bridge lnag:ru", "--store", store, code=2)
    assert said.splitlines() == [
        'tgwire: query, column 8: there is no key "lnag": did you mean lang:ru,en? '
        "Words with a colon go into quotation marks",
        "  bridge lnag:ru",
        "         ^",
    ]
    _, said = run("tail", "channel:@wire1 silent:2h", "--store", store, code=2)
    assert "column 16: silent: is a condition of alerts: no post has it" in said


def test_names_that_the_store_does_not_know_are_named(store: str) -> None:
    _, said = run("search", "channel:@nobody OR outlet:gazette", "--store", store)
    assert "nothing in the store is of @nobody" in said
    assert "nothing in the store is of gazette" in said
    assert "no post matches" in said


def test_no_store_is_an_error_in_words(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["search", "a", "--store", f"sqlite:{tmp_path}/none.db"])
    assert str(result.exception) == f"{tmp_path}/none.db: there is no store. Collect or replay into it first"


def test_tail_shows_the_newest_last(store: str) -> None:
    assert keys(run("tail", "-n", "2", "--store", store, "--json")[0]) == ["tg:1002:3", "tg:1001:4"]
    assert keys(run("tail", "lang:en", "-n", "2", "--store", store, "--json")[0]) == ["tg:1002:3", "tg:1001:4"]


def test_an_export_has_all_hits_oldest_first(store: str, tmp_path: Path) -> None:
    out = tmp_path / "posts.jsonl"
    _, said = run("export", "lang:en", "-o", str(out), "--store", store)
    assert keys(out.read_text()) == ["tg:1000:1", "tg:1002:3", "tg:1001:4"]
    assert said.endswith(f"3 posts written to {out}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["posts.jsonl"]


def test_a_file_that_is_there_stays(store: str, tmp_path: Path) -> None:
    out = tmp_path / "posts.csv"
    out.write_text("mine")
    result = CliRunner().invoke(app, ["export", "bridge", "--format", "csv", "-o", str(out), "--store", store])
    assert str(result.exception) == f"{out}: exists already; --force overwrites it"
    assert out.read_text() == "mine"
    run("export", "bridge", "--format", "csv", "-o", str(out), "--force", "--store", store)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["key"], row["posted_at"], row["channel"], row["story_size"]) for row in rows] == [
        ("tg:1000:1", "2026-11-18T12:06:40.000Z", "Wire6", "2"),
        ("tg:1002:3", "2026-11-18T14:06:40.000Z", "Wire1", "2"),
    ]


def test_an_export_as_parquet_is_typed(store: str, tmp_path: Path) -> None:
    out = tmp_path / "posts.parquet"
    run("export", "has:media OR is:copy", "--format", "parquet", "-o", str(out), "--store", store)
    table = parquet.read_table(out)
    assert table["key"].to_pylist() == ["tg:1001:2", "tg:1002:3"]
    assert table["copy_of"].to_pylist() == [None, "tg:1000:1"]
    assert str(table.schema.field("posted_at").type) == "timestamp[ms, tz=UTC]"


def test_an_export_as_a_graph_shows_who_copied_whom(store: str, tmp_path: Path) -> None:
    out = tmp_path / "spread.gexf"
    run("export", "bridge", "--format", "gexf", "-o", str(out), "--store", store)
    space = {"g": "http://gexf.net/1.3"}
    graph = ET.parse(out).getroot()
    assert [(node.get("id"), node.get("label")) for node in graph.iterfind(".//g:node", space)] == [
        ("1000", "@Wire6"),
        ("1002", "@Wire1"),
    ]
    (edge,) = graph.iterfind(".//g:edge", space)
    assert (edge.get("source"), edge.get("target"), edge.get("weight")) == ("1000", "1002", "1")


@pytest.mark.parametrize(("change", "name"), [("", "@name1"), ("username = NULL", "News"), (NAMELESS, "202")])
def test_a_graph_of_copies_alone_names_those_who_posted_first(tmp_path: Path, change: str, name: str) -> None:
    with Feed(sqlite_store(tmp_path / "tgwire.db")) as feed:
        feed.posts(*(State(number, (1, 0)) for number in (1, 2, 3, 4)))
        feed.link((2, 1), rank=(1, 0)).link((4, 1), rank=(1, 0))
        if change:
            with feed.database.writing() as writer:
                writer.execute(f"UPDATE channels SET {change} WHERE id = 202")
    out = tmp_path / "spread.gexf"
    run("export", "is:copy", "--format", "gexf", "-o", str(out), "--store", f"sqlite:{tmp_path}/tgwire.db")
    space = {"g": "http://gexf.net/1.3"}
    graph = ET.parse(out).getroot()
    assert [(node.get("id"), node.get("label")) for node in graph.iterfind(".//g:node", space)] == [
        ("101", "@name1"),
        ("202", name),
    ]
    (edge,) = graph.iterfind(".//g:edge", space)
    assert (edge.get("source"), edge.get("target"), edge.get("weight")) == ("202", "101", "2")
    lags = [each.get("value") for each in edge.iterfind(".//g:attvalue[@for='median_lag_s']", space)]
    assert lags == ["74.0"]  # of 37 s and 111 s


def test_sql_reads_rows(store: str) -> None:
    shown, _ = run(
        "sql", "SELECT language, count(*) AS posts FROM posts GROUP BY 1 ORDER BY 1", "--store", store, "--json"
    )
    assert [json.loads(line) for line in shown.splitlines()] == [
        {"language": "en", "posts": 3},
        {"language": "ru", "posts": 1},
    ]
    shown, said = run("sql", "SELECT key FROM posts ORDER BY id", "-n", "3", "--store", store)
    assert "3 rows" in shown
    assert "there are more rows than 3: --limit shows more" in said


def test_sql_finds_words_behind_the_letter_of_their_language(store: str) -> None:
    word = f'"{language_letter("en")}bridge"'
    query = f"SELECT key FROM posts WHERE id IN (SELECT rowid FROM words WHERE words MATCH '{word}') ORDER BY id"
    assert keys(run("sql", query, "--store", store, "--json")[0]) == ["tg:1000:1", "tg:1002:3"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM posts",
        "UPDATE posts SET language = 'xx'",
        "CREATE TABLE t(x)",
        "CREATE TEMP TABLE t(x)",
        "INSERT INTO words(words) VALUES('rebuild')",
        "ATTACH '/tmp/tgwire-other.db' AS other",
        "VACUUM INTO '/tmp/tgwire-copy.db'",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA query_only = OFF",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('/tmp/x.so')",
        "SELECT 1; DELETE FROM posts",
        "SELECT length(zeroblob(100000000))",
        "SELEC 1",
        "SELECT nothing FROM posts",
        "/* nothing */",
        "",
        "SELECT '\x00'",
    ],
)
def test_sql_refuses_all_but_reading(store: str, statement: str) -> None:
    _, said = run("sql", statement, "--store", store, code=2)
    assert said.startswith("tgwire: ")
    assert keys(run("tail", "-n", "1", "--store", store, "--json")[0]) == ["tg:1001:4"]


def test_sql_ends_in_time(store: str) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    result = CliRunner().invoke(app, ["sql", endless, "--timeout", "0.2", "--store", store])
    assert str(result.exception) == "the statement took longer than 0.2 s and was ended. Narrow it, or give --timeout"


def test_follow_shows_each_post_when_it_begins_to_match(tmp_path: Path) -> None:
    from schemas.query.parser import parse
    from sinks.store.opening import open_reader
    from tgwire.cli.commands.tail import MatchingPosts

    path = tmp_path / "tgwire.db"
    store = store_of(path, POSTS[:3])
    reader = open_reader(store)
    copies, everything = MatchingPosts(reader, parse("is:copy")), MatchingPosts(reader, None)
    assert [each.key for each in copies.newest(10)] == ["tg:1002:3"]
    assert [each.key for each in everything.newest(1)] == ["tg:1002:3"]
    with closing(SqliteDatabase(path)) as database, database.writing() as writer:
        writer.insert("links", ("key", "target", "cluster"), [("tg:1001:2", "tg:1000:1", 1)])
        changes = [("tg:1001:2", "link"), ("tg:1002:3", "edit"), ("tg:1000:1", "new")]
        writer.insert("changes", ("key", "what"), changes)
    assert [each.key for each in copies.new()] == ["tg:1001:2"]
    assert [each.key for each in everything.new()] == ["tg:1000:1"]
    assert copies.new() == everything.new() == []
    reader.close()


def test_follow_shows_the_first_post_of_a_story_when_that_has_grown_enough(tmp_path: Path) -> None:
    from schemas.query.parser import parse
    from sinks.store.opening import open_reader
    from tgwire.cli.commands.tail import MatchingPosts

    path = tmp_path / "tgwire.db"
    with Feed(sqlite_store(path)) as store:
        store.posts(State(1, (1, 0)), State(2, (1, 0))).link((2, 1))
        reader = open_reader(f"sqlite:{path}")
        tail = MatchingPosts(reader, parse("is:first story.channels:>=2"))
        tail.newest(0)
        store.posts(State(3, (1, 0)), State(4, (1, 0)))
        assert tail.new() == []
        store.link((4, 3))
        assert [each.key for each in tail.new()] == [key_of(3)]
        store.posts(State(5, (1, 0)), State(6, (1, 0))).link((5, 3), (6, 1))
        assert tail.new() == []  # both stories were hits before
        reader.close()


def test_follow_says_that_it_has_missed_what_the_store_has_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sinks.store.opening import open_reader
    from tgwire.cli.commands.tail import MatchingPosts

    path = tmp_path / "tgwire.db"
    reader = open_reader(store_of(path, POSTS[:3]))
    with closing(SqliteDatabase(path)) as database:

        def change(*keys: str) -> None:
            with database.writing() as writer:
                writer.insert("changes", ("key", "what"), [(key, "new") for key in keys])

        tail = MatchingPosts(reader, None)
        change("tg:1000:1")
        tail.newest(0)
        change("tg:1001:2")
        assert [each.key for each in tail.new()] == ["tg:1001:2"]
        assert capsys.readouterr().err == ""
        change("tg:1000:1", "tg:1002:3")
        with database.writing() as writer:
            writer.execute("DELETE FROM changes WHERE seq < (SELECT max(seq) FROM changes)")
        assert [each.key for each in tail.new()] == ["tg:1002:3"]
        assert "posts may be missing here" in capsys.readouterr().err
        assert tail.new() == []
        assert capsys.readouterr().err == ""
    reader.close()


def test_lines_end_without_blanks_whatever_their_width(tmp_path: Path) -> None:
    url = store_of(tmp_path / "long.db", [post(1, "Bridge collapses in Larnet. " * 40)])
    lines = run("search", "bridge", "--store", url)[0].splitlines()
    assert len(lines) > 3
    assert [line for line in lines if line != line.rstrip()] == []
    assert all(line.startswith("  ") for line in lines[1:])


def test_a_folder_that_is_missing_is_named(store: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        run("export", "bridge", "--store", store, "-o", str(tmp_path / "nodir" / "x.csv"))
    assert missing.value.filename == str(tmp_path / "nodir")


def test_a_wrong_choice_names_those_that_there_are(store: str) -> None:
    _, said = run("export", "bridge", "--store", store, "--format", "xlsx", code=2)
    assert "Value error" not in said
    assert "'xlsx' is not one of 'jsonl', 'csv', 'parquet', 'gexf'" in " ".join(said.replace("│", "").split())
