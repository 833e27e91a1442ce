"""Tables as scripts leave them: which columns are posts', which only look so, and what a channel is called in them."""

import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import SourceNotFoundError, UnknownColumnsError
from ingest.sources import Rejected, open_sources
from ingest.sources.base import NoPost
from ingest.sources.options import ReadOptions
from ingest.sources.table.guess import guess
from schemas import MediaKind, RawPost

TEXT = "The ferry {} left the harbour this morning."
DATE = "2024-05-01T12:00:00Z"


def _posts(path: Path) -> list[RawPost]:
    """Those of a file, all of whose records are read."""
    entries = [
        item.entry for source in open_sources(path, ReadOptions(), io.BytesIO()).sources for item in source.read()
    ]
    assert not [entry for entry in entries if isinstance(entry, Rejected | NoPost)]
    return [entry for entry in entries if isinstance(entry, RawPost)]


def _of_json(tmp_path: Path, value: object, name: str = "ferries.json") -> list[RawPost]:
    path = tmp_path / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return _posts(path)


def _rows(count: int = 3, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"id": number, "text": TEXT.format(number), "date": DATE, **{key: give(number) for key, give in fields.items()}}
        for number in range(1, count + 1)
    ]


def test_a_key_of_a_script_is_no_id_beside_links_to_the_posts(tmp_path: Path) -> None:
    rows = _rows(url=lambda number: f"https://t.me/ferries/{number + 40}")
    posts = _of_json(tmp_path, [row | {"id": f"tg_ferries_{row['id']}"} for row in rows])
    assert [(post.channel.username, post.message_id) for post in posts] == [("ferries", n) for n in (41, 42, 43)]


def test_an_answer_of_elasticsearch_has_the_rows_in_its_hits(tmp_path: Path) -> None:
    rows = _rows(channel=lambda number: "@ferries", views=lambda number: number)
    hits = [{"_index": "posts", "_id": f"ferries_{row['id']}", "_score": 1.0, "_source": row} for row in rows]
    posts = _of_json(tmp_path, {"took": 5, "hits": {"total": {"value": 3}, "hits": hits}})
    assert [(post.message_id, post.text, post.channel.username) for post in posts] == [
        (row["id"], row["text"], "ferries") for row in rows
    ]


def test_broken_ids_among_others_cost_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "ferries.json"
    path.write_text(json.dumps([row | {"id": f"x{row['id']}"} if row["id"] > 1 else row for row in _rows()]))
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    assert [isinstance(item.entry, Rejected) for item in source.read()] == [False, True, True]


@pytest.mark.parametrize(
    ("of_others", "objection"),
    [
        ({"id": lambda n: f"x{n}"}, "its column id holds no ids of messages of Telegram"),
        ({"id": lambda n: 1294676776219578413 + n}, "its column id holds no ids of messages of Telegram"),
        ({"rating": lambda n: 5}, "such columns as rating are not of posts"),
        ({"retweet_count": lambda n: n}, "such columns as retweet_count are not of posts"),
        ({"subreddit": lambda n: "ferries"}, "such columns as subreddit are not of posts"),
        ({"url": lambda n: f"https://example.org/{n}"}, "its column url holds links to something else"),
    ],
)
def test_tables_of_other_things_are_refused_with_their_columns_and_a_map(
    of_others: dict[str, Any], objection: str, tmp_path: Path
) -> None:
    path = tmp_path / "ferries.json"
    for rows in (_rows(**of_others), {"of": "ferries", "rows": _rows(**of_others)}):
        path.write_text(json.dumps(rows))
        with pytest.raises(
            UnknownColumnsError, match=rf"{objection}.*: id, text, date.* --map '.*text=text,date=date'"
        ):
            _posts(path)
    options = ReadOptions(columns=(("text", "text"), ("date", "date")))
    (source,) = open_sources(path, options, io.BytesIO()).sources
    assert len([item for item in source.read() if isinstance(item.entry, RawPost)]) == 3


@pytest.mark.parametrize("name", ["channel", "chat_id", "tg_link", "forwarded"])
def test_columns_of_telegram_show_posts_whatever_is_beside_them(name: str, tmp_path: Path) -> None:
    rows = _rows(rating=lambda n: 5, url=lambda n: f"https://example.org/{n}")
    assert len(_of_json(tmp_path, [row | {name: 7} for row in rows])) == 3


