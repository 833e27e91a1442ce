"""Messages that scripts over TDLib write."""

import base64
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.sources import ReadOptions, Source, open_sources
from ingest.sources.base import NoPostKind
from schemas import Channel, Counters, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity
from schemas.raw import Poll, PollAnswer
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

CHAT = -1001341930464
DATE = datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)
UNIX = 1_709_632_807


def formatted(text: str, *entities: dict[str, Any]) -> dict[str, Any]:
    return {"@type": "formattedText", "text": text, "entities": list(entities)}


def entity(kind: str, offset: int, length: int, **fields: Any) -> dict[str, Any]:
    type_ = {"@type": f"textEntityType{kind}"} | fields
    return {"@type": "textEntity", "offset": offset, "length": length, "type": type_}


def content(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@type": kind} | fields


def message(number: int, text: str = "Новость 😅", **fields: Any) -> dict[str, Any]:
    sender = {"@type": "messageSenderChat", "chat_id": CHAT}
    first = {"@type": "message", "id": number << 20, "sender_id": sender, "chat_id": CHAT, "is_channel_post": True}
    last = {
        "date": UNIX,
        "edit_date": 0,
        "media_album_id": "0",
        "content": content("messageText", text=formatted(text)),
    }
    return first | last | fields


def old(number: int, **fields: Any) -> dict[str, Any]:
    """As TDLib 1.0 wrote it in 2017."""
    first = {"@type": "message", "id": number << 20, "sender_user_id": 0, "chat_id": CHAT, "date": UNIX, "views": 5}
    words = content("messageText", text="old 😅 link", entities=[entity("TextUrl", 7, 4, url="https://example.org/")])
    return first | {"edit_date": UNIX + 9, "reply_to_message_id": 0, "media_album_id": "0", "content": words} | fields


def written(value: object, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **layout).encode()


def lines(*values: object) -> bytes:
    return b"".join(written(value) + b"\n" for value in values)


def answer(*messages: object, kind: str = "messages") -> dict[str, Any]:
    return {"@type": kind, "total_count": len(messages), "messages": list(messages), "@extra": {"request_id": "5"}}


def update(value: object) -> dict[str, Any]:
    return {"@type": "updateNewMessage", "message": value}


THREE = [
    message(3),
    message(2, '},{"@type":"message","id":1048576,"content":{"@type":"messageText"'),
    message(1, "third"),
]
SERVICE = message(7, content=content("messagePinMessage", message_id=1 << 20))
UNSUPPORTED = message(7, content=content("messageUnsupported"))
LOCAL = message(7) | {"id": (7 << 20) + 2}
SCHEDULED = message(7, scheduling_state={"@type": "messageSchedulingStateSendWhenOnline"}) | {"id": (1 << 50) + 4}
SENDING = message(7, sending_state={"@type": "messageSendingStatePending"})
PRIVATE = message(7, chat_id=777)
SECRET = message(7, chat_id=-1_999_999_999_995)
BAD: list[Any] = [
    message(7) | {"id": 0},
    message(7) | {"id": -5 << 20},
    message(7) | {"id": 2**63},
    message(7) | {"id": 7},
    message(7) | {"id": "x"},
    message(7, date="yesterday"),
    message(7, date=10**15),
    message(7, chat_id=None),
    message(7, chat_id="x"),
    message(7, content=None),
    message(7, content="messageText"),
    message(7, content=content("messageText", text=formatted("a") | {"text": 5})),
    message(7, content=content("messageText", text=["a"])),
    {"@type": "chat", "id": CHAT},
    5,
]


class TestTdlib(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "a list": Case({"a.json": written(THREE, indent=4)}, posts=3, encodings=("utf-8-sig", "utf-16", "utf-32")),
        "compact": Case({"a.json": written(THREE, separators=(",", ":"))}, posts=3),
        "sorted keys": Case({"a.json": written(THREE, indent=1, sort_keys=True)}, posts=3),
        "lines": Case({"a.jsonl": lines(*THREE)}, posts=3),
        "one after the other": Case({"a.json": b"".join(map(written, THREE))}, posts=3),
        "an answer": Case({"a.json": written(answer(*THREE))}, posts=3),
        "answers in lines": Case(
            {"a.jsonl": lines(answer(THREE[0], None), answer(*THREE[1:]))}, posts=3, no_posts={NoPostKind.EMPTY: 1}
        ),
        "a search": Case({"a.json": written([answer(*THREE, kind="foundChatMessages")])}, posts=3),
        "by channel": Case({"a.json": written({"wirenews": THREE})}, posts=3),
        "updates": Case(
            {
                "a.jsonl": lines(
                    update(THREE[0]),
                    {"@type": "updateUser", "user": {"@type": "user", "id": 5}},
                    *map(update, THREE[1:]),
                )
            },
            posts=3,
            no_posts={NoPostKind.METADATA: 1},
        ),
        "of JavaScript": Case({"a.json": written(THREE).replace(b'"@type": ', b'"_": ')}, posts=3),
        "no classes of messages": Case(
            {"a.json": written([{k: v for k, v in m.items() if k != "@type"} for m in THREE])}, posts=3
        ),
        "of 2017": Case({"a.json": written([old(3), old(2)])}, posts=2),
        "no posts": Case(
            {"a.json": written([SERVICE, UNSUPPORTED, LOCAL, SCHEDULED, SENDING, PRIVATE, SECRET, None, *THREE])},
            posts=3,
            no_posts={
                NoPostKind.SERVICE: 1,
                NoPostKind.UNSUPPORTED: 1,
                NoPostKind.UNSENT: 3,
                NoPostKind.OTHER_CHAT: 2,
                NoPostKind.EMPTY: 1,
            },
        ),
        "all chats": Case({"a.json": written([PRIVATE, *THREE])}, posts=4, options=ReadOptions(chats="all")),
        "bad messages": Case({"a.json": written([THREE[0], *BAD, THREE[2]])}, posts=2, rejected=len(BAD)),
        "a broken message": Case({"a.json": written(THREE).replace(b'"third"', b"third")}, posts=2, rejected=1),
        "a broken first message": Case({"a.json": written(THREE).replace(b'"id": 3', b'"id" 3')}, posts=2, rejected=1),
        "cut": Case({"a.json": written(THREE)[:-40]}, posts=2, rejected=1, has_open_end=True),
        "cut within a character": Case(
            {
                "a.jsonl": lines(*THREE[1:], THREE[0])[
                    : -len(written(THREE[0])) + written(THREE[0]).index("😅".encode()) + 1
                ]
            },
            posts=2,
            rejected=1,
            has_open_end=True,
        ),
        "nested too deep": Case(
            {
                "a.json": written(THREE)[:-1]
                + b', {"@type": "message", "id": '
                + b"[" * 100_000
                + b"]" * 100_000
                + b"}]"
            },
            posts=3,
            rejected=1,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json": written([message(number, text) for number, text in given])}


def source(tmp_path: Path, content_: bytes, **options: Any) -> Source:
    (tmp_path / "a.json").write_bytes(content_)
    (found,) = open_sources(tmp_path / "a.json", ReadOptions(**options), io.BytesIO()).sources
    return found


def one(tmp_path: Path, record: dict[str, Any], **options: Any) -> RawPost:
    items = list(source(tmp_path, written([record]), **options).read())
    assert not rejections(items)
    (post,) = posts(items)
    return post


def test_it_is_recognised_by_content(tmp_path: Path) -> None:
    assert source(tmp_path, written(THREE)).kind == "tdlib"
    assert source(tmp_path, written(answer())).kind == "tdlib"


def test_ids_are_those_of_the_server(tmp_path: Path) -> None:
    post = one(tmp_path, message(812))
    assert (post.message_id, post.channel, post.posted_at) == (812, Channel(id=1341930464), DATE)
    assert one(tmp_path, message(812) | {"id": str(812 << 20), "chat_id": str(CHAT)}).message_id == 812


def test_an_id_that_was_divided_already_is_refused(tmp_path: Path) -> None:
    (rejected,) = rejections(list(source(tmp_path, written([message(7) | {"id": 812}])).read()))
    assert (rejected.field, "1,048,576" in rejected.message) == ("id", True)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Bold", EntityKind.BOLD),
        ("Strikethrough", EntityKind.STRIKE),
        ("PreCode", EntityKind.PRE),
        ("BlockQuote", EntityKind.BLOCKQUOTE),
        ("ExpandableBlockQuote", EntityKind.BLOCKQUOTE),
        ("EmailAddress", EntityKind.EMAIL),
        ("PhoneNumber", EntityKind.PHONE),
        ("BankCardNumber", EntityKind.BANK_CARD),
        ("MentionName", EntityKind.TEXT_MENTION),
        ("CustomEmoji", EntityKind.CUSTOM_EMOJI),
        ("BotCommand", EntityKind.BOT_COMMAND),
        ("MediaTimestamp", EntityKind.UNKNOWN),
    ],
)
def test_entities_of_texts_and_captions(tmp_path: Path, kind: str, expected: EntityKind) -> None:
    given = formatted("😅 link", entity(kind, 0, 2), entity("TextUrl", 3, 4, url="https://example.org/"))
    found = (
        TextEntity(kind=expected, start=0, end=1),
        TextEntity(kind=EntityKind.TEXT_LINK, start=2, end=6, url="https://example.org/"),
    )
    for inside in (content("messageText", text=given), content("messagePhoto", photo=None, caption=given)):
        post = one(tmp_path, message(5, content=inside))
        assert (post.text, post.entities) == ("😅 link", found)


def test_the_layout_of_2017(tmp_path: Path) -> None:
    origin = {"@type": "messageForwardedPost", "chat_id": -1001006503122, "message_id": 42 << 20, "date": UNIX}
    post = one(tmp_path, old(5, reply_to_message_id=3 << 20, forward_info=origin))
    assert post.entities == (TextEntity(kind=EntityKind.TEXT_LINK, start=6, end=10, url="https://example.org/"),)
    assert (post.text, post.counters, post.edited_at) == ("old 😅 link", Counters(is_exact=True, views=5), None)
    assert (post.reply_to, post.forward) == (
        Reply(message_id=3),
        ForwardOrigin(channel_id=1006503122, message_id=42, posted_at=DATE),
    )
    captioned = one(tmp_path, old(5, content=content("messagePhoto", photo=None, caption="words")))
    assert captioned.text == "words"


def test_an_emoji_alone_is_a_text(tmp_path: Path) -> None:
    post = one(tmp_path, message(5, content=content("messageAnimatedEmoji", emoji="🔥", animated_emoji={})))
    assert (post.text, post.media) == ("🔥", ())


def test_edits_and_albums(tmp_path: Path) -> None:
    post = one(tmp_path, message(5, edit_date=UNIX + 93, media_album_id="13456789012345678"))
    assert post.edited_at == datetime(2024, 3, 5, 10, 1, 40, tzinfo=UTC)
    assert post.album_id == 13456789012345678
    assert one(tmp_path, message(5)).album_id is None


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (
            {"@type": "messageOriginChannel", "chat_id": -1001006503122, "message_id": 42 << 20},
            ForwardOrigin(channel_id=1006503122, message_id=42, posted_at=DATE),
        ),
        (
            {"@type": "messageForwardOriginChat", "sender_chat_id": -1001006503122, "author_signature": "A"},
            ForwardOrigin(channel_id=1006503122, posted_at=DATE),
        ),
        (
            {"@type": "messageOriginHiddenUser", "sender_name": "Somebody"},
            ForwardOrigin(name="Somebody", posted_at=DATE),
        ),
        ({"@type": "messageOriginUser", "sender_user_id": 5}, ForwardOrigin(posted_at=DATE)),
        (None, ForwardOrigin(posted_at=DATE)),
    ],
)
def test_forwards(tmp_path: Path, origin: dict[str, Any] | None, expected: ForwardOrigin) -> None:
    info = {"@type": "messageForwardInfo", "origin": origin, "date": UNIX, "from_message_id": 9 << 20}
    assert one(tmp_path, message(5, forward_info=info)).forward == expected
    assert one(tmp_path, message(5, forward_info=None)).forward is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reply_to": {"@type": "messageReplyToMessage", "chat_id": CHAT, "message_id": 3 << 20}}, Reply(message_id=3)),
        ({"reply_to": {"@type": "messageReplyToMessage", "chat_id": 0, "message_id": 0}}, None),
        (
            {"reply_to": {"@type": "messageReplyToMessage", "chat_id": -1001006503122, "message_id": 3 << 20}},
            Reply(message_id=3, channel_id=1006503122),
        ),
        ({"reply_to": {"@type": "messageReplyToMessage", "chat_id": 777, "message_id": 3 << 20}}, None),
        ({"reply_to": {"@type": "messageReplyToStory", "story_poster_chat_id": CHAT, "story_id": 3}}, None),
        ({"reply_to": None}, None),
        ({"reply_in_chat_id": CHAT, "reply_to_message_id": 3 << 20}, Reply(message_id=3)),
        ({"reply_to_message_id": (3 << 20) + 1}, None),
    ],
)
def test_replies(tmp_path: Path, fields: dict[str, Any], expected: Reply | None) -> None:
    assert one(tmp_path, message(5, **fields)).reply_to == expected


