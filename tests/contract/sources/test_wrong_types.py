"""A field of a wrong type is warned of, or its record is rejected: in every format, and never in silence."""

import copy
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingest.sources import ReadOptions, Rejected, open_sources
from ingest.sources.known_formats import format_by_name
from schemas import RawPost
from tests.contract.sources.test_database_sources import ARCHIVED, EARLY, database
from tests.contract.sources.test_fourcat_source import COLUMNS as FOURCAT_COLUMNS
from tests.contract.sources.test_telegram_tracker_source import COLUMNS as TRACKER_COLUMNS
from tests.contract.sources.test_telepathy_source import HEADER as TELEPATHY_HEADER

Step = str | int
Wrong = tuple[object, ...]
WRONG: Wrong = (5, "x", [], {}, True)
DATE = "2024-03-05T10:00:07+00:00"
UNIX = 1_709_632_807


@dataclass(frozen=True)
class Example:
    """A record of a format with all that is read of it."""

    record: dict[str, Any]
    write: Callable[[Path, dict[str, Any]], Path] = lambda folder, record: _json(folder, [record])
    allowed: Mapping[str, Wrong] = field(default_factory=dict)
    """What is not wrong at a path, as the format has several layouts; and classes, which say that it is no post."""
    no_words: tuple[str, ...] = ()
    """Fields that hold numbers, dates or JSON as text: any other text is wrong there."""
    wrong: Wrong = WRONG
    options: ReadOptions = field(default_factory=ReadOptions)


def _json(folder: Path, value: object) -> Path:
    path = folder / "dump.json"
    path.write_text(json.dumps(value))
    return path


def _framed(**frame: object) -> Callable[[Path, dict[str, Any]], Path]:
    return lambda folder, record: _json(folder, frame | {"messages": [record]})


PEER = {"_": "PeerChannel", "channel_id": 1341930464}
OTHER = {"_": "PeerChannel", "channel_id": 1800000001}
TELETHON: dict[str, Any] = {
    "_": "Message",
    "id": 7,
    "peer_id": PEER,
    "date": DATE,
    "message": "Ferries are late.",
    "edit_date": DATE,
    "edit_hide": False,
    "entities": [{"_": "MessageEntityTextUrl", "offset": 0, "length": 7, "url": "https://example.org/"}],
    "fwd_from": {"from_id": OTHER, "channel_post": 12, "from_name": "Port News", "date": DATE},
    "reply_to": {"reply_to_msg_id": 5, "reply_to_peer_id": OTHER, "reply_to_scheduled": False, "forum_topic": False},
    "grouped_id": 13_000_000_000_000_000,
    "views": 5,
    "forwards": 6,
    "replies": {"replies": 7},
    "reactions": {"results": [{"reaction": {"_": "ReactionEmoji", "emoticon": "👍"}, "count": 8}]},
}
VIDEO = {
    "_": "MessageMediaDocument",
    "document": {
        "_": "Document",
        "id": 77,
        "mime_type": "video/mp4",
        "size": 900,
        "attributes": [
            {"_": "DocumentAttributeVideo", "duration": 5, "w": 20, "h": 10, "round_message": False},
            {"_": "DocumentAttributeFilename", "file_name": "ferry.mp4"},
        ],
    },
}
PHOTO = {
    "_": "MessageMediaPhoto",
    "photo": {"_": "Photo", "id": 78, "sizes": [{"_": "PhotoSize", "w": 20, "h": 10, "size": 900}]},
}
POLL = {
    "_": "MessageMediaPoll",
    "poll": {"id": 79, "question": {"text": "Late?"}, "answers": [{"text": "yes", "option": "MA=="}], "quiz": False},
    "results": {"total_voters": 9, "results": [{"option": "MA==", "voters": 9}]},
}
LIST: Wrong = ([],)
"""Layouts that have a bare list where others have an object around it."""
OF_TELETHON = {
    "peer_id": (5,),
    "media": ("x",),  # the class's name alone
    "fwd_from.from_id": (5,),  # a person, in old layouts
    "reply_to.reply_to_peer_id": (5,),
    "replies": (5,),
    "reactions": LIST,
    "reactions.results.0.reaction": ("x",),
    "media.poll.question": ("x",),
    "media.document.id": ("x",),
    "media.photo.id": ("x",),
    "media.poll.id": ("x",),
    "media.poll.answers.0.text": ("x",),
}
CHAT = {"id": -1001341930464, "type": "channel", "title": "Wire News", "username": "wirenews"}
ORIGIN = {"id": -1001800000001, "type": "channel", "title": "Port News", "username": "portnews"}
UNIQUE = "AgADBAADBBBB"
PYROGRAM: dict[str, Any] = {
    "_": "Message",
    "id": 7,
    "chat": CHAT,
    "date": DATE,
    "text": "Ferries are late.",
    "edit_date": DATE,
    "edit_hidden": False,
    "entities": [{"type": "text_link", "offset": 0, "length": 7, "url": "https://example.org/"}],
    "forward_from_chat": ORIGIN,
    "forward_from_message_id": 12,
    "forward_date": DATE,
    "reply_to_message_id": 5,
    "media_group_id": "13000000000000000",
    "views": 5,
    "forwards": 6,
    "reactions": {"reactions": [{"emoji": "👍", "count": 8}]},
}
FILE = {
    "file_unique_id": UNIQUE,
    "mime_type": "video/mp4",
    "file_name": "ferry.mp4",
    "file_size": 900,
    "width": 20,
    "height": 10,
    "duration": 5,
}
PYROGRAM_POLL = {
    "id": "79",
    "question": "Late?",
    "options": [{"text": "yes", "voter_count": 9}],
    "total_voter_count": 9,
    "is_closed": False,
    "type": "quiz",
}
OF_PYROGRAM = {
    "reactions": LIST,
    "web_page": (True,),
    "poll.id": (5,),
    "media_group_id": (5,),
}


