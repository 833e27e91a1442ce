"""Memory of reading archives of each format: ``python -m benchmarks.archive_memory [SMALL LARGE [FORMAT...]]``.

Each row is one format in two sizes: the highest resident size of a process of its own that maps each record to a raw
post, in MB, and posts/s of its CPU time at the larger size. A file is written, read and removed before the next one.
"""

import argparse
import binascii
import csv
import io
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.archives import FORMATS, packed, peak_kb
from benchmarks.generator import generate
from benchmarks.html_pages import PAGES
from ingest.sources import ReadOptions, open_sources
from schemas import RawPost

_POSTS = 3_000
_CHANNEL = 1088459257
_MARKED = -1_001_088_459_257
_DATE = "2024-03-05T10:00:07+00:00"
_PLAIN_DATE = "2024-03-05 10:00:07"
_ROW_GROUP = 20_000
Row = Callable[[str, int], Any]
Write = Callable[[Path, list[RawPost], int], None]


def _texts(posts: list[RawPost]) -> Iterator[tuple[str, int]]:
    return ((posts[number % len(posts)].text, number) for number in count(1))


@dataclass(frozen=True, slots=True)
class _Json:
    """JSON values in a frame."""

    row: Row
    head: str = ""
    between: str = "\n"
    tail: str = "\n"

    def __call__(self, path: Path, posts: list[RawPost], size: int) -> None:
        with path.open("w", encoding="utf-8") as stream:
            written = stream.write(self.head)
            for text, number in _texts(posts):
                value = self.row(text, number)
                line = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                written += stream.write((self.between if number > 1 else "") + line)
                if written >= size:
                    break
            stream.write(self.tail)


@dataclass(frozen=True, slots=True)
class _Csv:
    """A table with a header."""

    row: Row
    delimiter: str = ","

    def __call__(self, path: Path, posts: list[RawPost], size: int) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, self.row("", 1).keys(), delimiter=self.delimiter)
            writer.writeheader()
            written = 0
            for text, number in _texts(posts):
                written += writer.writer.writerow(self.row(text, number).values())
                if written >= size:
                    break


@dataclass(frozen=True, slots=True)
class _Sqlite:
    """A database."""

    tables: tuple[str, ...]
    insert: str
    row: Row

    def __call__(self, path: Path, posts: list[RawPost], size: int) -> None:
        with closing(sqlite3.connect(path)) as database:
            for table in self.tables:
                database.execute(table)
            rows = (self.row(text, number) for text, number in _texts(posts))
            while path.stat().st_size < size:
                database.executemany(self.insert, islice(rows, _ROW_GROUP))
                database.commit()


def _parquet(path: Path, posts: list[RawPost], size: int) -> None:
    import pyarrow as pa  # 45 MB, which are no part of reading the others
    import pyarrow.parquet as pq

    schema = pa.schema(
        [("channel_id", pa.int64()), ("message_id", pa.int64()), ("date", pa.string()), ("text", pa.string())]
    )
    texts = _texts(posts)
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        while path.stat().st_size < size:
            rows = [
                {"channel_id": _CHANNEL, "message_id": number, "date": _DATE, "text": text}
                for text, number in islice(texts, _ROW_GROUP)
            ]
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _zst(write: Write) -> Write:
    def write_packed(path: Path, posts: list[RawPost], size: int) -> None:
        plain = path.with_suffix("")
        write(plain, posts, size)
        packed(plain, path.suffix)
        plain.unlink()

    return write_packed


def _streamed(lines: Callable[[list[RawPost], int], Iterator[str] | Iterator[bytes]]) -> Write:
    def write(path: Path, posts: list[RawPost], size: int) -> None:
        with path.open("wb") as stream:
            stream.writelines(each.encode() if isinstance(each, str) else each for each in lines(posts, size))

    return write


def _telethon(text: str, number: int) -> dict[str, Any]:
    peer = {"_": "PeerChannel", "channel_id": _CHANNEL}
    return {"_": "Message", "id": number, "peer_id": peer, "date": _DATE, "message": text, "views": 5}


def _pyrogram(text: str, number: int) -> dict[str, Any]:
    chat = {"_": "Chat", "id": _MARKED, "type": "ChatType.CHANNEL", "title": "Wire News", "username": "wirenews"}
    return {"_": "Message", "id": number, "sender_chat": chat, "date": _PLAIN_DATE, "chat": chat, "text": text}


