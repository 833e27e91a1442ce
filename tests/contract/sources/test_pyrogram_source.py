"""Messages that Pyrogram, Hydrogram and their forks write."""

import base64
import io
import json
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from ingest.sources import ReadOptions, Source, open_sources
from ingest.sources.base import NoPostKind
from schemas import Channel, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity
from schemas.raw import Poll, PollAnswer
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

CHAT = {"_": "Chat", "id": -1001341930464, "type": "ChatType.CHANNEL", "title": "Wire News", "username": "wirenews"}


def message(number: int, text: str = "Новость 😅", **fields: Any) -> dict[str, Any]:
    first = {"_": "Message", "id": number, "sender_chat": CHAT, "date": "2024-03-05 12:00:07", "chat": CHAT}
    return first | {"text": text} | fields


def old(number: int, **fields: Any) -> dict[str, Any]:
    """As 1.x wrote it."""
    chat = CHAT | {"type": "channel"}
    first = {"_": "Message", "message_id": number, "date": 1_709_632_807, "chat": chat, "outgoing": False}
    return first | {"text": "old"} | fields


def written(value: object, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **layout).encode()


def one_after_the_other(*values: object, between: bytes = b"\n") -> bytes:
    return between.join(written(value, indent=4) for value in values)


NESTED = message(2, '},{"_": "Message", "id": 1', reply_to_message=message(1))
THREE = [message(3), NESTED, message(1, "third")]
SERVICE = message(7, service="MessageServiceType.PINNED_MESSAGE", pinned_message=message(1))
EMPTY = {"_": "Message", "id": 6, "empty": True}
PRIVATE = message(5) | {"chat": {"_": "Chat", "id": 77, "type": "ChatType.PRIVATE", "first_name": "A"}}
BAD: list[Any] = [
    message(0),
    message(-5),
    message(2**63),
    message(9, date="yesterday"),
    message(9) | {"text": ["x"]},
    message(9) | {"chat": None, "sender_chat": None},
    message(9) | {"chat": CHAT | {"id": "x"}},
    {"_": "Update", "id": 9},
    5,
]


class TestPyrogram(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "a list": Case({"a.json": written(THREE, indent=4)}, posts=3, encodings=("utf-8-sig", "utf-16", "utf-32")),
        "compact": Case({"a.json": written(THREE, separators=(",", ":"))}, posts=3),
        "one after the other": Case({"a.json": one_after_the_other(*THREE)}, posts=3),
        "nothing between": Case({"a.json": one_after_the_other(*THREE, between=b"")}, posts=3),
        "commas between": Case({"a.txt": one_after_the_other(*THREE, between=b",\n")}, posts=3),
        "lines": Case({"a.jsonl": b"\n".join(map(written, THREE)) + b"\n"}, posts=3),
        "by chat": Case({"a.json": written({"wirenews": THREE})}, posts=3),
        "1.x": Case({"a.json": written([old(3), old(2)])}, posts=2),
        "0.x": Case({"a.json": written([old(3, _="pyrogram.Message"), old(2, _="pyrogram.Message")])}, posts=2),
        "no class names": Case({"a.json": written([{k: v for k, v in m.items() if k != "_"} for m in THREE])}, posts=3),
        "no posts": Case(
            {"a.json": written([SERVICE, EMPTY, PRIVATE, None, *THREE])},
            posts=3,
            no_posts={NoPostKind.SERVICE: 1, NoPostKind.EMPTY: 2, NoPostKind.OTHER_CHAT: 1},
        ),
        "all chats": Case({"a.json": written([PRIVATE, *THREE])}, posts=4, options=ReadOptions(chats="all")),
        "bad messages": Case({"a.json": written([THREE[0], *BAD, THREE[2]])}, posts=2, rejected=len(BAD)),
        "a broken message": Case(
            {"a.json": one_after_the_other(*THREE).replace(b'"third"', b"third")}, posts=2, rejected=1
        ),
        "cut": Case({"a.json": one_after_the_other(*THREE)[:-40]}, posts=2, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json": written([message(number, text) for number, text in given])}


def source(tmp_path: Path, content: bytes, **options: Any) -> Source:
    (tmp_path / "a.json").write_bytes(content)
    (found,) = open_sources(tmp_path / "a.json", ReadOptions(**options), io.BytesIO()).sources
    return found


def one(tmp_path: Path, record: dict[str, Any], **options: Any) -> RawPost:
    items = list(source(tmp_path, written([record]), **options).read())
    assert not rejections(items)
    (post,) = posts(items)
    return post


def test_the_chat_names_the_channel(tmp_path: Path) -> None:
    assert one(tmp_path, message(5)).channel == Channel(id=1341930464, username="wirenews", title="Wire News")
    assert one(tmp_path, old(5)).channel == Channel(id=1341930464, username="wirenews", title="Wire News")


def test_dates_without_a_zone_are_unknown_until_it_is_given(tmp_path: Path) -> None:
    found = source(tmp_path, written([message(5)]))
    assert [post.posted_at for post in posts(list(found.read()))] == [None]
    assert "time zone" in found.warnings[0]
    post = one(tmp_path, message(5), timezone=ZoneInfo("Europe/Kyiv"))
    assert post.posted_at == datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)
    assert one(tmp_path, old(5)).posted_at == datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)