OF_BOT_API = {f"channel_post.{name}": allowed for name, allowed in OF_PYROGRAM.items()} | {
    "channel_post.photo": ({},),  # a photo of Pyrogram, of which nothing is known
}


def _tdlib(**content: object) -> dict[str, Any]:
    return {
        "@type": "message",
        "id": 7 << 20,
        "chat_id": -1001341930464,
        "date": UNIX,
        "edit_date": UNIX,
        "media_album_id": "13000000000000000",
        "content": content,
        "forward_info": {
            "origin": {"@type": "messageOriginChannel", "chat_id": -1001800000001, "message_id": 12 << 20},
            "date": UNIX,
        },
        "reply_to": {"@type": "messageReplyToMessage", "chat_id": -1001800000001, "message_id": 5 << 20},
        "interaction_info": {
            "view_count": 5,
            "forward_count": 6,
            "reply_info": {"reply_count": 7},
            "reactions": {"reactions": [{"type": {"@type": "reactionTypeEmoji", "emoji": "👍"}, "total_count": 8}]},
        },
    }


TDLIB_TEXT = {
    "text": "Ferries are late.",
    "entities": [
        {"offset": 0, "length": 7, "type": {"@type": "textEntityTypeTextUrl", "url": "https://example.org/"}},
    ],
}
TDLIB_FILE = {"size": 900, "remote": {"unique_id": UNIQUE}}
TDLIB_VIDEO = {"duration": 5, "width": 20, "height": 10, "file_name": "f.mp4", "mime_type": "v/m", "video": TDLIB_FILE}
TDLIB_PHOTO = {"sizes": [{"photo": TDLIB_FILE, "width": 20, "height": 10}]}
TDLIB_POLL = {
    "id": "79",
    "question": {"text": "Late?"},
    "options": [{"text": {"text": "yes"}, "voter_count": 9}],
    "total_voter_count": 9,
    "type": {"@type": "pollTypeQuiz"},
    "is_closed": False,
}
OF_TDLIB = {
    "media_album_id": (5,),
    "interaction_info.reactions": LIST,
    "content.poll.id": (5,),
    "content.poll.question": ("x",),
    "content.poll.options.0.text": ("x",),
    "content.text": ("x",),
    "content.caption": ("x",),
}
FLAGS = sum(1 << bit for bit in (2, 3, 9, 10, 15, 17, 20, 23))
GOTD_PEER = {"ChannelID": 1800000001}