@pytest.mark.parametrize("name", ["phone_number", "first_name", "access_hash", "salary", "email"])
def test_notes_on_persons_and_offers_are_no_texts(name: str) -> None:
    row = {"id": 1, "notes": TEXT, "date": DATE, name: "x"}
    assert "text" not in guess(tuple(row), [row]).fields


@pytest.mark.parametrize("before", ["tg_", "telegram_", "Telegram "])
def test_names_may_have_the_messenger_before_them(before: str) -> None:
    row = {f"{before}message_id": 5, f"{before}chat_id": 77, f"{before}date": DATE, f"{before}text": TEXT, "views": 9}
    fields = guess(tuple(row), [row]).fields
    assert {field: column.removeprefix(before) for field, column in fields.items()} == {
        "id": "message_id", "text": "text", "date": "date", "channel_id": "chat_id", "views": "views",
    }  # fmt: skip


def test_a_name_with_the_messenger_before_it_goes_before_one_without() -> None:
    row = {"id": 900, "tg_id": 5, "text": TEXT, "date": DATE}
    assert guess(tuple(row), [row]).fields["id"] == "tg_id"


def test_headlines_are_not_titles_of_channels(tmp_path: Path) -> None:
    rows = _rows(url=lambda n: f"https://t.me/ferries/{n}", title=lambda n: f"Headline {n}")
    assert {post.channel.title for post in _of_json(tmp_path, rows)} == {None}
    without_channel = [{key: value for key, value in row.items() if key != "url"} for row in rows]
    assert {post.channel.title for post in _of_json(tmp_path, without_channel)} == {"ferries"}


def test_titles_of_channels_are(tmp_path: Path) -> None:
    rows = _rows(4, username=lambda n: f"ferries{n % 2}", title=lambda n: f"Ferries of harbour {n % 2}")
    assert {post.channel.title for post in _of_json(tmp_path, rows)} == {"Ferries of harbour 0", "Ferries of harbour 1"}


def test_a_platform_is_no_channel(tmp_path: Path) -> None:
    posts = _of_json(tmp_path, _rows(source=lambda _: "Telegram"))
    assert {(post.channel.username, post.channel.title) for post in posts} == {(None, "ferries")}


def test_names_of_a_column_of_usernames_are_usernames_with_capitals_too(tmp_path: Path) -> None:
    posts = _of_json(tmp_path, _rows(channel=lambda n: ("FerryNews", "harbour_times", "quays")[n - 1]))
    assert [post.channel.username for post in posts] == ["FerryNews", "harbour_times", "quays"]


@pytest.mark.parametrize("names", [("Reuters", "Bloomberg"), ("harbour_times", "Ferry News")])
def test_titles_of_one_word_stay_titles(names: tuple[str, str], tmp_path: Path) -> None:
    posts = _of_json(tmp_path, _rows(2, channel=lambda n: names[n - 1]))
    assert posts[-1].channel.title == names[-1]
    assert posts[-1].channel.username is None


@pytest.mark.parametrize("written", ["@FerryNews", "t.me/FerryNews", "https://t.me/s/FerryNews"])
def test_a_column_of_nothing_but_channels_names_them_whatever_it_is_called(written: str, tmp_path: Path) -> None:
    posts = _of_json(tmp_path, _rows(account=lambda _: written))
    assert {post.channel.username for post in posts} == {"FerryNews"}


@pytest.mark.parametrize("name", ["mentions", "sender", "reply_user", "forwarded_by"])
def test_others_that_posts_name_are_not_their_channel(name: str, tmp_path: Path) -> None:
    posts = _of_json(tmp_path, [row | {name: "@captain"} for row in _rows()])
    assert {post.channel.username for post in posts} == {None}


def test_the_key_of_a_list_is_no_channel_where_rows_name_theirs(tmp_path: Path) -> None:
    named = _of_json(tmp_path, {"summary": {"count": 3}, "timetables": _rows(channel_id=lambda _: 77)})
    assert {(post.channel.id, post.channel.username) for post in named} == {(77, None)}
    (post,) = _of_json(tmp_path, {"timetables": _rows(1)})
    assert post.channel.username == "timetables"