def reaction(kind: str, count: int, **fields: Any) -> dict[str, Any]:
    return {"@type": "messageReaction", "type": {"@type": f"reactionType{kind}"} | fields, "total_count": count}


REACTIONS = [reaction("Emoji", 3, emoji="👍"), reaction("CustomEmoji", 2, custom_emoji_id="536"), reaction("Paid", 1)]


@pytest.mark.parametrize(
    "given", [{"@type": "messageReactions", "reactions": REACTIONS}, REACTIONS], ids=["an object", "a list"]
)
def test_counts(tmp_path: Path, given: object) -> None:
    info = {"view_count": 70, "forward_count": 0, "reply_info": {"reply_count": 4}, "reactions": given}
    assert one(tmp_path, message(5, interaction_info=info)).counters == Counters(
        is_exact=True, views=70, forwards=0, replies=4, reactions={"👍": 3, "custom:536": 2, "paid": 1}
    )


def test_counts_of_older_versions_and_of_groups(tmp_path: Path) -> None:
    named = {
        "view_count": 70,
        "forward_count": 2,
        "reply_info": None,
        "reactions": [{"reaction": "👍", "total_count": 3}],
    }
    counters = one(tmp_path, message(5, interaction_info=named)).counters
    assert counters == Counters(is_exact=True, views=70, forwards=2, reactions={"👍": 3})
    group = {"view_count": 0, "forward_count": 0, "reply_info": {"reply_count": 2}, "reactions": None}
    assert one(tmp_path, message(5, interaction_info=group)).counters == Counters(is_exact=True, replies=2)
    assert one(tmp_path, message(5, interaction_info=None)).counters is None