def _tdl(**media: object) -> dict[str, Any]:
    raw = {
        "Flags": FLAGS,
        "PeerID": {"ChannelID": 1341930464},
        "Date": UNIX,
        "EditDate": UNIX,
        "Message": "Ferries are late.",
        "Entities": [{"Offset": 0, "Length": 7, "URL": "https://example.org/"}],
        "FwdFrom": {"FromID": GOTD_PEER, "ChannelPost": 12, "FromName": "Port News", "Date": UNIX},
        "ReplyTo": {"ReplyToMsgID": 5, "ReplyToPeerID": GOTD_PEER, "ForumTopic": False},
        "GroupedID": 13_000_000_000_000_000,
        "Views": 5,
        "Forwards": 6,
        "Replies": {"Replies": 7},
        "Reactions": {"Results": [{"Reaction": {"Emoticon": "👍"}, "Count": 8}]},
        "Media": media,
    }
    return {"id": 7, "type": "message", "file": "ferry.mp4", "date": UNIX, "text": "Ferries are late.", "raw": raw}


GOTD_VIDEO = {
    "ID": 77,
    "MimeType": "video/mp4",
    "Size": 900,
    "Attributes": [{"RoundMessage": False, "Duration": 5, "W": 20, "H": 10}, {"FileName": "ferry.mp4"}],
}
GOTD_POLL = {"ID": 79, "Question": {"Text": "Late?"}, "Answers": [{"Text": "yes", "Option": "MA=="}], "Quiz": False}
OF_TDL = {
    "type": WRONG,  # a class that is no message's: counted as such
    "raw.Reactions.Results.0.Reaction": ("x", {}),
    "raw.Media.Document.ID": ("x",),
    "raw.Media.Photo.ID": ("x",),
    "raw.Media.Poll.ID": ("x",),
    "raw.Media.Poll.Question": ("x", {}),
    "raw.Media.Poll.Answers.0.Text": ("x", {}),
}
DESKTOP: dict[str, Any] = {
    "id": 7,
    "type": "message",
    "date": "2024-03-05T12:00:07",
    "date_unixtime": str(UNIX),
    "from": "Wire News",
    "from_id": "channel1341930464",
    "text": "Ferries are late.",
    "text_entities": [
        {"type": "text_link", "text": "Ferries", "href": "https://example.org/"},
        {"type": "plain", "text": " are late."},
    ],
    "forwarded_from": "Port News",
    "forwarded_from_id": "channel1800000001",
    "forwarded_from_message_id": 12,
    "reply_to_message_id": 5,
    "reply_to_peer_id": "channel1800000001",
    "reactions": [{"type": "emoji", "emoji": "👍", "count": 8}],
}
DESKTOP_VIDEO = {
    "file": "video_files/ferry.mp4",
    "file_name": "ferry.mp4",
    "file_size": 900,
    "media_type": "video_file",
    "mime_type": "video/mp4",
    "duration_seconds": 5,
    "width": 20,
    "height": 10,
}
DESKTOP_POLL = {"question": "Late?", "closed": False, "total_voters": 9, "answers": [{"text": "yes", "voters": 9}]}
OF_DESKTOP = {
    "text": LIST,
    "text_entities.0": ("x",),
    "text_entities.1": ("x",),
    "poll.question": LIST,
    "poll.answers.0.text": LIST,
}
IN_CHANNEL = _framed(name="Wire News", type="public_channel", id=1341930464)
SNSCRAPE = {
    "_type": "snscrape.modules.telegram.TelegramPost",
    "url": "https://t.me/s/wirenews/7",
    "date": DATE,
    "content": "Ferries are late.",
    "media": [{"_type": "snscrape.modules.telegram.Video", "duration": 5}],
    "forwarded": {"username": "portnews", "title": "Port News"},
    "forwardedUrl": "https://t.me/portnews/12",
    "linkPreview": {"href": "https://example.org/"},
    "views": 5,
}
ROW = {
    "id": 7,
    "channel": "@wirenews",
    "date": DATE,
    "text": "Ferries are late.",
    "views": 5,
    "forwards": 6,
    "replies": 7,
    "reactions": {"👍": 8},
    "edited": DATE,
    "observed": DATE,
    "forward_date": DATE,
    "reply_to": 5,
    "grouped_id": 13_000_000_000_000_000,
    "entities": [{"_": "MessageEntityBold", "offset": 0, "length": 7}],
    "file_name": "ferry.mp4",
    "mime_type": "video/mp4",
}
COLUMNS = (*((name, name) for name in ROW if name != "grouped_id"), ("album_id", "grouped_id"))
EMPTY: Wrong = ([], {})
"""How data frames write that there is nothing."""
OF_TABLE = dict.fromkeys(ROW, EMPTY) | {"edited": (*EMPTY, 5, True), "observed": (*EMPTY, 5)}
"""A column may say only that a post was edited; 5 is a moment of 1970."""
SCRAPER = {
    "id": 1,
    "message_id": 7,
    "date": "2024-03-05 10:00:07",
    "sender_id": -1001341930464,
    "first_name": None,
    "last_name": None,
    "username": "wirenews",
    "message": "Ferries are late.",
    "media_type": "MessageMediaDocument",
    "media_path": "7-ferry.mp4",
    "reply_to": 5,
    "views": 5,
    "forwards": 6,
    "reactions": "👍 8",
}