@pytest.mark.parametrize("key", ["price_messages", "latest-posts", "2024-05-01"])
def test_the_key_of_a_list_that_says_what_is_in_it_is_no_channel(key: str, tmp_path: Path) -> None:
    assert {(post.channel.username, post.channel.title) for post in _of_json(tmp_path, {key: _rows()})} == {
        (None, "ferries")
    }


def test_a_list_of_channels_before_the_posts_is_not_taken_for_them(tmp_path: Path) -> None:
    channels = [
        {"handle": "ferries", "title": "Ferries", "count": 3},
        {"handle": "quays", "title": "Quays", "count": 0},
    ]
    posts = [row | {"ch": "ferries", "url": f"https://t.me/ferries/{row['id']}"} for row in _rows()]
    read = _of_json(tmp_path, {"updated": DATE, "channels": channels, "posts": posts, "errors": []})
    assert [(post.channel.username, post.message_id, post.text) for post in read] == [
        ("ferries", number, TEXT.format(number)) for number in (1, 2, 3)
    ]


def test_channels_that_begin_as_their_posts_do_are_told_from_them(tmp_path: Path) -> None:
    about = {"source_name": "Ferries", "username": "ferries", "kind": "news"}
    posts = [about | {"post_id": row["id"], "text": row["text"], "published_at": DATE} for row in _rows()]
    read = _of_json(tmp_path, {"channels": [about | {"url": "https://t.me/s/ferries"}], "posts": posts})
    assert [post.message_id for post in read] == [1, 2, 3]


def test_lists_of_posts_whose_fields_differ_are_all_read(tmp_path: Path) -> None:
    of_quays = [{"id": row["id"], "text": row["text"], "date": DATE} for row in _rows()]
    read = _of_json(tmp_path, {"ferries": _rows(views=lambda n: n, forwards=lambda n: n), "quays": of_quays})
    assert [post.channel.username for post in read] == ["ferries"] * 3 + ["quays"] * 3
    assert read[0].counters is not None
    assert read[0].counters.views == 1


@pytest.mark.parametrize("name", ["ts", "epoch"])
def test_unix_times_are_dates(name: str) -> None:
    row = {"id": 5, "text": TEXT, name: 1714564800}
    assert guess(tuple(row), [row]).fields["date"] == name


@pytest.mark.parametrize(
    "written",
    [
        "{\"ReactionEmoji(emoticon='👍')\": 3, \"ReactionCustomEmoji(document_id=5)\": 2, 'ReactionPaid()': 1}",
        "ReactionEmoji(emoticon='👍'): 3, ReactionCustomEmoji(document_id=5): 2, ReactionPaid(): 1",
        "[(\"ReactionEmoji(emoticon='👍')\", 3), ('ReactionCustomEmoji(document_id=5)', 2), ('ReactionPaid()', 1)]",
    ],
)
def test_reactions_of_telethon_as_python_writes_them(written: str, tmp_path: Path) -> None:
    (post,) = _of_json(tmp_path, _rows(1, reactions=lambda _: written))
    assert post.counters is not None
    assert post.counters.reactions == {"👍": 3, "custom:5": 2, "paid": 1}


def test_a_joined_emoji_is_not_left_escaped(tmp_path: Path) -> None:
    (post,) = _of_json(tmp_path, _rows(1, reactions=lambda _: str({"ReactionEmoji(emoticon='❤\\u200d🔥')": 3})))
    assert post.counters is not None
    assert post.counters.reactions == {"❤\u200d🔥": 3}


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("No Media", []), ("no_media", []), ("Text only", []), ("Photo", [MediaKind.PHOTO]),
        ("Photo, Photo, Video", [MediaKind.PHOTO, MediaKind.PHOTO, MediaKind.VIDEO]),
        ("Photo; No Media", [MediaKind.PHOTO]), ("Other, unknown", [MediaKind.OTHER]),
    ],
)  # fmt: skip
def test_kinds_of_media_as_scripts_list_them(written: str, kinds: list[MediaKind], tmp_path: Path) -> None:
    (post,) = _of_json(tmp_path, _rows(1, media_type=lambda _: written))
    assert [media.kind for media in post.media] == kinds


