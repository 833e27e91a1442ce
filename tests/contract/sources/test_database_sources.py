"""SQLite databases of other programs (telegram-scraper, tg-archive, Telegram-Archive), and their exports."""

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.errors import SourceUnreadableError
from ingest.sources import ReadOptions, Source, open_sources
from ingest.sources.base import NoPostKind
from ingest.sources.known_formats import format_by_name
from ingest.sources.options import GivenChannel
from schemas import Channel, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity
from schemas.raw import Poll, PollAnswer
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

MARKED = -1001341930464
Fill = Callable[[sqlite3.Connection], object]


def database(*statements: str, rows: Iterable[tuple[str, tuple[object, ...]]] = ()) -> bytes:
    """A database's bytes."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.execute(statement)
        for statement, values in rows:
            connection.execute(statement, values)
        connection.commit()
        return connection.serialize()


def source(folder: Path, name: str, content: bytes, **options: Any) -> Source:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    (found,) = open_sources(folder / name, ReadOptions(**options), io.BytesIO()).sources
    return found


def read(folder: Path, name: str, content: bytes, **options: Any) -> list[RawPost]:
    items = list(source(folder, name, content, **options).read())
    assert not rejections(items)
    return posts(items)


SCRAPED = (
    "CREATE TABLE messages (id INTEGER PRIMARY KEY, message_id INTEGER UNIQUE, date TEXT, sender_id INTEGER,"
    " first_name TEXT, last_name TEXT, username TEXT, message TEXT, media_type TEXT, media_path TEXT, reply_to INTEGER)"
)
INSERT = "INSERT INTO messages (id, message_id, date, sender_id, message) VALUES (?, ?, ?, ?, ?)"
NEWER = [
    f"ALTER TABLE messages ADD COLUMN {each}" for each in ("post_author TEXT", "views INTEGER", "forwards INTEGER")
]
NEWER.append("ALTER TABLE messages ADD COLUMN reactions TEXT")
COLUMNS = (
    *("id", "message_id", "date", "sender_id", "first_name", "last_name", "username", "message"),
    *("media_type", "media_path", "reply_to"),
)
Row = tuple[object, ...]


def scraped(row: int, number: object, text: object = "Новость 😅", **fields: Any) -> dict[str, Any]:
    values = (row, number, "2024-03-05 10:00:07", MARKED, None, None, "wirenews", text, None, None, None)
    return dict(zip(COLUMNS, values, strict=True)) | fields


ROWS = [
    scraped(1, 11, 'first, "quoted"\nsecond line'),
    scraped(2, 12, "", media_type="MessageMediaDocument", media_path="media/12-a.mp4"),
    scraped(3, 13, "third", reply_to=11),
]
EMPTY_ROW = scraped(4, 14, "")
BAD_ROWS = [
    scraped(5, 0),
    scraped(6, -5),
    scraped(7, 2**60),
    scraped(8, 15, date="yesterday"),
    scraped(9, 16, b"\xff\xfe"),
    scraped(10, None),
]


def scraper_db(rows: Iterable[dict[str, Any]], *more: str) -> bytes:
    rows = list(rows)
    insert = "INSERT INTO messages ({}) VALUES ({})"
    return database(
        SCRAPED,
        *more,
        rows=[(insert.format(", ".join(row), ", ".join("?" * len(row))), tuple(row.values())) for row in rows],
    )


def scraper_csv(rows: Iterable[dict[str, Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    rows = list(rows)
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def scraper_json(rows: Iterable[dict[str, Any]]) -> bytes:
    return ("[\n" + ",\n".join(json.dumps(row, indent=2, ensure_ascii=False) for row in rows) + "\n]").encode()


def utf16_db() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute(SCRAPED)
        for row in ROWS:
            connection.execute(f"INSERT INTO messages VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
        connection.commit()
        return connection.serialize()


CSV = scraper_csv(ROWS)
TEXT_ROWS = [*ROWS, EMPTY_ROW]
STRAY = scraper_csv([ROWS[0], scraped(2, 12, "PLACE"), *(scraped(n, n + 20, "x" * 9000) for n in range(3, 40))])


class TestTelegramScraper(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "database": Case({"a.db": scraper_db(TEXT_ROWS)}, posts=3, no_posts={NoPostKind.EMPTY: 1}),
        "database of a newer version": Case({"a.db": scraper_db(ROWS, *NEWER)}, posts=3),
        "database in UTF-16": Case({"a.db": utf16_db()}, posts=3),
        "database, bad rows": Case({"a.db": scraper_db([*ROWS, *BAD_ROWS])}, posts=3, rejected=len(BAD_ROWS)),
        "database without rows": Case({"a.db": scraper_db([])}),
        "CSV": Case(
            {"a.csv": scraper_csv(TEXT_ROWS)},
            posts=3,
            no_posts={NoPostKind.EMPTY: 1},
            encodings=("utf-8-sig", "utf-16"),
        ),
        "CSV with semicolons": Case({"a.csv": scraper_csv(ROWS, ";")}, posts=3),
        "CSV, bad rows": Case(
            {"a.csv": scraper_csv([*ROWS, *(row for row in BAD_ROWS if row["message_id"] != 16), scraped(1, "x")])},
            posts=3,
            rejected=6,
        ),
        "CSV, Latin-1 in a row": Case({"a.csv": CSV.replace(b"third", b"\xe9\xe8")}, posts=2, rejected=1),
        "CSV, a row with fields too many": Case({"a.csv": CSV.replace(b"third", b"third,x")}, posts=2, rejected=1),
        "CSV, a stray quote": Case({"a.csv": STRAY.replace(b"PLACE", b'"a')}, posts=38, rejected=1),
        "CSV, cut": Case({"a.csv": CSV[:-20]}, posts=2, rejected=1, has_open_end=True),
        "CSV, cut in a quoted field": Case(
            {"a.csv": scraper_csv([ROWS[1], ROWS[0]]).partition(b"second")[0]}, posts=1, rejected=1, has_open_end=True
        ),
        "JSON": Case({"a.json": scraper_json(TEXT_ROWS)}, posts=3, no_posts={NoPostKind.EMPTY: 1}),
        "JSON, bad rows": Case(
            {"a.json": scraper_json([ROWS[0], *(row for row in BAD_ROWS if row["message_id"] != 16), ROWS[2]])},
            posts=2,
            rejected=5,
        ),
        "JSON, cut": Case({"a.json": scraper_json(ROWS)[:-30]}, posts=2, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.csv": scraper_csv(scraped(row, *each) for row, each in enumerate(given, 1))}


@pytest.mark.parametrize("content", [scraper_db(ROWS), CSV, scraper_json(ROWS)], ids=["database", "CSV", "JSON"])
def test_fields_of_a_scraped_row(tmp_path: Path, content: bytes) -> None:
    first, second, third = read(tmp_path / "saved", "a.bin", content)
    assert first.channel == Channel(id=1341930464, username="wirenews")
    assert first.message_id == 11
    assert first.text == 'first, "quoted"\nsecond line'
    assert first.posted_at == datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)
    assert first.counters is None or first.counters.views is None
    assert second.media == (Media(kind=MediaKind.VIDEO, file_name="a.mp4"),)
    assert third.reply_to == Reply(message_id=11)


def test_counts_of_newer_scrapers(tmp_path: Path) -> None:
    row = scraped(1, 11) | {"post_author": "A", "views": 12, "forwards": None, "reactions": "👍 3 ❤ 1"}
    for name, content in (("a.db", scraper_db([row], *NEWER)), ("a.csv", scraper_csv([row]))):
        (post,) = read(tmp_path / "saved", name, content)
        assert post.counters is not None
        assert (post.counters.views, post.counters.forwards) == (12, None)
        assert post.counters.reactions == {"👍": 3, "❤": 1}


@pytest.mark.parametrize(
    ("folder", "name", "sender", "channel"),
    [
        ("-1001341930464", "-1001341930464.db", 77, Channel(id=1341930464)),
        ("-1001341930464", "-1001341930464_wirenews.db", 77, Channel(id=1341930464, username="wirenews")),
        ("-1001341930464", "-1001341930464_Wire News.db", 77, Channel(id=1341930464, title="Wire News")),
        ("-1001341930464", "-1001341930464_no_username.db", 77, Channel(id=1341930464)),
        ("wirenews", "wirenews.db", MARKED, Channel(id=1341930464, username="wirenews")),
        ("saved", "other.db", MARKED, Channel(id=1341930464)),
    ],
)
def test_the_channel_is_that_of_the_names_or_of_the_sender(
    tmp_path: Path, folder: str, name: str, sender: int, channel: Channel
) -> None:
    row = scraped(1, 11, sender_id=sender, username=None)
    assert [post.channel for post in read(tmp_path / folder, name, scraper_db([row]))] == [channel]


ARCHIVED = (
    "CREATE table messages (id INTEGER NOT NULL PRIMARY KEY, type TEXT NOT NULL, date TIMESTAMP NOT NULL,"
    " edit_date TIMESTAMP, content TEXT, reply_to INTEGER, user_id INTEGER, media_id INTEGER)",
    "CREATE table users (id INTEGER NOT NULL PRIMARY KEY, username TEXT, first_name TEXT, last_name TEXT,"
    " tags TEXT, avatar TEXT)",
    "CREATE table media (id INTEGER NOT NULL PRIMARY KEY, type TEXT, url TEXT, title TEXT, description TEXT,"
    " thumb TEXT)",
)
OPTIONS = json.dumps([{"label": "Yes", "count": 30, "percent": 75.0, "correct": True}, {"label": "No", "count": 10}])
MESSAGE = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
USER = "INSERT INTO users VALUES (?, ?, ?, ?, '', NULL)"
MEDIA = "INSERT INTO media VALUES (?, ?, ?, ?, ?, NULL)"
STORED: list[tuple[str, Row]] = [
    (MESSAGE, (11, "message", "2024-03-05 10:00:07", "2024-03-05 11:00:00", "Новость 😅", None, 1341930464, None)),
    (MESSAGE, (12, "message", "2024-03-05 10:01:00", None, "", 11, 1341930464, 12)),
    (MESSAGE, (13, "message", "2024-03-05T10:02:00+00:00", None, None, None, 1341930464, 13)),
    (MESSAGE, (14, "message", "2024-03-05 10:03:00", None, "link", None, 1341930464, 14)),
    (MEDIA, (12, "photo", "12.mp4", "video.mp4", None)),
    (MEDIA, (13, "poll", None, "Rain?", OPTIONS)),
    (MEDIA, (14, "webpage", "https://example.org/", "Example", "About it")),
]
IN_CHANNEL = [*STORED, (USER, (1341930464, "wirenews", None, None))]
TWO_USERS: list[tuple[str, Row]] = [(USER, (5, "a", "A", None)), (USER, (6, "b", "B", "C"))]
NOT_POSTS: list[tuple[str, Row]] = [
    (MESSAGE, (21, "user_joined", "2024-03-05 10:00:07", None, None, None, 5, None)),
    (MESSAGE, (22, "message", "2024-03-05 10:00:07", None, "", None, 5, None)),
]
BAD_STORED: list[tuple[str, Row]] = [
    (MESSAGE, (-5, "message", "2024-03-05 10:00:07", None, "x", None, 5, None)),
    (MESSAGE, (0, "message", "2024-03-05 10:00:07", None, "x", None, 5, None)),
    (MESSAGE, (31, "message", "yesterday", None, "x", None, 5, None)),
    (MESSAGE, (32, "message", "2024-03-05 10:00:07", None, b"\xff", None, 5, None)),
    (MESSAGE, (33, "message", b"\x00", None, "x", None, 5, None)),
]


class TestTgArchive(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "a channel": Case({"data.sqlite": database(*ARCHIVED, rows=IN_CHANNEL)}, posts=4),
        "a group": Case(
            {
                "data.sqlite": database(
                    *ARCHIVED, rows=[*STORED, (USER, (5, "a", "A", None)), (USER, (6, "b", "B", "C"))]
                )
            },
            posts=4,
        ),
        "no posts": Case(
            {"data.sqlite": database(*ARCHIVED, rows=[*IN_CHANNEL, *NOT_POSTS])},
            posts=4,
            no_posts={NoPostKind.SERVICE: 1, NoPostKind.EMPTY: 1},
        ),
        "bad rows": Case(
            {"data.sqlite": database(*ARCHIVED, rows=[*IN_CHANNEL, *BAD_STORED])}, posts=4, rejected=len(BAD_STORED)
        ),
        "no table of media": Case({"data.sqlite": database(*ARCHIVED[:2], rows=STORED[:1])}, posts=1),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        messages = ARCHIVED[0].replace(" PRIMARY KEY", "")
        rows: list[tuple[str, Row]] = [
            (MESSAGE, (number, "message", "2024-03-05 10:00:07", None, text, None, 1341930464, None))
            for number, text in given
        ]
        return {"data.sqlite": database(messages, *ARCHIVED[1:], rows=[*rows, IN_CHANNEL[-1]])}


def test_fields_of_tg_archive(tmp_path: Path) -> None:
    first, second, third, fourth = read(tmp_path, "data.sqlite", database(*ARCHIVED, rows=IN_CHANNEL))
    assert first.channel == Channel(id=1341930464, username="wirenews")
    assert (first.message_id, first.text, first.edited_at) == (11, "Новость 😅", None)
    assert first.posted_at == datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)
    assert (second.media, second.reply_to) == (
        (Media(kind=MediaKind.VIDEO, file_name="video.mp4"),),
        Reply(message_id=11),
    )
    assert third.media[0].poll == Poll(
        question="Rain?", answers=(PollAnswer(text="Yes", voters=30), PollAnswer(text="No", voters=10)), is_quiz=True
    )
    assert fourth.media == (Media(kind=MediaKind.WEB_PAGE),)


def test_a_group_has_no_id_until_it_is_given(tmp_path: Path) -> None:
    content = database(*ARCHIVED, rows=[*STORED[:1], *TWO_USERS])
    found = source(tmp_path, "data.sqlite", content)
    assert posts(list(found.read()))[0].channel.title == tmp_path.name
    assert any("senders" in warning for warning in found.warnings)
    (post,) = read(tmp_path, "data.sqlite", content, channel=GivenChannel(id=55, title="Group"))
    assert post.channel == Channel(id=55, title="Group")


BACKED_UP = (
    "CREATE TABLE chats (account_id INTEGER, id INTEGER, type VARCHAR(50) NOT NULL, title TEXT, username TEXT,"
    " phone TEXT, PRIMARY KEY (account_id, id))",
    "CREATE TABLE messages (account_id INTEGER DEFAULT 1, id BIGINT NOT NULL, chat_id BIGINT NOT NULL,"
    " sender_id BIGINT, date DATETIME NOT NULL, text TEXT, reply_to_msg_id BIGINT, reply_to_top_id BIGINT,"
    " forward_from_id BIGINT, edit_date DATETIME, raw_data TEXT, is_deleted INTEGER DEFAULT 0,"
    " PRIMARY KEY (account_id, chat_id, id))",
    "CREATE TABLE media (id TEXT, message_id BIGINT, chat_id BIGINT, type TEXT, file_name TEXT, file_size BIGINT,"
    " mime_type TEXT, width INTEGER, height INTEGER, duration INTEGER)",
    "CREATE TABLE reactions (id INTEGER PRIMARY KEY, message_id BIGINT, chat_id BIGINT, emoji TEXT, count INTEGER,"
    " removed_at DATETIME)",
)
EARLY = (
    "CREATE TABLE chats (id INTEGER PRIMARY KEY, type TEXT NOT NULL, title TEXT, username TEXT)",
    "CREATE TABLE messages (id INTEGER, chat_id INTEGER NOT NULL, sender_id INTEGER, date TIMESTAMP NOT NULL,"
    " text TEXT, reply_to_msg_id INTEGER, reply_to_text TEXT, forward_from_id INTEGER, edit_date TIMESTAMP,"
    " media_type TEXT, media_id TEXT, media_path TEXT, raw_data TEXT, PRIMARY KEY (id, chat_id))",
)
CHAT = "INSERT INTO chats (id, type, title, username) VALUES (?, ?, ?, ?)"
BACKUP = "INSERT INTO messages (account_id, id, chat_id, date, text, reply_to_msg_id, forward_from_id, raw_data)"
BACKUP += " VALUES (?, ?, ?, '2024-03-05 10:00:07.000000', ?, ?, ?, ?)"
FILE = "INSERT INTO media VALUES ('x', ?, ?, ?, ?, 1048576, 'video/mp4', 1280, 720, 12)"
REACTION = "INSERT INTO reactions (message_id, chat_id, emoji, count, removed_at) VALUES (?, ?, ?, ?, ?)"
POLL = {"id": 31, "question": "Rain?", "answers": [{"text": "Yes", "option": "MA=="}], "closed": True}
POLL["results"] = {"total_voters": 40, "results": [{"option": "MA==", "voters": 30}]}
GROUP, PERSON = -1002222222222, 77
CHATS: list[tuple[str, Row]] = [
    (CHAT, (MARKED, "channel", "Wire News", "wirenews")),
    (CHAT, (GROUP, "group", "Talk", None)),
    (CHAT, (PERSON, "private", None, "someone")),
]
BACKUPS: list[tuple[str, Row]] = [
    (BACKUP, (1, 11, MARKED, "**Важно** 😅", None, None, '{"grouped_id": "13000000000000001"}')),
    (BACKUP, (1, 12, MARKED, "", 11, -1001006503122, '{"forward_from_name": "Origin"}')),
    (BACKUP, (1, 13, MARKED, "", None, None, json.dumps({"poll": POLL}))),
    (FILE, (12, MARKED, "video", "5368324170671202286_a.mp4")),
    (REACTION, (12, MARKED, "👍", 3, None)),
    (REACTION, (12, MARKED, "custom_55", 2, None)),
    (REACTION, (12, MARKED, "❤", 9, "2024-03-06")),
]
OTHERS: list[tuple[str, Row]] = [
    (BACKUP, (1, 14, MARKED, "A pinned a message", None, None, '{"service_type": "service"}')),
    (BACKUP, (2, 11, MARKED, "**Важно** 😅", None, None, "{}")),
    (BACKUP, (1, 11, GROUP, "x", None, None, "{}")),
    (BACKUP, (1, 11, PERSON, "x", None, None, "{}")),
    (BACKUP, (1, 15, MARKED, "", None, None, "no JSON")),
]
OTHER_KINDS = {NoPostKind.SERVICE: 1, NoPostKind.REPEATED: 1, NoPostKind.OTHER_CHAT: 2, NoPostKind.EMPTY: 1}


class TestTelegramArchive(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "of today": Case({"telegram_backup.db": database(*BACKED_UP, rows=[*CHATS, *BACKUPS])}, posts=3),
        "no posts": Case(
            {"telegram_backup.db": database(*BACKED_UP, rows=[*CHATS, *BACKUPS, *OTHERS])},
            posts=3,
            no_posts=OTHER_KINDS,
        ),
        "all chats": Case(
            {"telegram_backup.db": database(*BACKED_UP, rows=[*CHATS, *BACKUPS, *OTHERS[2:4]])},
            posts=5,
            options=ReadOptions(chats="all"),
        ),
        "of version 1": Case(
            {
                "telegram_backup.db": database(
                    *EARLY,
                    rows=[
                        CHATS[0],
                        (
                            "INSERT INTO messages VALUES (11, ?, 5, '2024-03-05T10:00:07+00:00', 'x', NULL, NULL, NULL,"
                            " NULL, 'photo', NULL, NULL, '{}')",
                            (MARKED,),
                        ),
                    ],
                )
            },
            posts=1,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        tables = (BACKED_UP[0], BACKED_UP[1].replace(", PRIMARY KEY (account_id, chat_id, id)", ""), *BACKED_UP[2:])
        rows: list[tuple[str, Row]] = [(BACKUP, (1, number, MARKED, text, None, None, "{}")) for number, text in given]
        return {"telegram_backup.db": database(*tables, rows=[*CHATS, *rows])}


def test_fields_of_telegram_archive(tmp_path: Path) -> None:
    content = database(*BACKED_UP, rows=[*CHATS, *BACKUPS])
    found = source(tmp_path, "telegram_backup.db", content)
    first, second, third = posts(list(found.read()))
    assert first.channel == Channel(id=1341930464, username="wirenews", title="Wire News")
    assert first.posted_at == datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)
    assert (first.text, first.album_id) == ("**Важно** 😅", 13_000_000_000_000_001)
    assert any("--markup markdown" in warning for warning in found.warnings)
    assert second.forward == ForwardOrigin(channel_id=1006503122, name="Origin")
    assert second.reply_to == Reply(message_id=11)
    assert second.counters is not None
    assert second.counters.reactions == {"👍": 3, "custom:55": 2}
    assert second.media == (
        Media(
            kind=MediaKind.VIDEO,
            id="5368324170671202286",
            file_name="a.mp4",
            mime_type="video/mp4",
            size_bytes=1048576,
            width_px=1280,
            height_px=720,
            duration_s=12.0,
        ),
    )
    assert third.media[0].poll == Poll(
        question="Rain?", answers=(PollAnswer(text="Yes", voters=30),), is_closed=True, voters=40
    )
    marked_up = read(tmp_path, "telegram_backup.db", content, is_markdown=True)[0]
    assert marked_up.text == "Важно 😅"
    assert marked_up.entities == (TextEntity(kind=EntityKind.BOLD, start=0, end=5),)


def test_a_forward_from_a_person_keeps_no_id(tmp_path: Path) -> None:
    rows = [CHATS[0], (BACKUP, (1, 11, MARKED, "x", None, 749891673, '{"forward_from_name": "A"}'))]
    (post,) = read(tmp_path, "telegram_backup.db", database(*BACKED_UP, rows=rows))
    assert post.forward == ForwardOrigin(name="A")


# What is common to the three: how the file is opened, and how far a damaged one is read.


def on_disk(path: Path, fill: Fill) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        fill(connection)


def many(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA page_size = 4096")
    connection.execute(SCRAPED)
    connection.execute("BEGIN")
    for number in range(1, 301):
        row = scraped(number, number, f"{number} " + "x" * 300)
        connection.execute(f"INSERT INTO messages VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    connection.execute("COMMIT")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_rows_around_a_damaged_page_are_read(tmp_path: Path) -> None:
    on_disk(tmp_path / "a.db", many)
    content = bytearray((tmp_path / "a.db").read_bytes())
    middle = content.index(b"150 xxx") // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    items = list(source(tmp_path, "b.db", bytes(content)).read())
    found = [post.message_id for post in posts(items)]
    (damage,) = rejections(items)
    assert "rows are missing here" in damage.message
    assert len(found) > 270
    assert found == sorted(set(found))
    assert {1, 130, 170, 300} <= set(found)
    assert 150 not in found


def test_a_cut_database_gives_what_is_there(tmp_path: Path) -> None:
    on_disk(tmp_path / "a.db", many)
    content = (tmp_path / "a.db").read_bytes()
    items = list(source(tmp_path, "b.db", content[: len(content) * 2 // 3 // 4096 * 4096]).read())
    assert len(posts(items)) > 100
    assert "the file is cut, it has" in rejections(items)[-1].message


def test_of_a_database_that_is_cut_within_a_page_it_is_said(tmp_path: Path) -> None:
    content = database(SCRAPED, rows=[(INSERT, (1, 7, "2024-05-01 10:00:00", MARKED, "Ferries wait."))])
    *_, last = rejections(list(source(tmp_path, "b.db", content[:-1000]).read()))
    assert f"the file is cut, it has {len(content) - 1000:,} of {len(content):,} bytes" in last.message


def test_an_id_of_zero_is_named_as_such(tmp_path: Path) -> None:
    content = database(SCRAPED, rows=[(INSERT, (1, 0, "2024-05-01 10:00:00", MARKED, "Ferries wait."))])
    (zero,) = rejections(list(source(tmp_path, "b.db", content).read()))
    assert zero.message == "no message has the id 0"


def test_no_file_is_changed_or_made(tmp_path: Path) -> None:
    def wal(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        many(connection)

    on_disk(tmp_path / "a.db", wal)
    before, there = (tmp_path / "a.db").read_bytes(), names(tmp_path)
    (found,) = open_sources(tmp_path / "a.db", ReadOptions(), io.BytesIO()).sources
    assert len(posts(list(found.read()))) == 300
    assert (names(tmp_path), (tmp_path / "a.db").read_bytes()) == (there, before)


def test_changes_that_a_crash_left_beside_are_read(tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        many(writer)
        writer.execute("PRAGMA wal_checkpoint(FULL)")
        writer.execute("UPDATE messages SET message = 'changed' WHERE id = 300")
        for name in ("a.db", "a.db-wal"):
            (crashed / name).write_bytes((tmp_path / name).read_bytes())
    there = {each.name: each.read_bytes() for each in crashed.iterdir()}
    discovery = open_sources(crashed, ReadOptions(), io.BytesIO())
    (found,) = discovery.sources
    read_posts = posts(list(found.read()))
    assert (len(read_posts), read_posts[-1].text) == (300, "changed")
    assert [(each.reason, each.is_expected) for each in discovery.skipped] == [
        ("changes of the SQLite database beside it", True)
    ]
    assert {each.name: each.read_bytes() for each in crashed.iterdir()} == there


def test_a_database_that_another_program_is_writing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.sources.sqlite_files._LOCK_WAIT_S", 0.01)
    on_disk(tmp_path / "a.db", many)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        (found,) = open_sources(tmp_path / "a.db", ReadOptions(), io.BytesIO()).sources
        with pytest.raises(SourceUnreadableError, match="locked"):
            list(found.read())


@pytest.mark.parametrize("content", [scraper_db(ROWS), CSV, scraper_json(ROWS)], ids=["database", "CSV", "JSON"])
def test_a_pipe_gives_the_same_rows(content: bytes) -> None:
    (found,) = open_sources("-", ReadOptions(channel=GivenChannel(id=55)), io.BytesIO(content)).sources
    assert [(post.channel.id, post.message_id) for post in posts(list(found.read()))] == [(55, 11), (55, 12), (55, 13)]


@pytest.mark.parametrize("content", [b"", b"no database", scraper_db(ROWS)])
def test_what_is_no_such_database_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.db").write_bytes(content)
    format_ = format_by_name("telegram-archive")
    (found,) = open_sources(tmp_path / "a.db", ReadOptions(), io.BytesIO(), format_).sources
    items = list(found.read())
    assert not posts(items)
    assert rejections(items)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_schema_of_many_tables_is_recognised(tmp_path: Path, is_first: bool) -> None:
    columns = ", ".join(f"a_long_name_of_a_column_{number} INTEGER" for number in range(40))
    others = [f"CREATE TABLE other_{number} ({columns})" for number in range(60)]
    tables = [*BACKED_UP, *others] if is_first else [*others, *BACKED_UP]
    found = source(tmp_path, "a.db", database(*tables, rows=[*CHATS, *BACKUPS]))
    assert (found.kind, len(posts(list(found.read())))) == ("telegram-archive", 3)


def test_nuls_and_times_in_a_text_column_are_kept(tmp_path: Path) -> None:
    (post,) = read(tmp_path / "saved", "a.db", scraper_db([scraped(1, 11, "a\0b", date=1_709_632_807)]))
    assert post.text == "a\0b"
    assert post.posted_at == datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)


def test_a_database_of_another_program_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(scraper_db(ROWS))
    (tmp_path / "b.db").write_bytes(database("CREATE TABLE messages (id INTEGER, body TEXT)"))
    found = open_sources(tmp_path, ReadOptions(), io.BytesIO())
    assert [each.kind for each in found.sources] == ["telegram-scraper"]
    assert [each.name for each in found.skipped] == [f"{tmp_path.name}/b.db"]


def test_tables_without_row_numbers_are_read(tmp_path: Path) -> None:
    statement = SCRAPED.replace("id INTEGER PRIMARY KEY, message_id INTEGER UNIQUE", "id INTEGER, message_id INTEGER")
    statement = f"{statement[:-1]}, PRIMARY KEY (message_id)) WITHOUT ROWID"
    rows = [tuple(scraped(number, number).values()) for number in (1, 2, 3)]
    content = database(statement, rows=[(f"INSERT INTO messages VALUES ({', '.join('?' * 11)})", row) for row in rows])
    assert [post.message_id for post in read(tmp_path, "wirenews.db", content)] == [1, 2, 3]