def _tgdataset(folder: Path, record: dict[str, Any]) -> Path:
    channel = {"creation_date": UNIX, "username": "wirenews", "title": "Wire News", "description": ""} | {
        "text_messages": {"7": record["text"]},
        "generic_media": {"7": record["media"]},
    }
    return _json(folder, {"1341930464": channel})


TGDATASET = {
    "text": {
        "message": "Ferries are late.",
        "date": UNIX,
        "author": 5,
        "is_forwarded": True,
        "forwarded_from_id": 9,
        "forwarded_message_date": UNIX,
    },
    "media": {"title": "ferry.mp4", "media_id": 77, "date": UNIX, "extension": ".mp4", "is_forwarded": True},
}


def _csv(separator: str = ",") -> Callable[[Path, dict[str, Any]], Path]:
    def write(folder: Path, record: dict[str, Any]) -> Path:
        path = folder / "export.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, record, delimiter=separator)
            writer.writeheader()
            writer.writerow(record)
        return path

    return write


TRACKER_NUMBERS = (
    *("msg_id", "channel_id", "date", "views", "number_forwards", "number_replies", "reply_to_msg_id"),
    *("is_forward", "forward_msg_from_peer_id", "forward_msg_date", "document_video_duration"),
)
TRACKER = dict.fromkeys(TRACKER_COLUMNS, "") | {
    "msg_id": "7",
    "channel_id": "1341930464",
    "channel_name": "wirenews",
    "message": "Ferries are late.",
    "date": "2024-03-05 10:00:07",
    "views": "5",
    "number_forwards": "6",
    "number_replies": "7",
    "reply_to_msg_id": "5",
    "is_forward": "1",
    "forward_msg_from_peer_type": "PeerChannel",
    "forward_msg_from_peer_id": "1800000001",
    "forward_msg_date": "2024-03-05 10:00:07",
    "contains_media": "1",
    "media_type": "MessageMediaDocument",
    "document_type": "video/mp4",
    "document_video_duration": "5.0",
}
FOURCAT = dict.fromkeys(FOURCAT_COLUMNS, "") | {
    "id": "wirenews-7",
    "thread_id": "wirenews",
    "chat": "wirenews",
    "body": "Ferries are late.",
    "reply_to": "5",
    "views": "5",
    "forwards": "6",
    "unix_timestamp": str(UNIX),
    "timestamp": "2024-03-05 10:00:07",
    "unix_timestamp_forwarded_from": str(UNIX),
    "author_forwarded_from_name": "Port News",
    "attachment_type": "video",
    "attachment_data": '{"id": 77}',
}