def _tdlib(text: str, number: int) -> dict[str, Any]:
    words = {"@type": "formattedText", "text": text, "entities": []}
    head = {"@type": "message", "id": number << 20, "chat_id": _MARKED, "is_channel_post": True, "date": 1_709_632_807}
    return head | {"edit_date": 0, "content": {"@type": "messageText", "text": words}}


def _pushshift(text: str, number: int) -> dict[str, Any]:
    peer = {"_": "PeerChannel", "channel_id": _CHANNEL}
    return {"_": "Message", "id": number, "to_id": peer, "date": _DATE, "message": text, "retrieved_utc": 1_600_000_000}


def _tgdataset(text: str, number: int) -> str:
    value = {"message": text, "date": 1584842403.0, "author": 5, "is_forwarded": False, "forwarded_from_id": None}
    return f'"{number}": {json.dumps(value, ensure_ascii=False)}'


def _snscrape(text: str, number: int) -> dict[str, Any]:
    kind, url = "snscrape.modules.telegram.TelegramPost", f"https://t.me/s/wirenews/{number}"
    return {"_type": kind, "url": url, "date": _DATE, "content": text, "outlinks": [], "_snscrape": "0.7.0.20230622"}


def _fourcat_csv(text: str, number: int) -> dict[str, Any]:
    head = {"id": f"wirenews-{number}", "thread_id": "wirenews", "chat": "wirenews", "author": "", "author_name": ""}
    return head | {
        "body": text,
        "body_markdown": text,
        "is_reply": "",
        "reply_to": "",
        "views": 5,
        "timestamp": _PLAIN_DATE,
        "unix_timestamp": 1_660_302_195,
        "timestamp_edited": "",
        "unix_timestamp_edited": "",
        "attachment_type": "",
        "attachment_data": "",
        "attachment_filename": "",
    }


def _fourcat_ndjson(text: str, number: int) -> dict[str, Any]:
    chat = {"_type": "Channel", "id": _CHANNEL, "username": "wirenews", "title": "Wire News"}
    head = {"_type": "Message", "id": number, "_chat": chat, "_sender": chat, "peer_id": {"channel_id": _CHANNEL}}
    return head | {"date": 1_660_302_195.0, "message": text, "views": 5}


def _tracker(text: str, number: int) -> dict[str, Any]:
    return {
        "signature": f"msg_iteration.{number}",
        "channel_id": _CHANNEL,
        "channel_name": "wirenews",
        "msg_id": number,
        "message": text,
        "cleaned_message": text,
        "date": _PLAIN_DATE + "+00:00",
        "msg_link": f"https://t.me/wirenews/{number}",
        "msg_from_peer": "",
        "msg_from_id": "",
        "views": 5,
        "number_replies": 0,
        "number_forwards": 0,
        "is_forward": 0,
        "forward_msg_from_peer_type": "",
        "forward_msg_from_peer_id": "",
        "is_reply": 0,
        "contains_media": 0,
        "media_type": "",
    }


def _telepathy(text: str, number: int) -> dict[str, Any]:
    head = {"": number, "To": "wirenews", "Message ID": number, "Display_name": "Wire News", "User ID": _CHANNEL}
    return head | {
        "Message_text": text,
        "Original_language": "en",
        "Timestamp": _DATE,
        "Has_media": "",
        "Reply_to_ID": "",
        "Replies": 0,
        "Forwards": 0,
        "Views": 5,
        "Total_reactions": "N/A",
    }


def _bot_api(text: str, number: int) -> dict[str, Any]:
    chat = {"id": _MARKED, "title": "Wire News", "username": "wirenews", "type": "channel"}
    message = {"message_id": number, "sender_chat": chat, "chat": chat, "date": 1_709_632_807, "text": text}
    return {"update_id": 700_000_000 + number, "channel_post": message}


def _normalized(text: str, number: int) -> dict[str, Any]:
    head = {"type": "post", "schema_version": 1, "key": f"tg:{_CHANNEL}:{number}", "revision": "9f86d081884c7d65"}
    channel = {"id": _CHANNEL, "username": "wirenews", "title": "Wire News"}
    provenance = {"source": {"kind": "tdl"}, "lane": "backfill", "collected_at": None, "rank": [0, 0]}
    return head | {
        "channel": channel,
        "message_id": number,
        "posted_at": _DATE,
        "text": text,
        "language": {"code": "en"},
        "provenance": provenance | {"pipeline_version": "2"},
    }