FILE_ID = 0x0123456789ABCDEF


def file(size: int, number: int | None = None) -> dict[str, Any]:
    """``unique_id`` holds the id of a document, three zeros in its head as their number."""
    unique = "AQADx" if number is None else base64.urlsafe_b64encode(b"\2\0\3" + number.to_bytes(8, "little")).decode()
    return {"@type": "file", "size": size, "local": {"path": "/home/a/b"}, "remote": {"unique_id": unique.rstrip("=")}}


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (
            "messagePhoto",
            {
                "photo": {
                    "sizes": [
                        {"type": "m", "width": 320, "height": 200, "photo": file(900)},
                        {"type": "y", "width": 1280, "height": 800, "photo": file(90_000)},
                    ]
                }
            },
            Media(kind=MediaKind.PHOTO, mime_type="image/jpeg", size_bytes=90_000, width_px=1280, height_px=800),
        ),
        (
            "messageVideo",
            {
                "video": {
                    "duration": 12,
                    "width": 640,
                    "height": 0,
                    "file_name": "a.mp4",
                    "mime_type": "video/mp4",
                    "video": file(0, FILE_ID),
                }
            },
            Media(
                kind=MediaKind.VIDEO,
                id=str(FILE_ID),
                mime_type="video/mp4",
                file_name="a.mp4",
                width_px=640,
                duration_s=12,
            ),
        ),
        (
            "messageVideoNote",
            {"video_note": {"duration": 3, "length": 240, "video": file(5)}},
            Media(kind=MediaKind.VIDEO_NOTE, size_bytes=5, width_px=240, height_px=240, duration_s=3),
        ),
        (
            "messageVoiceNote",
            {"voice_note": {"duration": 3, "mime_type": "audio/ogg", "voice": file(5)}},
            Media(kind=MediaKind.VOICE, mime_type="audio/ogg", size_bytes=5, duration_s=3),
        ),
        (
            "messageDocument",
            {"document": {"file_name": "a.pdf", "mime_type": "application/pdf", "document": file(5)}},
            Media(kind=MediaKind.DOCUMENT, file_name="a.pdf", mime_type="application/pdf", size_bytes=5),
        ),
        (
            "messageSticker",
            {"sticker": {"width": 512, "height": 512}},
            Media(kind=MediaKind.STICKER, width_px=512, height_px=512),
        ),
        ("messageExpiredPhoto", {}, Media(kind=MediaKind.PHOTO)),
        ("messageContact", {"contact": {"phone_number": "+380"}}, Media(kind=MediaKind.CONTACT)),
        ("messageVenue", {"venue": {}}, Media(kind=MediaKind.LOCATION)),
        ("messageDice", {"emoji": "🎲", "value": 3}, Media(kind=MediaKind.OTHER)),
        ("messageOfTheFuture", {"caption": formatted("words")}, Media(kind=MediaKind.OTHER)),
    ],
)
def test_media(tmp_path: Path, kind: str, fields: dict[str, Any], expected: Media) -> None:
    assert one(tmp_path, message(5, content=content(kind, **fields))).media == (expected,)