FOURCAT_NUMBERS = ("id", "reply_to", "views", "forwards", "unix_timestamp", "attachment_data")
TELEPATHY_NUMBERS = ("Message ID", "Timestamp", "Reply_to_ID", "Views", "Forwards", "Replies", "Thumbs_up")
TELEPATHY = dict(zip(TELEPATHY_HEADER.strip().split(";"), 22 * [""], strict=True)) | {
    "To": "wirenews",
    "Message ID": "7",
    "Message_text": "Ferries are late.",
    "Timestamp": "2024-03-05 10:00:07+00:00",
    "Has_media": "True",
    "Reply_to_ID": "5",
    "Replies": "7",
    "Forwards": "6",
    "Views": "5",
    "Thumbs_up": "8",
    "URL": "https://t.me/wirenews/7",
}


def _database(*tables: str) -> Callable[[Path, dict[str, Any]], Path]:
    """A database of another program: its tables, and a row for each in the record."""

    def write(folder: Path, record: dict[str, Any]) -> Path:
        rows = []
        for table, row in record.items():
            values = [json.dumps(each) if isinstance(each, dict | list) else each for each in row.values()]
            rows.append((f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(values)))
        path = folder / "archive.db"
        path.write_bytes(database(*tables, rows=rows))
        return path

    return write


BACKUP = {
    "chats": {"id": -1001341930464, "type": "channel", "title": "Wire News", "username": "wirenews"},
    "messages": {
        "id": 7,
        "chat_id": -1001341930464,
        "date": "2024-03-05 10:00:07",
        "text": "Ferries are late.",
        "reply_to_msg_id": 5,
        "forward_from_id": -1001800000001,
        "media_type": "photo",
        "raw_data": {
            "forward_from_name": "Port News",
            "grouped_id": 13_000_000_000_000_000,
            "poll": {
                "id": 79,
                "question": "Late?",
                "answers": [{"text": "yes", "option": "MA=="}],
                "quiz": False,
                "closed": False,
                "results": {"total_voters": 9, "results": [{"option": "MA==", "voters": 9}]},
            },
        },
    },
}
OURS: dict[str, Any] = {
    "channel_id": 1341930464,
    "message_id": 7,
    "text": "Ferries are late.",
    "posted_at": DATE,
    "edited_at": DATE,
    "entities": [{"kind": "text_link", "start": 0, "end": 7, "url": "https://example.org/"}],
    "media": [{"kind": "video", "id": "77", "mime_type": "video/mp4", "file_name": "ferry.mp4", "duration_s": 5.5}],
    "forward": {"channel_id": 1800000001, "message_id": 12, "name": "Port News", "posted_at": DATE},
    "reply_to": {"message_id": 5},
    "album_id": 13_000_000_000_000_000,
    "counters": {"observed_at": DATE, "views": 5, "forwards": 6, "replies": 7, "reactions": {"👍": 8}},
}
UNIX_TIMES = dict.fromkeys(("posted_at", "edited_at", "forward.posted_at", "counters.observed_at"), (5,)) | {
    "media.0.duration_s": (5,)
}
NORMALIZED = {"type": "post", "schema_version": 1, "key": "tg:1341930464:7", "channel": {"id": 1341930464}} | {
    name: value for name, value in OURS.items() if name != "channel_id"
}
TG_ARCHIVE = {
    "messages": {
        "id": 7,
        "type": "message",
        "date": "2024-03-05 10:00:07",
        "content": "Ferries are late.",
        "reply_to": 5,
        "user_id": 1341930464,
        "media_id": 79,
    },
    "users": {"id": 1341930464, "username": "wirenews", "first_name": "Wire News", "tags": ""},
    "media": {
        "id": 79,
        "type": "poll",
        "title": "Late?",
        "description": [{"label": "yes", "count": 9, "percent": 100.0, "correct": True}],
    },
}