_MHTML_HEAD = (
    b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://t.me/s/wirenews\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--edge"\r\n\r\n----edge\r\n'
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
)


_QUOTED = 2
"""Bytes of quoted-printable for each of a page in many scripts."""


def _mhtml(posts: list[RawPost], size: int) -> Iterator[bytes]:
    yield _MHTML_HEAD
    for block in PAGES["saved t.me/s page"](posts, int(size / _QUOTED)):
        yield binascii.b2a_qp(block.encode()).replace(b"\n", b"\r\n")
    yield b"\r\n----edge--\r\n"


_SCRAPED = (
    *("id", "message_id", "date", "sender_id", "first_name", "last_name", "username", "message"),
    *("media_type", "media_path", "reply_to"),
)


def _scraped(text: str, number: int) -> tuple[object, ...]:
    return (number, number, _PLAIN_DATE, _MARKED, None, None, "wirenews", text, None, None, None)


def _scraped_row(text: str, number: int) -> dict[str, object]:
    return dict(zip(_SCRAPED, _scraped(text, number), strict=True))


def _table(text: str, number: int) -> dict[str, Any]:
    return {"channel_id": _CHANNEL, "message_id": number, "date": _DATE, "text": text}


_SCRAPER_TABLE = (
    "CREATE TABLE messages (id INTEGER PRIMARY KEY, message_id INTEGER UNIQUE, date TEXT, sender_id INTEGER,"
    " first_name TEXT, last_name TEXT, username TEXT, message TEXT, media_type TEXT, media_path TEXT, reply_to INTEGER)"
)
_TG_ARCHIVE_TABLES = (
    "CREATE TABLE messages (id INTEGER NOT NULL PRIMARY KEY, type TEXT NOT NULL, date TIMESTAMP NOT NULL,"
    " edit_date TIMESTAMP, content TEXT, reply_to INTEGER, user_id INTEGER, media_id INTEGER)",
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username TEXT, first_name TEXT, last_name TEXT, tags TEXT,"
    " avatar TEXT)",
    "INSERT INTO users VALUES (1088459257, 'wirenews', NULL, NULL, '', NULL)",
)
_TELEGRAM_ARCHIVE_TABLES = (
    "CREATE TABLE chats (id INTEGER PRIMARY KEY, type TEXT NOT NULL, title TEXT, username TEXT)",
    "CREATE TABLE messages (id INTEGER, chat_id INTEGER NOT NULL, sender_id INTEGER, date TIMESTAMP NOT NULL,"
    " text TEXT, reply_to_msg_id INTEGER, reply_to_text TEXT, forward_from_id INTEGER, edit_date TIMESTAMP,"
    " media_type TEXT, media_id TEXT, media_path TEXT, raw_data TEXT, PRIMARY KEY (id, chat_id))",
    "INSERT INTO chats VALUES (-1001088459257, 'channel', 'Wire News', 'wirenews')",
)