def test_an_edit_counts_where_it_is_said_to_be_shown(tmp_path: Path) -> None:
    assert one(tmp_path, message(5, edit_date=1_709_632_900)).edited_at is None
    assert one(tmp_path, message(5, edit_date=1_709_632_900, edit_hidden=True)).edited_at is None
    shown = one(tmp_path, message(5, edit_date=1_709_632_900, edit_hidden=False))
    assert shown.edited_at == datetime(2024, 3, 5, 10, 1, 40, tzinfo=UTC)


@pytest.mark.parametrize("prefix", ["MessageEntityType.", ""])
def test_entities_of_texts_and_captions(tmp_path: Path, prefix: str) -> None:
    def kind(name: str) -> str:
        return f"{prefix}{name.upper() if prefix else name}"

    given = [
        {"_": "MessageEntity", "type": kind("bold"), "offset": 0, "length": 2},
        {"_": "MessageEntity", "type": kind("text_link"), "offset": 3, "length": 4, "url": "https://example.org/"},
        {"_": "MessageEntity", "type": kind("strikethrough"), "offset": 3, "length": 4},
    ]
    expected = (
        TextEntity(kind=EntityKind.BOLD, start=0, end=1),
        TextEntity(kind=EntityKind.TEXT_LINK, start=2, end=6, url="https://example.org/"),
        TextEntity(kind=EntityKind.STRIKE, start=2, end=6),
    )
    assert one(tmp_path, message(5, "😅 link", entities=given)).entities == expected
    captioned = {key: value for key, value in message(5).items() if key != "text"}
    post = one(tmp_path, captioned | {"caption": "😅 link", "caption_entities": given})
    assert (post.text, post.entities) == ("😅 link", expected)


ORIGIN = {"_": "Chat", "id": -1001006503122, "type": "ChatType.CHANNEL", "title": "Origin", "username": "orig"}
DATE = datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        (
            {"forward_from_chat": ORIGIN, "forward_from_message_id": 42, "forward_date": 1_709_632_807},
            ForwardOrigin(channel_id=1006503122, channel_username="orig", message_id=42, name="Origin", posted_at=DATE),
        ),
        ({"forward_sender_name": "Hidden", "forward_date": "nonsense"}, ForwardOrigin(name="Hidden")),
        ({"forward_from": {"_": "User", "id": 77, "first_name": "A", "last_name": "B"}}, ForwardOrigin(name="A B")),
        (
            {"forward_origin": {"_": "MessageOriginChannel", "chat": ORIGIN, "message_id": 42, "date": 1_709_632_807}},
            ForwardOrigin(channel_id=1006503122, channel_username="orig", message_id=42, name="Origin", posted_at=DATE),
        ),
        ({}, None),
    ],
)
def test_forwards(tmp_path: Path, fields: dict[str, Any], origin: ForwardOrigin | None) -> None:
    assert one(tmp_path, message(5, **fields)).forward == origin


def test_replies_and_albums(tmp_path: Path) -> None:
    assert one(tmp_path, message(5, reply_to_message_id=3)).reply_to == Reply(message_id=3)
    assert one(tmp_path, message(5, reply_to_message=message(3))).reply_to == Reply(message_id=3)
    assert one(tmp_path, message(5, media_group_id="13000000000000001")).album_id == 13_000_000_000_000_001