def _of_tables(record: dict[str, Any]) -> Mapping[str, Wrong]:
    """A column has a type of its own: only a word where a number should be is wrong."""
    no_fields = dict.fromkeys((*record, "messages.id", "media.id", "chats.id", "users.id", "media.description"), WRONG)
    return {f"{table}.{name}": (5, [], {}, True) for table, row in record.items() for name in row} | no_fields


OF_BACKUP = {**_of_tables(BACKUP), "messages.raw_data": WRONG, "messages.raw_data.poll.id": ("x",)}
OF_TG_ARCHIVE = _of_tables(TG_ARCHIVE)
EXAMPLES = {
    "jsonl": Example(OURS, lambda folder, record: _json(folder, record), UNIX_TIMES),
    "normalized": Example(NORMALIZED, lambda folder, record: _json(folder, record), UNIX_TIMES),
    "bot api": Example(
        {"update_id": 1, "channel_post": {**PYROGRAM, "message_id": 7, "photo": [FILE]}}, allowed=OF_BOT_API
    ),
    "4cat": Example(FOURCAT, _csv(), no_words=FOURCAT_NUMBERS, wrong=("x",)),
    "telegram-tracker": Example(TRACKER, _csv(), no_words=TRACKER_NUMBERS, wrong=("x",)),
    "telepathy": Example(TELEPATHY, _csv(";"), no_words=TELEPATHY_NUMBERS, wrong=("x",)),
    "telegram archive": Example(BACKUP, _database(*EARLY), OF_BACKUP),
    "tg-archive": Example(TG_ARCHIVE, _database(*ARCHIVED), OF_TG_ARCHIVE),
    "telethon": Example(TELETHON | {"media": VIDEO}, allowed=OF_TELETHON),
    "telethon, a photo": Example(TELETHON | {"media": PHOTO}, allowed=OF_TELETHON),
    "telethon, a poll": Example(TELETHON | {"media": POLL}, allowed=OF_TELETHON),
    "pushshift": Example(TELETHON | {"retrieved_utc": UNIX, "updated_utc": UNIX, "media": VIDEO}, allowed=OF_TELETHON),
    "pyrogram": Example(PYROGRAM | {"video": FILE}, allowed=OF_PYROGRAM),
    "pyrogram, a poll": Example(PYROGRAM | {"poll": PYROGRAM_POLL}, allowed=OF_PYROGRAM),
    "pyrogram, a preview": Example(PYROGRAM | {"web_page": {"id": 5}}, allowed=OF_PYROGRAM),
    "tdlib": Example(_tdlib(**{"@type": "messageText"}, text=TDLIB_TEXT), allowed=OF_TDLIB),
    "tdlib, a video": Example(
        _tdlib(**{"@type": "messageVideo"}, video=TDLIB_VIDEO, caption=TDLIB_TEXT), allowed=OF_TDLIB
    ),
    "tdlib, a photo": Example(
        _tdlib(**{"@type": "messagePhoto"}, photo=TDLIB_PHOTO, caption=TDLIB_TEXT), allowed=OF_TDLIB
    ),
    "tdlib, a poll": Example(_tdlib(**{"@type": "messagePoll"}, poll=TDLIB_POLL), allowed=OF_TDLIB),
    "tdl, a video": Example(_tdl(Document=GOTD_VIDEO), _framed(id=1341930464), OF_TDL),
    "tdl, a photo": Example(
        _tdl(Photo={"ID": 78, "Sizes": [{"W": 20, "H": 10, "Size": 900}]}), _framed(id=1341930464), OF_TDL
    ),
    "tdl, a poll": Example(
        _tdl(Poll=GOTD_POLL, Results={"Flags": 4, "TotalVoters": 9, "Results": [{"Option": "MA==", "Voters": 9}]}),
        _framed(id=1341930464),
        OF_TDL,
    ),
    "tdesktop": Example(DESKTOP | DESKTOP_VIDEO, IN_CHANNEL, OF_DESKTOP),
    "tdesktop, a photo": Example(
        DESKTOP | {"photo": "photos/photo_1@05.jpg", "photo_file_size": 900, "width": 20, "height": 10},
        IN_CHANNEL,
        OF_DESKTOP,
    ),
    "tdesktop, a poll": Example(DESKTOP | {"poll": DESKTOP_POLL}, IN_CHANNEL, OF_DESKTOP),
    "snscrape": Example(SNSCRAPE, allowed={"forwarded": ("x",)}),
    "table": Example(ROW, allowed=OF_TABLE, options=ReadOptions(columns=COLUMNS)),
    "telegram_scraper": Example(SCRAPER),
    "tgdataset": Example(TGDATASET, _tgdataset, {"media.media_id": ("x",), "text": WRONG, "media": WRONG}),
}