WRITERS: dict[str, tuple[str, Write]] = {
    **{title: (name, _streamed(lines)) for title, (name, lines) in FORMATS.items()},
    **{title: ("messages.html", _streamed(pages)) for title, pages in PAGES.items()},
    "saved t.me/s page, .mhtml": ("page.mhtml", _streamed(_mhtml)),
    "Telethon, a list": ("messages.json", _Json(_telethon, "[", ", ", "]")),
    "Telethon, lines": ("messages.jsonl", _Json(_telethon)),
    "Pyrogram, a list": ("messages.json", _Json(_pyrogram, "[", ", ", "]")),
    "TDLib, a list": ("messages.json", _Json(_tdlib, "[", ", ", "]")),
    "Bot API, a list": ("updates.json", _Json(_bot_api, "[", ", ", "]")),
    "records of tgwire": ("posts.normalized.jsonl", _Json(_normalized)),
    "Pushshift, .ndjson": ("messages.ndjson", _Json(_pushshift)),
    "Pushshift, .ndjson.zst": ("messages.ndjson.zst", _zst(_Json(_pushshift))),
    "TGDataset": (
        "channels.json",
        _Json(
            _tgdataset,
            f'{{"{_CHANNEL}": {{"username": "wirenews", "creation_date": 1474570323.0, "title": "Wire News",'
            ' "description": "", "text_messages": {',
            ", ",
            '}, "generic_media": {}}}',
        ),
    ),
    "snscrape": ("posts.jsonl", _Json(_snscrape)),
    "4CAT, CSV": ("4cat.csv", _Csv(_fourcat_csv)),
    "4CAT, NDJSON": ("4cat.ndjson", _Json(_fourcat_ndjson)),
    "telegram-tracker, CSV": ("main.csv", _Csv(_tracker)),
    "telegram-scraper, CSV": ("wirenews.csv", _Csv(_scraped_row)),
    "telegram-scraper, JSON": ("wirenews.json", _Json(_scraped_row, "[\n", ",\n", "\n]")),
    "telegram-scraper, SQLite": (
        "wirenews.db",
        _Sqlite((_SCRAPER_TABLE,), "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _scraped),
    ),
    "tg-archive, SQLite": (
        "data.sqlite",
        _Sqlite(
            _TG_ARCHIVE_TABLES,
            "INSERT INTO messages VALUES (?, 'message', ?, NULL, ?, NULL, ?, NULL)",
            lambda text, number: (number, _PLAIN_DATE, text, _CHANNEL),
        ),
    ),
    "Telegram-Archive, SQLite": (
        "telegram_backup.db",
        _Sqlite(
            _TELEGRAM_ARCHIVE_TABLES,
            "INSERT INTO messages (id, chat_id, date, text) VALUES (?, ?, ?, ?)",
            lambda text, number: (number, _MARKED, _PLAIN_DATE, text),
        ),
    ),
    "a table, CSV": ("posts.csv", _Csv(_table)),
    "a table, TSV": ("posts.tsv", _Csv(_table, "\t")),
    "Telepathy, CSV": ("wirenews.csv", _Csv(_telepathy, ";")),
    "a table, JSON": ("posts.json", _Json(_table, "[", ", ", "]")),
    "a table, Parquet": ("posts.parquet", _parquet),
}


def main() -> None:
    """Measure formats at both sizes."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.archive_memory", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("small", type=int, nargs="?", default=100, help="size of the first file, in MB (%(default)s)")
    parser.add_argument("large", type=int, nargs="?", default=2000, help="size of the second one (%(default)s)")
    parser.add_argument("format", nargs="*", help="titles of rows; all unless given")
    options = parser.parse_args()
    if unknown := [title for title in options.format if title not in WRITERS]:
        parser.error(f"no format {unknown[0]!r}; those are: {', '.join(map(repr, WRITERS))}")
    sizes = options.small, options.large
    posts = list(generate(_POSTS, 1))
    columns = "".join(f"{f'{size} MB':>12}" for size in sizes)
    sys.stdout.write(f"{'highest resident MB of':28}{columns}{'posts':>12}{'posts/s':>10}\n")
    for title, (name, write) in WRITERS.items():
        if options.format and title not in options.format:
            continue
        residents, posts_read, used_s = [], 0, 0.0
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, name)
                write(path, posts, size * 1_000_000)
                posts_read, used_s, resident = _read(path)
            residents.append(f"{resident:12.0f}")
        sys.stdout.write(f"{title:28}{''.join(residents)}{posts_read:12,}{posts_read / used_s:10,.0f}\n")
        sys.stdout.flush()


def _read(path: Path) -> tuple[int, float, float]:
    """Posts, CPU seconds, and MB."""
    command = [sys.executable, "-m", "benchmarks.archive_memory", "--read", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    posts, used_s, kilobytes = done.stdout.split()
    return int(posts), float(used_s), int(kilobytes) / 1024


def measure(path: Path) -> None:
    """Read a file, and print what it took; each record has to be a post. Runs in a process of its own."""
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    began, posts = time.process_time(), 0
    for item in source.read():
        if not isinstance(item.entry, RawPost):
            raise TypeError(f"{path.name}, record {posts + 1}: {item.entry}")
        posts += 1
    sys.stdout.write(f"{posts} {time.process_time() - began} {peak_kb()}\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        measure(Path(sys.argv[2]))
    else:
        main()