def test_parts_of_a_text_that_a_data_frame_has_written_out_are_read(tmp_path: Path) -> None:
    parts = ["See ", {"type": "link", "text": "https://ferries.example"}, " for times"]
    rows = [row | {"text": str(parts)} for row in _rows()]
    assert {post.text for post in _of_json(tmp_path, rows)} == {"See https://ferries.example for times"}
    assert [entity.kind.value for entity in _of_json(tmp_path, rows)[0].entities] == ["url"]


@pytest.mark.parametrize(
    "row",
    [
        {"keyword": "ferry", "channel name": "Ferries", "subscribers": "3 196 subscribers", "latest": 5},
        {"fund_name": "Harbour Trust of the North", "filing_date": "2024-05-01", "cik": "000123"},
        {"name": "Opening of the new harbour", "date": "2024-05-01"},
        {"metadata_version": "2.0", "version": "2024.5.1", "summary": "A package of harbours and ferries."},
        {"id": "case_1", "query": "Where does the ferry leave from?"},
        {"source": "boosty", "source_description": "A stream about ferries.", "created_at": "2024-05-01"},
        {"id": 1, "date": DATE, "text": "['The', 'ferry', 'left']"},
    ],
)
def test_a_table_of_something_else_is_not_read_as_posts(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    written = [",".join(row), *([",".join(f'"{value}"' for value in row.values())] * 3)]
    path.write_text("\n".join(written))
    with pytest.raises(UnknownColumnsError, match="cannot be recognised as posts"):
        _posts(path)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"channel": "ferries", "date": DATE, "views": 5, "raw": TEXT}, "raw"),
        ({"id": 1, "views": 5, "inhalt des beitrags": TEXT}, "inhalt des beitrags"),
        ({"adresse": "https://t.me/ferries/5", "inhalt": TEXT}, "inhalt"),
        ({"Message ID": 1, "Message Date": DATE, "Product Description": TEXT, "Phone": 5}, "Product Description"),
        ({"1": "7", "2": TEXT, "3": DATE}, "2"),
    ],
)
def test_a_text_is_known_by_its_values_where_other_columns_are_of_posts(row: dict[str, Any], text: str) -> None:
    assert guess(tuple(row), [row]).fields["text"] == text


def test_lines_of_something_else_are_one_error(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_text('{"role": "user", "content": "When?"}\n{"role": "assistant", "content": "At nine."}\n')
    with pytest.raises(UnknownColumnsError, match="posts: role, content"):
        _posts(path)


def test_a_database_of_many_tables_of_another_program_is_said_to_be_unknown(tmp_path: Path) -> None:
    """Its first pages do not show its tables, and one of them has a column that Telegram-Archive has, too."""
    with sqlite3.connect(tmp_path / "chats.db") as connection:
        for number in range(400):
            connection.execute(f"CREATE TABLE t{number} (vectors TEXT /* {'x' * 200} */)")
        connection.execute("CREATE TABLE messages (id INTEGER, chat_id INTEGER, date TEXT, text TEXT)")
        connection.execute("INSERT INTO messages VALUES (1, 2, '2024-05-01', 'Hello')")
    with pytest.raises(SourceNotFoundError, match=r"a SQLite database of no known format, with the tables t0, t1"):
        open_sources(tmp_path / "chats.db", ReadOptions(), io.BytesIO())


def test_a_database_of_two_pages_of_tables_is_seen_to_be_of_another_program(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "vectors.db") as connection:
        for number in range(9):
            connection.execute(f"CREATE TABLE t{number} (vectors TEXT /* {'x' * 700} */)")
    with pytest.raises(SourceNotFoundError, match=r"with the tables .*\bt3\b.*, \.\.\.; sqlite3"):
        _posts(tmp_path / "vectors.db")


def test_a_database_of_an_unknown_layout_is_named_with_a_way(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "posts.db") as connection:
        connection.execute("CREATE TABLE harbours (id INTEGER PRIMARY KEY, words TEXT)")
    with pytest.raises(SourceNotFoundError, match=r"SQLite .* tables harbours; sqlite3 -header -csv"):
        _posts(tmp_path / "posts.db")


def test_a_spreadsheet_is_named_with_a_way(tmp_path: Path) -> None:
    (tmp_path / "posts.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(SourceNotFoundError, match="a spreadsheet; save it as CSV"):
        _posts(tmp_path / "posts.xlsx")