_NEEDED = frozenset(
    (
        *("_", "type", "channel_post", "raw", "raw.Flags", "content"),
        *("id", "msg_id", "message_id", "Message ID", "url"),
        *("chat", "chat.id", "chat_id", "channel", "channel_id", "peer_id", "peer_id.channel_id"),
        *("date", "date_unixtime", "unix_timestamp", "Timestamp"),
        *("text", "message", "text_entities", "raw.Message", "content.text", "content.text.text"),
        *("content.caption", "content.caption.text"),
    )
)
"""Fields that a post is nothing without: what it is, its id, channel, date and text."""
_OURS = ("jsonl", "normalized")
"""Formats of which every field is checked."""
_DATES = ("date", "_utc", "_unixtime")
"""Fields whose 5 is no wrong type: a moment of 1970, which exporters write for "never"."""


def _paths(value: object, before: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Every field within a record, and every element of its lists."""
    if isinstance(value, dict | list):
        for step, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*before, step)
            yield from _paths(part, (*before, step))


def _replaced(record: dict[str, Any], path: tuple[Step, ...], wrong: object) -> tuple[dict[str, Any], object]:
    """The record with another value at a path, and what was there."""
    changed = copy.deepcopy(record)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    before, place[path[-1]] = place[path[-1]], wrong
    return changed, before


def _read(path: Path, kind: str | None, options: ReadOptions) -> tuple[str, object, list[str]]:
    format_ = None if kind is None else format_by_name(kind)
    (source,) = open_sources(path, options, io.BytesIO(), format_).sources
    entries = [item.entry for item in source.read()]
    (entry,) = entries
    warnings = [each for each in source.warnings if "columns are guessed" not in each]
    return source.kind, entry, warnings


def _is_wrong(example: Example, path: tuple[Step, ...], before: object, wrong: object) -> bool:
    name, last = ".".join(map(str, path)), str(path[-1])
    is_never = wrong == 5 and last.lower().endswith(_DATES)
    is_like_it = type(before) is type(wrong) and not (wrong == "x" and last in example.no_words)
    return not (is_like_it or is_never or wrong in example.allowed.get(name, ()))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_wrong_type_is_warned_of_or_rejected(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    kind, whole, said = _read(example.write(tmp_path, example.record), None, example.options)
    assert isinstance(whole, RawPost)
    fields = whole.model_dump(exclude={"source"})
    silent, lost, rejected = [], [], []
    for path in _paths(example.record):
        for wrong in example.wrong:
            changed, before = _replaced(example.record, path, wrong)
            written = ".".join(map(str, path))
            if not _is_wrong(example, path, before, wrong):
                continue
            _, entry, warnings = _read(example.write(tmp_path, changed), kind, example.options)
            if isinstance(entry, Rejected):
                if name not in _OURS and entry.field not in _NEEDED:
                    rejected.append(f"{written}: {wrong!r} rejects the post: {entry.field}: {entry.message}")
                continue
            if not isinstance(entry, RawPost):
                silent.append(f"{written}: {wrong!r} gives {entry}")
                continue
            now = entry.model_dump(exclude={"source"})
            differs = [field for field, value in fields.items() if now[field] != value]
            if differs and warnings == said:
                silent.append(f"{written}: {wrong!r} changes {differs}")
            if len(differs) > 2:
                lost.append(f"{written}: {wrong!r} changes {differs}")
    assert not silent + lost + rejected, "\n".join(silent + lost + rejected)


def test_a_warning_names_the_first_record_and_how_many_there_are(tmp_path: Path) -> None:
    wrong = DESKTOP | {"poll": [1], "from_id": {"a": 1}}
    fine = DESKTOP | {"poll": DESKTOP_POLL | {"question": 5}}
    records = [DESKTOP, wrong | {"id": 8}, fine | {"id": 9}, wrong | {"id": 10}]
    path = _json(tmp_path, {"name": "Wire News", "type": "public_channel", "id": 1341930464, "messages": records})
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    entries = [item.entry for item in source.read()]
    assert all(isinstance(entry, RawPost) for entry in entries)
    assert [each.partition(": ")[2] for each in source.warnings] == [
        "from_id holds what is no id; it is left unknown (2 times, first in record 2)",
        "poll holds what is no object; it is left unknown (2 times, first in record 2)",
        "poll.question holds what is no text; it is left unknown (record 3)",
    ]


ALL_BAD = {
    "tdesktop": DESKTOP | {"reactions": [{"type": "emoji", "count": "many", "emoji": "👍"}, 5]},
    "telethon": TELETHON | {"reactions": {"results": [{"reaction": {"document_id": {}}, "count": 2}, 5]}},
    "pyrogram": PYROGRAM | {"reactions": [{"custom_emoji_id": [1], "count": 2}]},
    "table": ROW | {"reactions": {"👍": "many"}},
}


@pytest.mark.parametrize("name", ALL_BAD)
def test_reactions_of_which_none_can_be_read_are_unknown(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    _, entry, warnings = _read(example.write(tmp_path, ALL_BAD[name]), None, example.options)
    assert isinstance(entry, RawPost)
    assert entry.counters is None or entry.counters.reactions is None
    assert any(each.partition(": ")[2].startswith("reactions holds") for each in warnings)


def test_that_a_post_has_no_reactions_is_known(tmp_path: Path) -> None:
    example = EXAMPLES["tdesktop"]
    _, entry, warnings = _read(example.write(tmp_path, DESKTOP | {"reactions": []}), None, example.options)
    assert isinstance(entry, RawPost)
    assert entry.counters is not None
    assert (entry.counters.reactions, warnings) == ({}, [])


@pytest.mark.parametrize("never", ["0", "3600", "1970-01-01T01:00:00+00:00", 0, 3600])
def test_a_date_of_1970_is_unknown_however_it_is_written(never: object, tmp_path: Path) -> None:
    records = [TELETHON, *(TELETHON | {"id": number, "date": never} for number in (8, 9))]
    (source,) = open_sources(_json(tmp_path, records), ReadOptions(), io.BytesIO()).sources
    posts = [item.entry for item in source.read() if isinstance(item.entry, RawPost)]
    assert [post.posted_at is None for post in posts] == [False, True, True]
    assert [each.partition(": ")[2] for each in source.warnings] == [
        "2 posts without a date, or with one of 1970, among others with one (first in record 2)"
    ]
