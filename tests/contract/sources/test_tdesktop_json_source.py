"""``result.json`` of Telegram Desktop."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from ingest.sources import NoPost, NoPostKind, Source, open_sources
from ingest.sources.containers.disk_file import PlainFile
from ingest.sources.containers.expand import Unpacked, read_head
from ingest.sources.detect import sample_of
from ingest.sources.known_formats import FORMATS
from ingest.sources.options import GivenChannel, ReadOptions
from schemas import Channel, EntityKind, ForwardOrigin, Media, MediaKind, PollAnswer, RawPost, Reply, TextEntity
from schemas.keys import SYNTHETIC_BASE
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

PLACEHOLDER = "(File not included. Change data exporting settings to download.)"
FRAME_LIKE = '\n  },\n  {\n   "id": 77,\n "messages": [{"id": 78}], },{"id":79'


def message(id_: Any, text: Any = "Новость", **fields: Any) -> dict[str, Any]:
    """As the exporter of 2023 writes it."""
    return {
        "id": id_,
        "type": "message",
        "date": "2022-08-09T17:38:27",
        "date_unixtime": "1660055907",
        "from": "ЧП",
        "from_id": "channel1088459257",
        **fields,
        "text": text,
    }


def service(id_: int, action: str = "pin_message") -> dict[str, Any]:
    return {
        "id": id_,
        "type": "service",
        "date": "2022-08-09T17:38:27",
        "date_unixtime": "1660055907",
        "actor": "ЧП",
        "actor_id": "channel1088459257",
        "action": action,
        "text": "",
        "text_entities": [],
    }


def chat(messages: list[Any], type_: Any = "public_channel", id_: Any = 1088459257, **head: Any) -> dict[str, Any]:
    return {"name": "ЧП", "type": type_, "id": id_, **head, "messages": messages}


def full_export(*chats: dict[str, Any], left: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 1, "bio": 'says "messages": [{"id": 5, "type": "message"}]'},
        "profile_pictures": [{"date": "2020-01-01T00:00:00", "photo": "x"}],
        "contacts": {"about": "x", "list": [{"first_name": "Ann", "messages": [message(5)]}]},
        "other_data": {"messages": [message(6)], "list": [message(7)]},
        "chats": {"about": "x", "list": list(chats)},
        "left_chats": {"about": "x", "list": list(left)},
    }


def write(value: Any, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **(layout or {"indent": 1})).encode()


def old(id_: int, text: Any = "old", from_id: Any = 4_348_007_839, **fields: Any) -> dict[str, Any]:
    """As exporters of 2018 to 2020 write it."""
    return {
        "id": id_,
        "type": "message",
        "date": "2019-05-02T11:08:55",
        "edited": "1970-01-01T03:00:00",
        "from": "ЧП",
        "from_id": from_id,
        **fields,
        "text": text,
    }


MESSAGES = [
    service(1, "create_channel"),
    message(2, FRAME_LIKE),
    message(3),
    {"id": 4, "type": "unsupported"},
    message(5),
]
COUNTED = {NoPostKind.SERVICE: 1, NoPostKind.UNSUPPORTED: 1}
PERSONAL = chat([message(900, from_id="user5")], "personal_chat", 5, name="Ann")
SAVED = {"type": "saved_messages", "id": 5, "messages": [message(901, from_id="user5")]}
GROUP = chat([message(902, from_id="user5")], "private_supergroup", 777, name="Group")
BAD = [
    message(0),
    message(-5),
    message(2**63),
    message("x"),
    message(None),
    message(True),
    message(1.5),
    message(11, date_unixtime="1000000000000000"),
    message(12, date_unixtime={}),
    message(13, 5),
    message(14, [5]),
    message(15, [{"type": "bold"}]),
    {**message(16), "type": 5},
    5,
    "text",
    [],
]
WHOLE = write(chat(MESSAGES))
ALL = ReadOptions(chats="all")
JOINED = ReadOptions(joins_albums=True)
PHOTO = {"photo": PLACEHOLDER, "width": 10, "height": 20}
ALBUM = [
    message(20, "", **PHOTO),
    message(21, "caption", **PHOTO),
    message(22, "", **PHOTO),
    message(23, "other", **PHOTO),
]


def broken(content: bytes, old_: bytes, new: bytes) -> bytes:
    assert old_ in content
    return content.replace(old_, new, 1)


class TestTdesktopJson(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "one space": Case(
            {"result.json": WHOLE}, posts=3, no_posts=COUNTED, encodings=("utf-8-sig", "utf-16", "utf-16-le", "utf-32")
        ),
        "four spaces": Case({"result.json": write(chat(MESSAGES), indent=4)}, posts=3, no_posts=COUNTED),
        "tabs and CRLF": Case(
            {"result.json": write(chat(MESSAGES), indent="\t").replace(b"\n", b"\r\n")}, posts=3, no_posts=COUNTED
        ),
        "compact": Case({"result.json": write(chat(MESSAGES), separators=(",", ":"))}, posts=3, no_posts=COUNTED),
        "spaced": Case({"result.json": write(chat(MESSAGES), separators=(", ", ": "))}, posts=3, no_posts=COUNTED),
        "sorted": Case({"result.json": write(chat(MESSAGES), indent=2, sort_keys=True)}, posts=3, no_posts=COUNTED),
        "sorted full export": Case(
            {"result.json": write(full_export(PERSONAL, chat(MESSAGES), SAVED), sort_keys=True, indent=2)},
            posts=3,
            no_posts={**COUNTED, NoPostKind.OTHER_CHAT: 2},
        ),
        "full export": Case(
            {
                "result.json": write(
                    full_export(PERSONAL, chat(MESSAGES), SAVED, GROUP, left=(chat([message(8)], id_=9),))
                )
            },
            posts=4,
            no_posts={**COUNTED, NoPostKind.OTHER_CHAT: 3},
        ),
        "full export, compact": Case(
            {"result.json": write(full_export(PERSONAL, chat(MESSAGES), GROUP), separators=(",", ":"))},
            posts=3,
            no_posts={**COUNTED, NoPostKind.OTHER_CHAT: 2},
        ),
        "full export, all chats": Case(
            {"result.json": write(full_export(PERSONAL, chat(MESSAGES), SAVED, GROUP, chat([message(1)], None)))},
            posts=7,
            no_posts=COUNTED,
            options=ALL,
        ),
        "bare list": Case(
            {"a.json": write([message(1), message(2), message(3, from_id="user5")])},
            posts=2,
            no_posts={NoPostKind.OTHER_CHAT: 1},
        ),
        "list without a head": Case(
            {"a.json": write({"messages": [message(1), message(2), message(3, from_id="user5")]})},
            posts=2,
            no_posts={NoPostKind.OTHER_CHAT: 1},
        ),
        "lines": Case(
            {"a.jsonl": b"\n".join(write(message(number), indent=None) for number in (3, 4, 3))}, posts=2, rejected=1
        ),
        "one after the other": Case({"a.json": b"\n".join(write(message(number)) for number in (3, 4))}, posts=2),
        "list of chats": Case({"a.json": write([chat([message(1)]), chat([message(1)], id_=2)])}, posts=2),
        "empty": Case({"result.json": write(chat([]))}),
        "two exports in one file": Case(
            {"result.json": WHOLE + b"\n" + write(chat(MESSAGES, id_=2))},
            posts=6,
            no_posts={NoPostKind.SERVICE: 2, NoPostKind.UNSUPPORTED: 2},
        ),
        "control characters": Case(
            {"result.json": broken(WHOLE, "Новость".encode(), rb"a\x0Bb\\x0B\\\x1F")}, posts=3, no_posts=COUNTED
        ),
        "bad messages": Case({"result.json": write(chat([message(1), *BAD, message(2)]))}, posts=2, rejected=len(BAD)),
        "a topic of a broken id": Case(
            {"result.json": write(chat([{**service(1, "topic_created"), "id": []}, message(2)]))},
            posts=1,
            no_posts={NoPostKind.SERVICE: 1},
        ),
        "broken message": Case(
            {"result.json": broken(WHOLE, b'"id": 3,', b'"id": 3 3,')}, posts=2, rejected=1, no_posts=COUNTED
        ),
        "open string": Case(
            {"result.json": broken(WHOLE, 'Новость"'.encode(), "Новость".encode())},
            posts=2,
            rejected=1,
            no_posts=COUNTED,
        ),
        "open message": Case(
            {"result.json": broken(WHOLE, 'Новость"\n  }'.encode(), 'Новость"'.encode())},
            posts=2,
            rejected=1,
            no_posts=COUNTED,
        ),
        "Latin-1 and NUL": Case(
            {"result.json": broken(broken(WHOLE, "Новость".encode(), b"caf\xe9"), "Новость".encode(), b"\0")},
            posts=1,
            rejected=2,
            no_posts=COUNTED,
        ),
        "half a surrogate pair": Case(
            {"result.json": broken(WHOLE, "Новость".encode(), rb"a\ud83d!")}, posts=3, no_posts=COUNTED
        ),
        "deep": Case(
            {"result.json": broken(WHOLE, '"Новость"'.encode(), b"[" * 100_000 + b"]" * 100_000)},
            posts=2,
            rejected=1,
            no_posts=COUNTED,
        ),
        "broken frame": Case(
            {"result.json": broken(write(full_export(PERSONAL, chat(MESSAGES))), b'"chats": {', b'"chats" {')},
            posts=3,
            rejected=1,
            no_posts={**COUNTED, NoPostKind.OTHER_CHAT: 1},
        ),
        "text behind the end": Case({"result.json": WHOLE + b"\0\0\0"}, posts=3, rejected=1, no_posts=COUNTED),
        "cut": Case({"result.json": WHOLE[:-60]}, posts=2, rejected=1, no_posts=COUNTED, has_open_end=True),
        "cut within a character": Case(
            {"result.json": WHOLE[: WHOLE.rindex("ь".encode()) + 1]},
            posts=2,
            rejected=1,
            no_posts=COUNTED,
            has_open_end=True,
        ),
        "cut between messages": Case(
            {"result.json": WHOLE[: WHOLE.rindex(b"{") - 3]}, posts=2, rejected=1, no_posts=COUNTED, has_open_end=True
        ),
        "cut behind the messages": Case(
            {"result.json": WHOLE[:-2]}, posts=3, rejected=1, no_posts=COUNTED, has_open_end=True
        ),
        "cut in the frame": Case({"result.json": write(full_export())[:300]}, rejected=1, has_open_end=True),
        "albums": Case({"result.json": write(chat(ALBUM))}, posts=4),
        "albums joined": Case({"result.json": write(chat(ALBUM))}, posts=2, options=JOINED),
        "albums joined, a part twice": Case(
            {"result.json": write(chat([*ALBUM[:2], ALBUM[1], ALBUM[2], message(30), ALBUM[1]]))},
            posts=3,
            rejected=2,
            options=JOINED,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"result.json": write(chat([message(number, text) for number, text in given]))}

    def read(self, tmp_path: Path, value: Any, options: ReadOptions | None = None) -> tuple[Source, list[RawPost]]:
        (tmp_path / "result.json").write_bytes(value if isinstance(value, bytes) else write(value))
        (source,) = open_sources(tmp_path / "result.json", options or ReadOptions(), io.BytesIO()).sources
        items = list(source.read())
        assert not rejections(items)
        return source, posts(items)

    def test_fields(self, tmp_path: Path) -> None:
        source, (post,) = self.read(
            tmp_path, chat([message(7, edited="2022-08-09T18:00:00", edited_unixtime="1660057200")])
        )
        assert source.kind == "tdesktop-json"
        assert post.channel == Channel(id=1088459257, title="ЧП")
        assert (post.message_id, post.text) == (7, "Новость")
        assert post.posted_at == datetime(2022, 8, 9, 14, 38, 27, tzinfo=UTC)
        assert [post.edited_at, post.counters, post.forward, post.reply_to, post.original] == [None] * 5

    def test_entities_count_code_points(self, tmp_path: Path) -> None:
        parts = [
            "😅 ",
            {"type": "bold", "text": "b😅"},
            {"type": "text_link", "text": "l", "href": "https://a.b"},
            {"type": "link", "text": "x.y"},
            {"type": "custom_emoji", "text": "😅", "document_id": "5"},
            {"type": "mention_name", "text": "m", "user_id": 5},
            {"type": "news_of_2030", "text": "n"},
        ]
        expected = (
            TextEntity(kind=EntityKind.BOLD, start=2, end=4),
            TextEntity(kind=EntityKind.TEXT_LINK, start=4, end=5, url="https://a.b"),
            TextEntity(kind=EntityKind.URL, start=5, end=8),
            TextEntity(kind=EntityKind.CUSTOM_EMOJI, start=8, end=9),
            TextEntity(kind=EntityKind.TEXT_MENTION, start=9, end=10),
            TextEntity(kind=EntityKind.UNKNOWN, start=10, end=11),
        )
        whole = [{"type": "plain", "text": "😅 "}, *parts[1:]]
        _, found = self.read(tmp_path, chat([message(1, parts), message(2, "void", text_entities=whole)]))
        assert [(post.text, post.entities) for post in found] == [("😅 b😅lx.y😅mn", expected)] * 2

    def test_exteragram_calls_the_address_of_a_link_additional(self, tmp_path: Path) -> None:
        parts = [{"type": "text_link", "text": "l", "additional": "https://a.b"}]
        _, (post,) = self.read(tmp_path, chat([message(1, "l", text_entities=parts)]))
        assert post.entities == (TextEntity(kind=EntityKind.TEXT_LINK, start=0, end=1, url="https://a.b"),)

    def test_html_of_a_bot_stays_as_it_was_posted(self, tmp_path: Path) -> None:
        _, (post,) = self.read(tmp_path, chat([message(1, "a &amp; b")]))
        assert post.text == "a &amp; b"

    def test_mended_json_keeps_every_character(self, tmp_path: Path) -> None:
        raw = broken(write(chat([message(1)])), "Новость".encode(), rb"a\x0Bb\\x0B\\\x1F")
        _, (post,) = self.read(tmp_path, raw)
        assert post.text == "a\x0bb\\x0B\\\x1f"

    @pytest.mark.parametrize("path", ["video_files/x.webm", PLACEHOLDER, "video_files\\x.webm"])
    @pytest.mark.parametrize("layout", [{"indent": 1}, {"separators": (",", ":")}])
    def test_paths_without_quotes(self, tmp_path: Path, layout: dict[str, Any], path: str) -> None:
        parts = [{"type": "custom_emoji", "text": "😅", "document_id": "PATH"}, {"type": "plain", "text": " end"}]
        raw = write(chat([message(1, parts, text_entities=parts)]), **layout).replace(b'"PATH"', path.encode())
        _, (post,) = self.read(tmp_path, raw)
        assert (post.text, [entity.kind for entity in post.entities]) == ("😅 end", [EntityKind.CUSTOM_EMOJI])

    def test_media(self, tmp_path: Path) -> None:
        video = {"file": PLACEHOLDER, "media_type": "video_file", "mime_type": "video/mp4", "duration_seconds": 32}
        given: list[tuple[dict[str, Any], Media]] = [
            ({**PHOTO, "photo_file_size": 5}, Media(kind=MediaKind.PHOTO, width_px=10, height_px=20, size_bytes=5)),
            ({"photo": "photos/photo_1@02-05-2019_11-08-55.jpg"}, Media(kind=MediaKind.PHOTO)),
            (video, Media(kind=MediaKind.VIDEO, mime_type="video/mp4", duration_s=32)),
            (
                {**video, "file_name": "a.mp4"},
                Media(kind=MediaKind.VIDEO, mime_type="video/mp4", duration_s=32, file_name="a.mp4"),
            ),
            (
                {"file": "files/report.pdf", "file_size": 9},
                Media(kind=MediaKind.DOCUMENT, file_name="report.pdf", size_bytes=9),
            ),
            (
                {"file": "video_files/video_1@02-05-2019.mp4", "media_type": "animation"},
                Media(kind=MediaKind.ANIMATION),
            ),
            (
                {
                    "file": "x.ogg (File exceeds maximum size. Change data exporting settings to download.)",
                    "media_type": "voice_message",
                },
                Media(kind=MediaKind.VOICE),
            ),
            (
                {"file": "(File unavailable, please try again later)", "media_type": "sticker"},
                Media(kind=MediaKind.STICKER),
            ),
            ({"file": PLACEHOLDER, "media_type": "video_message"}, Media(kind=MediaKind.VIDEO_NOTE)),
            ({"file": PLACEHOLDER, "media_type": "audio_file"}, Media(kind=MediaKind.AUDIO)),
            ({"file": PLACEHOLDER, "media_type": "of_2030"}, Media(kind=MediaKind.OTHER)),
            ({"contact_information": {"phone_number": "+1 234"}}, Media(kind=MediaKind.CONTACT)),
            ({"location_information": {"latitude": 1.5}}, Media(kind=MediaKind.LOCATION)),
            ({"game_title": "Chess"}, Media(kind=MediaKind.OTHER)),
            ({"giveaway_results": {"winners_count": 3}}, Media(kind=MediaKind.OTHER)),
            # Of exteraGram:
            (
                {"skipReason": PLACEHOLDER, "size": 812, "file_name": "tide.pdf", "mimeType": "application/pdf"},
                Media(kind=MediaKind.DOCUMENT, file_name="tide.pdf", mime_type="application/pdf", size_bytes=812),
            ),
            (
                {"media_type": "photo", "skipReason": PLACEHOLDER, "size": 99, "width": 4, "height": 3},
                Media(kind=MediaKind.PHOTO, size_bytes=99, width_px=4, height_px=3),
            ),
        ]
        _, found = self.read(tmp_path, chat([message(number, **fields) for number, (fields, _) in enumerate(given, 1)]))
        assert [post.media for post in found] == [(media,) for _, media in given]

    def test_polls(self, tmp_path: Path) -> None:
        old_poll = {
            "question": "Rain?",
            "closed": True,
            "total_voters": 7,
            "answers": [{"text": "Yes", "voters": 3, "chosen": False}, {"text": "No", "voters": 4, "chosen": True}],
        }
        new_poll = {
            "question": [{"type": "plain", "text": "Ra"}, {"type": "bold", "text": "in?"}],
            "closed": False,
            "total_voters": 0,
            "answers": [{"text": [{"type": "plain", "text": "Yes"}], "voters": 0}],
        }
        _, (first, second) = self.read(tmp_path, chat([message(1, poll=old_poll), message(2, poll=new_poll)]))
        poll = first.media[0].poll
        assert poll is not None
        assert (poll.question, poll.is_closed, poll.voters) == ("Rain?", True, 7)
        assert poll.answers == (PollAnswer(text="Yes", voters=3), PollAnswer(text="No", voters=4))
        poll = second.media[0].poll
        assert poll is not None
        assert (poll.question, poll.answers, poll.is_closed) == ("Rain?", (PollAnswer(text="Yes", voters=0),), False)

    def test_forwards(self, tmp_path: Path) -> None:
        _, found = self.read(
            tmp_path,
            chat(
                [
                    message(1, forwarded_from="Rybar", forwarded_from_id="channel5", forwarded_from_message_id=9),
                    message(2, forwarded_from="Ann", forwarded_from_id="user5"),
                    message(3, forwarded_from=None),
                    message(4, saved_from="Rybar"),
                ]
            ),
        )
        assert [post.forward for post in found] == [
            ForwardOrigin(name="Rybar", channel_id=5, message_id=9),
            ForwardOrigin(name="Ann"),
            ForwardOrigin(),
            None,
        ]

    def test_replies(self, tmp_path: Path) -> None:
        _, found = self.read(
            tmp_path,
            chat(
                [
                    service(1, "topic_created"),
                    message(2, reply_to_message_id=1),
                    message(3, reply_to_message_id=2),
                    message(4, reply_to_message_id=1, reply_to_peer_id="channel7"),
                    message(5, reply_to_message_id=2, reply_to_peer_id="channel1088459257"),
                    message(6, reply_to_message_id=2, reply_to_peer_id="user7"),
                    message(7, reply_to_message_id=-999_999_998),
                ]
            ),
        )
        assert [post.reply_to for post in found] == [
            None,
            Reply(message_id=2),
            Reply(message_id=1, channel_id=7),
            Reply(message_id=2),
            None,
            None,
        ]

    def test_messages_without_the_head_of_their_chat_say_its_id(self, tmp_path: Path) -> None:
        posted = message(1, from_id="channel4711")
        for whole in ([posted], {"messages": [posted]}):
            source, (post,) = self.read(tmp_path, whole)
            assert (post.channel.id, source.warnings) == (4711, [])

    def test_reactions(self, tmp_path: Path) -> None:
        reactions = [
            {"type": "emoji", "count": 3, "emoji": "👍", "recent": [{"from": "Ann"}]},
            {"type": "custom_emoji", "count": 2, "document_id": "5368"},
            {"type": "custom_emoji", "count": 1, "document_id": PLACEHOLDER},
            {"type": "custom_emoji", "count": 5, "document_id": "stickers/AnimatedSticker (3).tgs"},
            {"type": "paid", "count": 4},
        ]
        _, (post,) = self.read(tmp_path, chat([message(1, reactions=reactions)]))
        assert post.counters is not None
        assert post.counters.reactions == {"👍": 3, "custom:5368": 2, "custom:unknown": 6, "paid": 4}
        assert post.counters.views is post.counters.forwards is post.counters.replies is None

    @pytest.mark.parametrize(
        ("id_", "from_id", "fields", "expected"),
        [
            (9_999_969_886, 4_348_007_839, {}, 1_410_035_294),
            (1_410_035_294, 352_786_456, {}, 1_410_035_294),
            (9_999_969_886, "channel1410035294", {"date_unixtime": "1660055907"}, 1_410_035_294),
            (9_999_969_886, "channel9999969886", {"date_unixtime": "1660055907"}, 9_999_969_886),
            (1_410_035_294, "channel1410035294", {}, 1_410_035_294),
            (-1_001_410_035_294, "channel1410035294", {}, 1_410_035_294),
            ("1410035294", "channel1410035294", {}, 1_410_035_294),
            (0, "channel1410035294", {}, 1_410_035_294),
        ],
    )
    def test_ids_of_channels(
        self, tmp_path: Path, id_: Any, from_id: Any, fields: dict[str, Any], expected: int
    ) -> None:
        _, (post,) = self.read(tmp_path, chat([old(1, from_id=from_id, **fields)], id_=id_))
        assert post.channel.id == expected

    def test_old_exports_have_no_zone(self, tmp_path: Path) -> None:
        source, (post,) = self.read(tmp_path, chat([old(1)]))
        assert post.posted_at is post.edited_at is None
        assert any("--timezone" in warning for warning in source.warnings)
        assert any("UTC+03:00" in warning for warning in source.warnings)
        _, (post,) = self.read(tmp_path, chat([old(1)]), ReadOptions(timezone=ZoneInfo("Europe/Kyiv")))
        assert post.posted_at == datetime(2019, 5, 2, 8, 8, 55, tzinfo=UTC)

    def test_dates_in_milliseconds(self, tmp_path: Path) -> None:
        _, (post,) = self.read(tmp_path, chat([message(1, date_unixtime=1_660_055_907_000)]))
        assert post.posted_at == datetime(2022, 8, 9, 14, 38, 27, tzinfo=UTC)

    def test_ids_of_persons_are_not_published(self, tmp_path: Path) -> None:
        for export in (PERSONAL, SAVED):
            source, (post,) = self.read(tmp_path, export)
            assert post.channel.id >= SYNTHETIC_BASE
            assert any("no channel" in warning for warning in source.warnings)
            given = ReadOptions(channel=GivenChannel(id=77))
            assert self.read(tmp_path, export, given)[1][0].channel.id == 77

    @pytest.mark.parametrize("sort_keys", [False, True])
    @pytest.mark.parametrize("indent", [1, None])
    def test_a_broken_full_export_gives_no_private_chat(
        self, sort_keys: bool, indent: int | None, tmp_path: Path
    ) -> None:
        private = [message(each, "private", from_id="user5", **{"from": "Bob"}) for each in range(1, 4)]
        bob = {**chat(private, "personal_chat", 5), "name": "Bob"}
        whole = write(full_export(chat([message(1), message(2)]), bob), indent=indent, sort_keys=sort_keys)
        about, behind = whole.index(b"requested"), whole.index(b"user_id")
        mine = whole.index(b'"id": 2')
        end = whole.index(b"]", whole.index(b'"text"', mine))
        damaged = {
            "a quote in the first text": whole[:about] + b'"' + whole[about:],
            "a quote in the second": whole[:behind] + b'"' + whole[behind:],
            "no first key": b"{" + whole[20:],
            "a quote in the last message of the channel": whole[: mine + 4] + b'"' + whole[mine + 4 :],
            "no end of the channel's messages": whole[: end - 1] + whole[whole.index(b"user5") - 200 :],
            "zeros": whole[: mine + 4] + bytes(end + 10 - mine) + whole[end + 14 :],
        }
        for what, content in damaged.items():
            (tmp_path / "result.json").write_bytes(content)
            for source in open_sources(tmp_path, ReadOptions(), io.BytesIO()).sources:
                found = posts(list(source.read()))
                assert "private" not in {post.text for post in found}, what
                assert found or sort_keys, what

    def test_chats_behind_another_are_read_if_they_are_channels(self) -> None:
        lines = b"\n".join(write(each, separators=(",", ":")) for each in (chat([message(1)]), PERSONAL))
        (source,) = open_sources("-", ReadOptions(), io.BytesIO(lines)).sources
        assert [type(item.entry) for item in source.read()] == [RawPost, NoPost]

    def test_messages_of_a_migrated_group_are_refused_with_the_reason(self, tmp_path: Path) -> None:
        (tmp_path / "result.json").write_bytes(write(chat([message(-999_999_990), message(1)], "private_supergroup")))
        (source,) = open_sources(tmp_path / "result.json", ReadOptions(), io.BytesIO()).sources
        (rejected,) = rejections(list(source.read()))
        assert (rejected.record, rejected.field) == (1, "id")
        assert "supergroup" in rejected.message

    def test_sorted_keys_have_the_title_behind_the_messages(self, tmp_path: Path) -> None:
        raw = write(chat(MESSAGES), sort_keys=True, indent=2)
        _, found = self.read(tmp_path, raw)
        assert {post.channel.title for post in found} == {"ЧП"}
        (source,) = open_sources(
            "-", ReadOptions(), io.BytesIO(raw), FORMATS[[f.name for f in FORMATS].index("tdesktop-json")]
        ).sources
        assert {post.channel for post in posts(list(source.read()))} == {Channel(id=1088459257)}
        assert any("stdin" in warning for warning in source.warnings)

    def test_the_original_is_kept_when_asked_for(self, tmp_path: Path) -> None:
        _, (post,) = self.read(tmp_path, chat([message(1, edited="x")]), ReadOptions(keeps_original=True))
        assert post.original == message(1, edited="x")

    def test_albums_are_joined_as_live_collection_does(self, tmp_path: Path) -> None:
        _, (post, _) = self.read(tmp_path, chat(ALBUM), replace(JOINED, keeps_original=True))
        assert (post.message_id, post.text, post.album_id) == (20, "caption", None)
        assert [media.message_id for media in post.media] == [20, 21, 22]
        assert post.original == ALBUM[:3]

    def test_a_rejection_names_record_byte_and_field(self, tmp_path: Path) -> None:
        content = write(chat([message(1), message(2, date_unixtime="soon")]))
        (tmp_path / "result.json").write_bytes(content)
        (source,) = open_sources(tmp_path / "result.json", ReadOptions(), io.BytesIO()).sources
        (rejected,) = rejections(list(source.read()))
        assert (rejected.record, rejected.field) == (2, "date_unixtime")
        assert content[rejected.offset :].startswith(b'{\n   "id": 2')


CLAIMED = {
    "one chat": chat(MESSAGES),
    "sorted": dict(sorted(chat(MESSAGES).items())),
    "full export": full_export(PERSONAL),
    "list": [message(1)],
    "first unsupported": chat([{"id": 1, "type": "unsupported"}]),
    "no messages": chat([]),
    "old": chat([old(1)]),
    "saved": SAVED,
    "long": chat([message(1, "ü" * 80_000)]),
}
OTHERS = {
    "tdl": {"id": 5, "messages": [{"id": 1, "type": "message", "file": "", "date": 1, "text": "x"}]},
    "Telethon": [{"_": "Message", "id": 1, "peer_id": {"_": "PeerChannel"}, "date": "2022-08-12", "message": "x"}],
    "raw post": {"type": "raw_post", "message_id": 1},
    "other": {"messages": [{"role": "user", "content": "x"}]},
}


@pytest.mark.parametrize("name", [*CLAIMED, *OTHERS])
def test_detection(tmp_path: Path, name: str) -> None:
    for layout in ({"indent": 1}, {"separators": (",", ":")}):
        (tmp_path / "a.json").write_bytes(write({**CLAIMED, **OTHERS}[name], **layout))
        file = PlainFile(tmp_path / "a.json", "news")
        sample = sample_of(Unpacked(file, read_head(file)))
        claims = {each.name: match for each in FORMATS if (match := each.detect(sample))}
        best = max(claims, key=lambda each: claims[each].certainty, default=None)
        assert (best == "tdesktop-json") is (name in CLAIMED)