def test_previews_and_paid_media(tmp_path: Path) -> None:
    for name in ("link_preview", "web_page"):
        page = content("messageText", text=formatted("a"), **{name: {"url": "https://example.org/"}})
        assert one(tmp_path, message(5, content=page)).media == (Media(kind=MediaKind.WEB_PAGE),)
    paid = [{"@type": "paidMediaPreview", "width": 5}, {"@type": "paidMediaVideo", "video": {"video": file(5)}}]
    post = one(tmp_path, message(5, content=content("messagePaidMedia", media=paid, caption=formatted("words"))))
    assert [each.kind for each in post.media] == [MediaKind.OTHER, MediaKind.VIDEO]


@pytest.mark.parametrize("as_text", [lambda words: words, formatted], ids=["a string", "a formattedText"])
@pytest.mark.parametrize("votes", [(3, 1), (0, 0)], ids=["seen", "hidden"])
def test_polls(tmp_path: Path, as_text: Any, votes: tuple[int, int]) -> None:
    options = [{"text": as_text(text), "voter_count": count} for text, count in zip(("Yes", "No"), votes, strict=True)]
    poll = {"id": "77", "question": as_text("Rain?"), "options": options, "total_voter_count": 4, "is_closed": True}
    given = content("messagePoll", poll=poll | {"type": {"@type": "pollTypeQuiz"}}, description=formatted("words"))
    post = one(tmp_path, message(5, content=given))
    yes, no = votes if any(votes) else (None, None)
    answers = (PollAnswer(text="Yes", voters=yes), PollAnswer(text="No", voters=no))
    record = Poll(question="Rain?", answers=answers, is_quiz=True, is_closed=True, voters=4)
    assert (post.text, post.media) == ("words", (Media(kind=MediaKind.POLL, id="77", poll=record),))


def test_chats_beside_the_messages_name_the_channel(tmp_path: Path) -> None:
    chat = {"@type": "chat", "id": CHAT, "title": "Wire News"}
    group = {"@type": "supergroup", "id": 1341930464, "usernames": {"active_usernames": ["wirenews"]}}
    expected = Channel(id=1341930464, username="wirenews", title="Wire News")
    for value in ({"chat": chat, "info": group, "messages": THREE}, {"chats": [chat, group], "messages": THREE}):
        assert posts(list(source(tmp_path, written(value)).read()))[0].channel == expected
    log = lines(
        {"@type": "updateSupergroup", "supergroup": group}, {"@type": "updateNewChat", "chat": chat}, update(THREE[0])
    )
    assert posts(list(source(tmp_path, log).read()))[0].channel == expected


def test_what_a_log_of_updates_leaves_out_is_said(tmp_path: Path) -> None:
    gone = {"@type": "updateDeleteMessages", "chat_id": CHAT, "message_ids": [3 << 20], "is_permanent": True}
    found = source(tmp_path, lines(update(THREE[0]), gone))
    assert len(posts(list(found.read()))) == 1
    assert any("deletions" in remark for remark in found.warnings)
