"""Dumps of Telethon's messages, of every layout, and the Pushshift data set."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.sources import NoPost, ReadOptions, Source, open_sources
from ingest.sources.base import NoPostKind
from ingest.sources.containers.zstd_library import zstd
from schemas import Channel, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity
from schemas.raw import Poll, PollAnswer
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

CHANNEL = 1341930464
PEER = {"_": "PeerChannel", "channel_id": CHANNEL}


def message(number: int, text: str = "Новость 😅", **fields: Any) -> dict[str, Any]:
    first = {"_": "Message", "id": number, "peer_id": PEER, "date": "2024-03-05T10:00:07+00:00", "message": text}
    return first | fields


def dump(value: object, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **layout).encode()


def lines(*values: object, **layout: Any) -> bytes:
    return b"\n".join(dump(value, **layout) for value in values) + b"\n"


SERVICE = {"_": "MessageService", "id": 7, "peer_id": PEER, "action": {"_": "MessageActionPinMessage"}}
EMPTY = {"_": "MessageEmpty", "id": 6, "peer_id": PEER}
FRAMED_TEXT = '}, {"_": "Message", "id": 1, "peer_id": {"_": "PeerChannel", "channel_id": 1}}], "messages": [{'
THREE = [message(3), message(2, FRAMED_TEXT), message(1, "third")]
CHATS = [{"_": "Channel", "id": CHANNEL, "title": "Wire News", "username": "wirenews"}]
ANSWER = {"_": "ChannelMessages", "pts": 5, "count": 3, "messages": THREE, "chats": CHATS, "users": []}
LATER = ANSWER | {"messages": [message(6), message(5), message(4)]}
BAD: list[Any] = [
    message(0),
    message(-5),
    message(2**63),
    message(9) | {"id": "abc"},
    message(9, date="yesterday"),
    message(9, date=[2024]),
    message(9, date=1e25),
    message(9) | {"message": {"text": "x"}},
    message(9) | {"peer_id": {"_": "PeerChannel", "channel_id": -7}},
    message(9) | {"peer_id": {"_": "PeerChannel", "channel_id": "x"}},
    "no object",
    {"_": "UpdateNewMessage", "id": 9},
]
KINDS = {NoPostKind.SERVICE: 1, NoPostKind.EMPTY: 1, NoPostKind.OTHER_CHAT: 2}
WHOLE = dump(THREE)
DEEP = b"[" + dump(message(3)) + b', {"_": "Message", "id": 2, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]"


class TestTelethon(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "a list": Case({"a.json": WHOLE}, posts=3, encodings=("utf-8-sig", "utf-16", "utf-16-be", "utf-32")),
        "compact": Case({"a.json": dump(THREE, separators=(",", ":"))}, posts=3),
        "indented": Case({"a.json": dump(THREE, indent=4)}, posts=3),
        "sorted keys": Case({"a.json": dump(THREE, sort_keys=True)}, posts=3),
        "lines": Case({"a.jsonl": lines(*THREE)}, posts=3),
        "lines, the last one open": Case({"a.jsonl": lines(*THREE)[:-1]}, posts=3),
        "indented, one after the other": Case({"a.json": lines(*THREE, indent=2)}, posts=3),
        "by channel": Case({"a.json": dump({"wirenews": THREE[:2], "@other": THREE[2:]})}, posts=3),
        "by channel, in an object": Case({"a.json": dump({"wirenews": {"count": 3, "messages": THREE}})}, posts=3),
        "an answer with chats": Case({"a.json": dump(ANSWER)}, posts=3),
        "answers in a list": Case({"a.json": dump([ANSWER, LATER], indent=1)}, posts=6),
        "answers in lines": Case({"a.jsonl": lines(ANSWER, LATER)}, posts=6),
        "lists of lists": Case({"a.json": dump([THREE[:2], THREE[2:]])}, posts=3),
        "descriptions among lines": Case({"a.jsonl": lines(CHATS[0], *THREE)}, posts=3),
        "no class names": Case({"a.json": dump([{k: v for k, v in m.items() if k != "_"} for m in THREE])}, posts=3),
        "no posts": Case(
            {
                "a.json": dump(
                    [
                        SERVICE,
                        EMPTY,
                        message(5) | {"peer_id": {"_": "PeerUser", "user_id": 5}},
                        message(4) | {"peer_id": {"_": "PeerChat", "chat_id": 5}},
                        *THREE,
                    ]
                )
            },
            posts=3,
            no_posts=KINDS,
        ),
        "all chats": Case(
            {"a.json": dump([message(4) | {"peer_id": {"_": "PeerChat", "chat_id": 5}}, *THREE])},
            posts=4,
            options=ReadOptions(chats="all"),
        ),
        "bad messages": Case({"a.json": dump([THREE[0], *BAD, THREE[2]])}, posts=2, rejected=len(BAD)),
        "messages that are gone": Case(
            {"a.json": dump([None, THREE[0], None, THREE[1], None, None, THREE[2]])},
            posts=3,
            no_posts={NoPostKind.EMPTY: 4},
        ),
        "a broken message": Case({"a.json": WHOLE.replace(b'"third"', b"third")}, posts=2, rejected=1),
        "invalid UTF-8": Case({"a.json": WHOLE.replace(b"third", b"\xe9\xe8")}, posts=2, rejected=1),
        "a frame that breaks off": Case(
            {"a.json": b'{"count": 3, oops, "messages": ' + WHOLE + b"}"}, posts=3, rejected=1
        ),
        "frames 20 deep": Case({"a.json": b'{"a": [' * 20 + WHOLE + b"]}" * 20}, rejected=1),
        "100,000 deep": Case({"a.json": DEEP}, posts=1, rejected=1),
        "cut": Case({"a.json": WHOLE[:-30]}, posts=2, rejected=1, has_open_end=True),
        "cut within a character": Case(
            {"a.json": dump([THREE[2], THREE[0]]).partition(b"\x98\x85")[0]}, posts=1, rejected=1, has_open_end=True
        ),
        "cut in the frame": Case({"a.json": dump(ANSWER)[:-20]}, posts=3, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json": dump([message(number, text) for number, text in given])}


def read(tmp_path: Path, content: bytes, name: str = "a.json", **options: Any) -> list[RawPost]:
    items = list(source(tmp_path, content, name, **options).read())
    assert not rejections(items)
    return posts(items)


def source(tmp_path: Path, content: bytes, name: str = "a.json", **options: Any) -> Source:
    (tmp_path / name).write_bytes(content)
    (found,) = open_sources(tmp_path / name, ReadOptions(**options), io.BytesIO()).sources
    return found


def one(tmp_path: Path, **fields: Any) -> RawPost:
    (post,) = read(tmp_path, dump([message(5) | fields]))
    return post


@pytest.mark.parametrize(
    ("content", "channel"),
    [
        (dump(ANSWER), Channel(id=CHANNEL, username="wirenews", title="Wire News")),
        (lines(ANSWER), Channel(id=CHANNEL, username="wirenews", title="Wire News")),
        (lines(CHATS[0], *THREE), Channel(id=CHANNEL, username="wirenews", title="Wire News")),
        (dump({"@WireNews": THREE}), Channel(id=CHANNEL, username="WireNews")),
        (dump({"https://t.me/wirenews": THREE}), Channel(id=CHANNEL, username="wirenews")),
        (dump({"Wire News": THREE}), Channel(id=CHANNEL, title="Wire News")),
        (dump({"messages": THREE}), Channel(id=CHANNEL)),
        (dump([{**m, "peer_id": None, "to_id": PEER} for m in THREE]), Channel(id=CHANNEL)),
        (dump([{**m, "peer_id": f"PeerChannel(channel_id={CHANNEL})"} for m in THREE]), Channel(id=CHANNEL)),
        (dump([{**m, "peer_id": -1000000000000 - CHANNEL} for m in THREE]), Channel(id=CHANNEL)),
    ],
)
def test_channels_are_named_by_what_is_around_the_messages(tmp_path: Path, content: bytes, channel: Channel) -> None:
    assert {post.channel for post in read(tmp_path, content)} == {channel}


def test_each_list_has_the_channel_that_it_is_filed_under(tmp_path: Path) -> None:
    nameless = {key: value for key, value in message(5).items() if key != "peer_id"}
    first, second = read(tmp_path, dump({"-1001341930464": [{**nameless, "to_id": None}], "Other": [message(6)]}))
    assert first.channel == Channel(id=CHANNEL)
    assert second.channel == Channel(id=CHANNEL, title="Other")


def test_the_id_in_the_file_name_is_used_where_messages_have_none(tmp_path: Path) -> None:
    (post,) = read(tmp_path, dump([message(5) | {"peer_id": None}]), "1001341930464_messages.json")
    assert post.channel == Channel(id=CHANNEL)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2022-08-12T11:03:15+00:00", datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        ("2022-08-12 11:03:15+00:00", datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        ("2022-08-12T14:03:15+03:00", datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        ("2022-08-12 11:03:15", datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        (1660302195, datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        (1660302195.0, datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        (1660302195000, datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        ("1660302195", datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)),
        (None, None),
        ("", None),
        ("1970-01-01T00:00:00+00:00", None),
    ],
)
def test_dates_of_every_way_of_writing_are_utc(tmp_path: Path, written: object, moment: datetime | None) -> None:
    assert one(tmp_path, date=written).posted_at == moment


def test_an_edit_that_is_hidden_is_none(tmp_path: Path) -> None:
    edited = "2024-03-05T11:00:00+00:00"
    assert one(tmp_path, edit_date=edited).edited_at == datetime(2024, 3, 5, 11, tzinfo=UTC)
    assert one(tmp_path, edit_date=edited, edit_hide=True).edited_at is None


def test_entities_count_code_points(tmp_path: Path) -> None:
    given = [
        {"_": "MessageEntityBold", "offset": 0, "length": 2},
        {"_": "MessageEntityTextUrl", "offset": 3, "length": 4, "url": "https://example.org/"},
        {"_": "InputMessageEntityMentionName", "offset": 3, "length": 4, "user_id": 5},
        {"_": "MessageEntityOfTomorrow", "offset": 6, "length": 100},
        {"_": "MessageEntityItalic", "offset": "x", "length": 4},
        "none",
    ]
    assert one(tmp_path, message="😅 link", entities=given).entities == (
        TextEntity(kind=EntityKind.BOLD, start=0, end=1),
        TextEntity(kind=EntityKind.TEXT_LINK, start=2, end=6, url="https://example.org/"),
        TextEntity(kind=EntityKind.TEXT_MENTION, start=2, end=6),
        TextEntity(kind=EntityKind.UNKNOWN, start=5, end=6),
    )


def test_counters_are_null_where_they_are_not_shown(tmp_path: Path) -> None:
    nothing = one(tmp_path).counters
    assert nothing is not None
    assert nothing.model_dump(exclude_none=True) == {}
    results = [
        {"_": "ReactionCount", "reaction": {"_": "ReactionEmoji", "emoticon": "👍"}, "count": 3},
        {"_": "ReactionCount", "reaction": {"_": "ReactionCustomEmoji", "document_id": 55}, "count": 2},
        {"_": "ReactionCount", "reaction": {"_": "ReactionPaid"}, "count": 9},
        {"_": "ReactionCount", "reaction": "❤", "count": 1},
        {"_": "ReactionCount", "reaction": {"_": "ReactionEmpty"}, "count": 1},
    ]
    counters = one(
        tmp_path,
        views=12,
        forwards=0,
        replies={"_": "MessageReplies", "replies": 4, "recent_repliers": [{"user_id": 5}]},
        reactions={"_": "MessageReactions", "results": results, "recent_reactions": [{"peer_id": 5}]},
    ).counters
    assert counters is not None
    assert (counters.views, counters.forwards, counters.replies) == (12, 0, 4)
    assert counters.reactions == {"👍": 3, "custom:55": 2, "paid": 9, "❤": 1}


ORIGIN = {"_": "PeerChannel", "channel_id": 1006503122}
DATE = datetime(2024, 3, 4, 9, 0, 1, tzinfo=UTC)
WRITTEN = "2024-03-04T09:00:01+00:00"


@pytest.mark.parametrize(
    ("header", "origin"),
    [
        (
            {"from_id": ORIGIN, "channel_post": 42, "date": WRITTEN},
            ForwardOrigin(channel_id=1006503122, message_id=42, posted_at=DATE),
        ),
        (
            {"channel_id": 1006503122, "from_id": 77, "channel_post": 42, "date": WRITTEN},
            ForwardOrigin(channel_id=1006503122, message_id=42, posted_at=DATE),
        ),
        ({"from_id": {"_": "PeerUser", "user_id": 77}, "date": WRITTEN}, ForwardOrigin(posted_at=DATE)),
        ({"from_id": 77, "date": WRITTEN}, ForwardOrigin(posted_at=DATE)),
        ({"from_name": "Hidden", "date": WRITTEN}, ForwardOrigin(name="Hidden", posted_at=DATE)),
        (
            {"saved_from_peer": ORIGIN, "saved_from_msg_id": 41, "date": "nonsense"},
            ForwardOrigin(channel_id=1006503122, message_id=41),
        ),
    ],
)
def test_forwards_of_both_layouts(tmp_path: Path, header: dict[str, Any], origin: ForwardOrigin) -> None:
    assert one(tmp_path, fwd_from={"_": "MessageFwdHeader", **header}).forward == origin


def test_a_forward_has_the_names_of_its_channel(tmp_path: Path) -> None:
    chats = [
        *CHATS,
        {"_": "Channel", "id": 1006503122, "title": "Origin", "usernames": [{"username": "orig", "active": 1}]},
    ]
    forwarded = message(5, fwd_from={"from_id": ORIGIN, "channel_post": 42})
    (post,) = read(tmp_path, dump({"messages": [forwarded], "chats": chats}))
    assert post.forward == ForwardOrigin(
        channel_id=1006503122, channel_username="orig", message_id=42, name="Origin", posted_at=None
    )


@pytest.mark.parametrize(
    ("fields", "reply"),
    [
        ({"reply_to": {"_": "MessageReplyHeader", "reply_to_msg_id": 3}}, Reply(message_id=3)),
        ({"reply_to_msg_id": 3}, Reply(message_id=3)),
        ({"reply_to": {"reply_to_msg_id": 3, "reply_to_peer_id": ORIGIN}}, Reply(message_id=3, channel_id=1006503122)),
        ({"reply_to": {"reply_to_msg_id": 3, "reply_to_peer_id": PEER}}, Reply(message_id=3)),
        ({"reply_to": {"reply_to_msg_id": 3, "reply_to_peer_id": {"_": "PeerUser", "user_id": 3}}}, None),
        ({"reply_to": {"reply_to_msg_id": 3, "forum_topic": True}}, None),
        ({"reply_to": {"reply_to_msg_id": 9, "forum_topic": True, "reply_to_top_id": 3}}, Reply(message_id=9)),
        ({"reply_to": {"_": "MessageReplyStoryHeader", "story_id": 3}}, None),
        ({"reply_to": None}, None),
    ],
)
def test_replies_of_both_layouts(tmp_path: Path, fields: dict[str, Any], reply: Reply | None) -> None:
    assert one(tmp_path, **fields).reply_to == reply


def document(*attributes: dict[str, Any]) -> dict[str, Any]:
    file = {"_": "Document", "id": 5368324170671202286, "mime_type": "video/mp4", "size": 1048576}
    return {"_": "MessageMediaDocument", "document": {**file, "attributes": list(attributes)}}


VIDEO = {"_": "DocumentAttributeVideo", "duration": 12.5, "w": 1280, "h": 720}
SIZES = [
    {"_": "PhotoStrippedSize", "bytes": "AQ=="},
    {"_": "PhotoSize", "w": 90, "h": 60, "size": 1000},
    {"_": "PhotoSizeProgressive", "w": 1280, "h": 853, "sizes": [9000, 25000, 90000]},
]


@pytest.mark.parametrize(
    ("media", "found"),
    [
        (
            {"_": "MessageMediaPhoto", "photo": {"_": "Photo", "id": 77, "sizes": SIZES}},
            (
                Media(
                    kind=MediaKind.PHOTO,
                    id="77",
                    mime_type="image/jpeg",
                    size_bytes=90000,
                    width_px=1280,
                    height_px=853,
                ),
            ),
        ),
        ({"_": "MessageMediaPhoto"}, (Media(kind=MediaKind.PHOTO),)),
        (
            document(VIDEO, {"_": "DocumentAttributeFilename", "file_name": "a.mp4"}),
            (
                Media(
                    kind=MediaKind.VIDEO,
                    id="5368324170671202286",
                    mime_type="video/mp4",
                    file_name="a.mp4",
                    size_bytes=1048576,
                    width_px=1280,
                    height_px=720,
                    duration_s=12.5,
                ),
            ),
        ),
        ({"_": "MessageMediaDocument", "voice": True}, (Media(kind=MediaKind.VOICE),)),
        ({"_": "MessageMediaWebPage", "webpage": {"_": "WebPage", "id": 5}}, (Media(kind=MediaKind.WEB_PAGE),)),
        ({"_": "MessageMediaWebPage", "webpage": {"_": "WebPageEmpty", "id": 5}}, ()),
        ({"_": "MessageMediaGeo", "geo": {"lat": 1, "long": 2}}, (Media(kind=MediaKind.LOCATION),)),
        ({"_": "MessageMediaContact", "phone_number": "+1"}, (Media(kind=MediaKind.CONTACT),)),
        ({"_": "MessageMediaOfTomorrow"}, (Media(kind=MediaKind.OTHER),)),
        ({"_": "MessageMediaEmpty"}, ()),
        ("MessageMediaPhoto(photo=Photo(id=5))", (Media(kind=MediaKind.PHOTO),)),
        (
            {
                "_": "MessageMediaPaidMedia",
                "extended_media": [
                    {"_": "MessageExtendedMedia", "media": {"_": "MessageMediaPhoto"}},
                    {"_": "MessageExtendedMediaPreview", "w": 10, "h": 20},
                ],
            },
            (Media(kind=MediaKind.PHOTO), Media(kind=MediaKind.OTHER, width_px=10, height_px=20)),
        ),
        ("nonsense" * 3, (Media(kind=MediaKind.OTHER),)),
        ([1], ()),
    ],
)
def test_media(tmp_path: Path, media: object, found: tuple[Media, ...]) -> None:
    assert one(tmp_path, media=media).media == found


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ([], MediaKind.DOCUMENT),
        ([{**VIDEO, "round_message": True}], MediaKind.VIDEO_NOTE),
        ([VIDEO, {"_": "DocumentAttributeAnimated"}], MediaKind.ANIMATION),
        ([VIDEO, {"_": "DocumentAttributeSticker"}], MediaKind.STICKER),
        ([{"_": "DocumentAttributeAudio", "duration": 5, "voice": True}], MediaKind.VOICE),
        ([{"_": "DocumentAttributeAudio", "duration": 5}], MediaKind.AUDIO),
    ],
)
def test_kinds_of_documents(tmp_path: Path, attributes: list[dict[str, Any]], kind: MediaKind) -> None:
    assert [media.kind for media in one(tmp_path, media=document(*attributes)).media] == [kind]


@pytest.mark.parametrize("option", [[48], "MA==", "b'0'"])
@pytest.mark.parametrize("is_new", [True, False])
def test_polls_of_both_layouts(tmp_path: Path, option: object, is_new: bool) -> None:
    def words(text: str) -> object:
        return {"_": "TextWithEntities", "text": text, "entities": []} if is_new else text

    answers = [{"text": words("Yes"), "option": option}, {"text": words("No"), "option": "other"}]
    poll = {"_": "Poll", "id": 31, "question": words("Rain?"), "answers": answers, "closed": True, "quiz": None}
    results = {"results": [{"option": option, "voters": 30}], "total_voters": 40}
    (media,) = one(tmp_path, media={"_": "MessageMediaPoll", "poll": poll, "results": results}).media
    assert media == Media(
        kind=MediaKind.POLL,
        id="31",
        poll=Poll(
            question="Rain?",
            answers=(PollAnswer(text="Yes", voters=30), PollAnswer(text="No")),
            is_closed=True,
            voters=40,
        ),
    )


def test_parts_of_an_album_have_its_id(tmp_path: Path) -> None:
    assert one(tmp_path, grouped_id=13_000_000_000_000_001).album_id == 13_000_000_000_000_001
    assert one(tmp_path, grouped_id="13000000000000001").album_id == 13_000_000_000_000_001
    assert one(tmp_path, grouped_id=None).album_id is None


def test_captions_of_old_layouts_are_the_text(tmp_path: Path) -> None:
    media = {"_": "MessageMediaPhoto", "caption": "Подпись"}
    assert one(tmp_path, message="", media=media).text == "Подпись"


def test_a_rich_message_without_a_plain_form_is_said(tmp_path: Path) -> None:
    found = source(tmp_path, dump([message(5, "", rich_message={"_": "RichMessage", "blocks": []})]))
    assert [item.entry for item in found.read()] == [NoPost(NoPostKind.EMPTY)]
    assert any("rich messages" in warning for warning in found.warnings)


def test_markdown_is_read_on_demand(tmp_path: Path) -> None:
    content = dump([message(5, "**Важно** [тут](https://example.org/)")])
    assert read(tmp_path, content)[0].text == "**Важно** [тут](https://example.org/)"
    (post,) = read(tmp_path, content, is_markdown=True)
    assert post.text == "Важно тут"
    assert post.entities == (
        TextEntity(kind=EntityKind.BOLD, start=0, end=5),
        TextEntity(kind=EntityKind.TEXT_LINK, start=6, end=9, url="https://example.org/"),
    )


def test_half_a_surrogate_pair_does_no_harm(tmp_path: Path) -> None:
    content = dump([message(5, "PLACE")]).replace(b"PLACE", rb"a\ud83d b")
    assert read(tmp_path, content)[0].text == "a\ufffd b"


def test_a_rejection_names_record_byte_and_field(tmp_path: Path) -> None:
    found = source(tmp_path, dump({"wirenews": [message(3), message(2, date="x")]}))
    (rejected,) = rejections(list(found.read()))
    assert (rejected.record, rejected.field) == (2, "date")
    assert (tmp_path / "a.json").read_bytes()[rejected.offset :].startswith(b'{"_": "Message", "id": 2')


def test_a_long_list_beside_the_messages_is_passed_over(tmp_path: Path) -> None:
    users = [{"_": "User", "id": number, "first_name": "x" * 500} for number in range(500)]
    assert len(read(tmp_path, dump({"_": "ChannelMessages", "users": users, "messages": THREE}))) == 3


def test_the_payload_is_kept_on_demand(tmp_path: Path) -> None:
    (post,) = read(tmp_path, dump([message(5)]), keeps_original=True)
    assert post.original == message(5)


OLD = [
    {
        "_": "Message",
        "id": number,
        "to_id": PEER,
        "date": 1_550_000_000 + number,
        "message": f"old {number}",
        "views": 10 * number,
        "retrieved_utc": 1_571_000_000,
    }
    for number in (3, 2, 1)
]
LISTED = {"_": "Channel", "id": CHANNEL, "title": "Wire News", "username": "wirenews", "retrieved_utc": 1_571_000_000}
ACCOUNT = {"_": "User", "id": 5, "first_name": "A", "retrieved_utc": 1_571_000_000}


class TestPushshift(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "compressed": Case(
            {"messages.ndjson.zst": zstd.compress(lines(*OLD)), "channels.ndjson.zst": zstd.compress(lines(LISTED))},
            posts=3,
        ),
        "unpacked": Case({"messages.ndjson": lines(*OLD), "channels.ndjson": lines(LISTED)}, posts=3),
        "without channels": Case({"messages.ndjson": lines(*OLD, SERVICE)}, posts=3, no_posts={NoPostKind.SERVICE: 1}),
        "a broken line": Case({"messages.ndjson": lines(*OLD).replace(b'"old 2"', b"old")}, posts=2, rejected=1),
        "cut": Case({"messages.ndjson": lines(*OLD)[:-40]}, posts=2, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"messages.ndjson": lines(*(OLD[0] | {"id": number, "message": text} for number, text in given))}

    @pytest.mark.parametrize("name", ["{}.ndjson.zst", "telegram_{}_2019.ndjson.zst"])
    def test_names_come_from_the_channels_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name.format("channels")).write_bytes(zstd.compress(lines(LISTED)))
        first, *_ = read(tmp_path, zstd.compress(lines(*OLD)), name.format("messages"))
        assert first.channel == Channel(id=CHANNEL, username="wirenews", title="Wire News")
        assert first.source.kind == "pushshift"
        assert first.posted_at == datetime(2019, 2, 12, 19, 33, 23, tzinfo=UTC)

    def test_views_are_as_of_the_retrieval(self, tmp_path: Path) -> None:
        first, *_ = read(tmp_path, lines(*OLD), "messages.ndjson")
        assert first.counters is not None
        assert first.counters.observed_at == datetime(2019, 10, 13, 20, 53, 20, tzinfo=UTC)
        assert first.counters.views == 30

    def test_companions_are_passed_over_with_a_word(self, tmp_path: Path) -> None:
        (tmp_path / "messages.ndjson").write_bytes(lines(*OLD))
        (tmp_path / "channels.ndjson").write_bytes(lines(LISTED))
        (tmp_path / "accounts.ndjson").write_bytes(lines(ACCOUNT))
        found = open_sources(tmp_path, ReadOptions(), io.BytesIO())
        assert [each.kind for each in found.sources] == ["pushshift"]
        assert {each.name.rpartition("/")[2]: each.reason for each in found.skipped} == {
            "channels.ndjson": "channels of the Pushshift data set",
            "accounts.ndjson": "accounts of the Pushshift data set",
        }
        assert all(each.is_expected for each in found.skipped)


@pytest.mark.parametrize(
    "content",
    [
        dump([{"id": 1, "message": '{"_": "Message", "peer_id": 5}', "date": 5}]),
        dump({"id": 5, "messages": [{"id": 1, "type": "message", "file": ""}]}),
        dump([{"_type": "Message", "id": 1, "peer_id": PEER, "message_markdown": "x"}]),
        dump([{"_": "Message", "id": 1, "chat": {"_": "Chat", "id": -1001341930464}}]),
    ],
)
def test_look_alikes_are_left_to_others(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    (tmp_path / "b.json").write_bytes(WHOLE)
    kinds = {each.name: each.kind for each in open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources}
    assert kinds.pop(f"{tmp_path.name}/b.json") == "telethon"
    assert kinds.get(f"{tmp_path.name}/a.json") != "telethon"


def test_service_messages_are_counted_not_lost(tmp_path: Path) -> None:
    items = list(source(tmp_path, dump([SERVICE, EMPTY, *THREE])).read())
    assert [item.entry.kind for item in items if isinstance(item.entry, NoPost)] == [
        NoPostKind.SERVICE,
        NoPostKind.EMPTY,
    ]