@pytest.mark.parametrize(
    "reactions",
    [
        [{"_": "Reaction", "emoji": "👍", "count": 3}, {"_": "Reaction", "custom_emoji_id": 55, "count": 2}],
        {
            "_": "MessageReactions",
            "reactions": [{"emoji": "👍", "count": 3}, {"custom_emoji_id": "55", "count": 2}],
        },
        {
            "reactions": [
                {"_": "Reaction", "type": {"_": "ReactionTypeEmoji", "emoji": "👍"}, "count": 3},
                {"_": "Reaction", "type": {"_": "ReactionTypeCustomEmoji", "custom_emoji_id": 55}, "count": 2},
            ]
        },
    ],
)
def test_reactions_of_all_versions(tmp_path: Path, reactions: object) -> None:
    counters = one(tmp_path, message(5, views=12, forwards=1, reactions=reactions)).counters
    assert counters is not None
    assert (counters.views, counters.forwards, counters.replies) == (12, 1, None)
    assert counters.reactions == {"👍": 3, "custom:55": 2}


def unique_id(number: int) -> str:
    """``file_unique_id`` of a document: type and id, zeros packed."""
    packed = bytearray()
    for byte in struct.pack("<iq", 2, number):
        if byte == 0 and len(packed) >= 2 and packed[-2] == 0:
            packed[-1] += 1
        else:
            packed += b"\0\1" if byte == 0 else bytes((byte,))
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def test_a_file_has_the_id_that_telegram_gave_it(tmp_path: Path) -> None:
    video = {
        "_": "Video",
        "file_unique_id": unique_id(5368324170671202286),
        "width": 1280,
        "height": 720,
        "duration": 12,
        "file_name": "a.mp4",
        "mime_type": "video/mp4",
        "file_size": 1048576,
    }
    assert one(tmp_path, message(5, media="MessageMediaType.VIDEO", video=video)).media == (
        Media(
            kind=MediaKind.VIDEO,
            id="5368324170671202286",
            mime_type="video/mp4",
            file_name="a.mp4",
            size_bytes=1048576,
            width_px=1280,
            height_px=720,
            duration_s=12.0,
        ),
    )


@pytest.mark.parametrize("unique", ["AQADwhoAAkzasEs", "!!", "", 5, None, "AgAD", "AgADwhoAAkzasEvAAAA"])
def test_what_is_no_id_of_a_document_is_left_out(tmp_path: Path, unique: object) -> None:
    (media,) = one(tmp_path, message(5, photo={"_": "Photo", "file_unique_id": unique})).media
    assert media == Media(kind=MediaKind.PHOTO, mime_type="image/jpeg")


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"animation": {}, "document": {}}, [MediaKind.ANIMATION]),
        ({"voice": {}}, [MediaKind.VOICE]),
        ({"video_note": {"length": 384}}, [MediaKind.VIDEO_NOTE]),
        ({"sticker": {}}, [MediaKind.STICKER]),
        ({"web_page": {"_": "WebPage", "url": "https://example.org/"}}, [MediaKind.WEB_PAGE]),
        ({"contact": {"phone_number": "*********"}}, [MediaKind.CONTACT]),
        ({"venue": {"title": "x"}}, [MediaKind.LOCATION]),
        ({"dice": {"value": 3}}, [MediaKind.OTHER]),
        ({"media": "MessageMediaType.AUDIO"}, [MediaKind.AUDIO]),
        ({"media": "photo"}, [MediaKind.PHOTO]),
        ({"media": True}, [MediaKind.OTHER]),
        ({"paid_media": {"media": [{"_": "Photo"}, {"_": "PaidMediaPreview"}]}}, [MediaKind.PHOTO, MediaKind.OTHER]),
        ({}, []),
    ],
)
def test_kinds_of_media(tmp_path: Path, fields: dict[str, Any], kinds: list[MediaKind]) -> None:
    assert [media.kind for media in one(tmp_path, message(5, **fields)).media] == kinds


@pytest.mark.parametrize("question", ["Rain?", {"_": "FormattedText", "text": "Rain?"}])
def test_polls(tmp_path: Path, question: object) -> None:
    options = [{"text": "Yes", "voter_count": 30, "data": "b'0'"}, {"text": {"text": "No"}}]
    poll = {"_": "Poll", "id": "31", "question": question, "options": options, "total_voter_count": 40}
    (media,) = one(tmp_path, message(5, poll=poll | {"is_closed": True, "type": "PollType.QUIZ"})).media
    assert media.poll == Poll(
        question="Rain?",
        answers=(PollAnswer(text="Yes", voters=30), PollAnswer(text="No")),
        is_quiz=True,
        is_closed=True,
        voters=40,
    )


def test_only_messages_of_these_libraries_are_claimed(tmp_path: Path) -> None:
    telethon = {"_": "Message", "id": 1, "peer_id": {"_": "PeerChannel", "channel_id": 5}, "message": ""}
    assert source(tmp_path, written([message(5)])).kind == "pyrogram"
    assert source(tmp_path, written([telethon])).kind == "telethon"
