"""Exports of tdl."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ingest.sources.base import NoPostKind
from schemas import Channel, Counters, EntityKind, ForwardOrigin, Media, MediaKind, Poll, PollAnswer, RawPost, Reply
from schemas.keys import SYNTHETIC_BASE
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

MESSAGES: list[dict[str, Any]] = [
    {"id": 12, "type": "message", "file": "6141001032633356278.jpg", "date": 1_780_980_391, "text": "Новость 😅"},
    {"id": 11, "type": "message", "file": "report.pdf", "date": 1_780_980_000, "text": '},{"id":7,"type":"message"'},
    {"id": 10, "type": "message", "file": "", "date": 1_780_979_000, "text": "third"},
]


def export(messages: list[dict[str, Any]], **layout: Any) -> bytes:
    return json.dumps({"id": 1341930464, "messages": messages}, ensure_ascii=False, **layout).encode()


PLAIN = export(MESSAGES, separators=(",", ":"))
BAD: list[dict[str, Any]] = [
    {"id": 0, "type": "message", "file": "", "date": 1_780_979_000, "text": "zero"},
    {"id": 2**63, "type": "message", "file": "", "date": 1_780_979_000, "text": "large"},
    {"id": 9, "type": "message", "file": "", "date": "yesterday", "text": "date"},
    {"id": 8, "type": "message", "file": "", "date": 1_780_979_000, "text": ["list"]},
]
WITHOUT_CONTENT = [{"id": 12, "type": "message", "file": "a.mp4"}, {"id": 11, "type": "message", "file": ""}]


class TestTdl(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "with content": Case({"a.json": PLAIN}, posts=3, encodings=("utf-8-sig", "utf-16", "utf-16-le", "utf-32")),
        "indented": Case({"a.json": export(MESSAGES, indent=4)}, posts=3),
        "without content": Case({"a.json": export(WITHOUT_CONTENT)}, posts=1, no_posts={NoPostKind.EMPTY: 1}),
        "bad messages": Case({"a.json": export([MESSAGES[0], *BAD, MESSAGES[2]])}, posts=2, rejected=4),
        "broken message": Case({"a.json": PLAIN.replace(b'"report.pdf"', b"report")}, posts=2, rejected=1),
        "text behind the end": Case({"a.json": PLAIN + b"\0"}, posts=3, rejected=1),
        "cut": Case({"a.json": PLAIN[:-30]}, posts=2, rejected=1, has_open_end=True),
        "cut behind the messages": Case({"a.json": PLAIN[:-1]}, posts=3, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json": export([MESSAGES[0] | {"id": number, "text": text} for number, text in given])}

    def test_fields(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(PLAIN)
        first, second, _ = posts(self.items(Case({"a.json": b""}), tmp_path))
        assert first.channel == Channel(id=1341930464)
        assert (first.message_id, first.text) == (12, "Новость 😅")
        assert first.posted_at == datetime(2026, 6, 9, 4, 46, 31, tzinfo=UTC)
        assert first.media == (Media(kind=MediaKind.PHOTO, id="6141001032633356278"),)
        assert second.media == (Media(kind=MediaKind.DOCUMENT, file_name="report.pdf"),)

    def test_a_rejection_names_record_byte_and_field(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(export([MESSAGES[0], BAD[2]]))
        (rejected,) = rejections(self.items(Case({"a.json": b""}), tmp_path))
        assert (rejected.record, rejected.field) == (2, "date")
        assert (tmp_path / "a.json").read_bytes()[rejected.offset :].startswith(b'{"id": 9')


def raw(flags: tuple[int, ...] = (), **fields: Any) -> dict[str, Any]:
    """A message as Go writes gotd's struct: everything is there, zero where it is absent."""
    return {
        "Flags": sum(1 << bit for bit in flags),
        "EditHide": 21 in flags,
        "Post": True,
        "ID": 12,
        "FromID": None,
        "PeerID": {"ChannelID": 1341930464},
        "FwdFrom": {"Flags": 0, "FromID": None, "FromName": "", "Date": 0, "ChannelPost": 0},
        "ReplyTo": None,
        "Date": 1_780_980_391,
        "Message": "Ferries are late.",
        "Media": None,
        "Entities": None,
        "Views": 0,
        "Forwards": 0,
        "Replies": {"Flags": 0, "Replies": 0},
        "EditDate": 0,
        "GroupedID": 0,
        "Reactions": {"Flags": 0, "Results": None},
        **fields,
    }


def with_raw(*given: dict[str, Any]) -> bytes:
    return export([{"id": 50 - n, "type": "message", "file": "", "raw": each} for n, each in enumerate(given)])


def document(*attributes: dict[str, Any], mime_type: str = "video/mp4") -> dict[str, Any]:
    return {
        "Flags": 1,
        "Document": {"ID": 5, "MimeType": mime_type, "Size": 9, "Attributes": list(attributes)},
        "Round": False,
    }


class TestTdlRaw(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "raw": Case({"a.json": with_raw(raw(), raw((9,), Media=document()), raw((10,), Views=5))}, posts=3),
        "raw of wrong types": Case(
            {
                "a.json": with_raw(
                    raw(), raw() | {"Flags": "x"}, {"Flags": 0, "Message": 5}, raw((9,), Media={"Poll": 5})
                )
            },
            posts=2,
            rejected=2,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        messages = ({"id": number, "raw": raw(ID=number, Message=text)} for number, text in given)
        return {"a.json": export([{"type": "message", "file": ""} | each for each in messages])}

    def read(self, tmp_path: Path, *given: dict[str, Any]) -> list[RawPost]:
        (tmp_path / "a.json").write_bytes(with_raw(*given))
        items = self.items(Case({"a.json": b""}), tmp_path)
        assert not rejections(items)
        return posts(items)

    def test_what_the_flags_do_not_show_is_unknown(self, tmp_path: Path) -> None:
        (post,) = self.read(tmp_path, raw(Views=7, EditDate=1_780_980_400, GroupedID=3, Message="x"))
        assert (post.text, post.posted_at) == ("x", datetime(2026, 6, 9, 4, 46, 31, tzinfo=UTC))
        assert [post.counters, post.edited_at, post.album_id, post.forward, post.reply_to] == [None] * 5
        assert post.media == ()

    def test_counts_and_edits(self, tmp_path: Path) -> None:
        results = [
            {"Reaction": {"Emoticon": "👍"}, "Count": 3},
            {"Reaction": {"DocumentID": 9}, "Count": 2},
            {"Reaction": {}, "Count": 1},
            {"Reaction": "🔥", "Count": 4},
        ]
        first, second = self.read(
            tmp_path,
            raw(
                (10, 15, 17, 20, 23),
                Views=0,
                Forwards=2,
                Replies={"Replies": 0},
                EditDate=1_780_980_400,
                GroupedID=-3,
                Reactions={"Results": results},
            ),
            raw((15, 21), EditDate=1_780_980_400),
        )
        assert first.counters == Counters(
            is_exact=True, views=0, forwards=2, replies=0, reactions={"👍": 3, "custom:9": 2, "paid": 1, "🔥": 4}
        )
        assert first.edited_at == datetime(2026, 6, 9, 4, 46, 40, tzinfo=UTC)
        assert first.album_id == -3
        assert second.edited_at is None

    def test_entities_are_counted_in_code_points(self, tmp_path: Path) -> None:
        (post,) = self.read(
            tmp_path,
            raw(
                Message="😅 link",
                Entities=[
                    {"Offset": 3, "Length": 4, "URL": "https://a.b"},
                    {"Offset": 0, "Length": 2, "DocumentID": 5},
                    {"Offset": 3, "Length": 4},
                ],
            ),
        )
        assert [(each.kind, each.start, each.end, each.url) for each in post.entities] == [
            (EntityKind.TEXT_LINK, 2, 6, "https://a.b"),
            (EntityKind.CUSTOM_EMOJI, 0, 1, None),
            (EntityKind.UNKNOWN, 2, 6, None),
        ]

    def test_media(self, tmp_path: Path) -> None:
        video = {"RoundMessage": False, "Duration": 2.5, "W": 3, "H": 4}
        sizes = [{"Type": "m", "W": 3, "H": 4, "Size": 5}, {"Type": "x", "W": 6, "H": 8, "Sizes": [1, 9]}]
        given: list[tuple[Any, MediaKind]] = [
            (document(video, {"FileName": "a.mp4"}), MediaKind.VIDEO),
            (document(video, {}), MediaKind.ANIMATION),
            (document(video | {"RoundMessage": True}), MediaKind.VIDEO_NOTE),
            (document({"Voice": True, "Duration": 1}, mime_type="audio/ogg"), MediaKind.VOICE),
            (document({"Voice": False, "Duration": 1}, mime_type="audio/mpeg"), MediaKind.AUDIO),
            (document({"Alt": "x", "Stickerset": {}}, mime_type="image/webp"), MediaKind.STICKER),
            (document({"FileName": "a.pdf"}, mime_type="application/pdf"), MediaKind.DOCUMENT),
            ({"Flags": 0, "Document": None, "Round": True}, MediaKind.VIDEO_NOTE),
            ({"Flags": 1, "Photo": {"ID": 7, "Sizes": sizes}}, MediaKind.PHOTO),
            ({"Webpage": {"URL": "x"}}, MediaKind.WEB_PAGE),
            ({"Geo": {}}, MediaKind.LOCATION),
            ({"PhoneNumber": "+1"}, MediaKind.CONTACT),
            ({"Title": "x", "Currency": "EUR", "Photo": None}, MediaKind.OTHER),
            ({"Emoticon": "🎲", "Value": 3}, MediaKind.OTHER),
        ]
        found = self.read(tmp_path, *(raw((9,), Media=media) for media, _ in given))
        assert [[media.kind for media in post.media] for post in found] == [[kind] for _, kind in given]
        assert found[0].media == (
            Media(
                kind=MediaKind.VIDEO,
                id="5",
                mime_type="video/mp4",
                file_name="a.mp4",
                size_bytes=9,
                width_px=3,
                height_px=4,
                duration_s=2.5,
            ),
        )
        photo = Media(kind=MediaKind.PHOTO, id="7", mime_type="image/jpeg", size_bytes=9, width_px=6, height_px=8)
        assert found[8].media == (photo,)

    def test_polls(self, tmp_path: Path) -> None:
        media = {
            "Poll": {
                "ID": 3,
                "Closed": True,
                "Quiz": True,
                "Question": {"Text": "Rain?", "Entities": None},
                "Answers": [{"Text": {"Text": "Yes"}, "Option": "MA=="}, {"Text": "No", "Option": "MQ=="}],
            },
            "Results": {"Flags": 4, "Results": [{"Option": "MQ==", "Voters": 2}], "TotalVoters": 2},
        }
        (post,) = self.read(tmp_path, raw((9,), Media=media))
        answers = (PollAnswer(text="Yes"), PollAnswer(text="No", voters=2))
        assert post.media[0].poll == Poll(question="Rain?", answers=answers, is_quiz=True, is_closed=True, voters=2)

    def test_forwards_and_replies(self, tmp_path: Path) -> None:
        forward = {"FromID": {"ChannelID": 8}, "ChannelPost": 4, "FromName": "", "Date": 1_780_980_391}
        hidden = {"FromID": None, "ChannelPost": 0, "FromName": "Ann", "Date": 1_780_980_391}
        topic = {"ForumTopic": True, "ReplyToMsgID": 4, "ReplyToTopID": 0, "ReplyToPeerID": None}
        found = self.read(
            tmp_path,
            raw((2, 3), FwdFrom=forward, ReplyTo=topic),
            raw((2, 3), FwdFrom=hidden, ReplyTo={**topic, "ReplyToTopID": 3}),
            raw((3,), ReplyTo={"ReplyToMsgID": 4, "ReplyToPeerID": {"ChannelID": 8}}),
            raw((3,), ReplyTo={"Peer": {"UserID": 5}, "StoryID": 3}),
        )
        moment = datetime(2026, 6, 9, 4, 46, 31, tzinfo=UTC)
        assert [post.forward for post in found[:2]] == [
            ForwardOrigin(channel_id=8, message_id=4, posted_at=moment),
            ForwardOrigin(name="Ann", posted_at=moment),
        ]
        assert [post.reply_to for post in found] == [None, Reply(message_id=4), Reply(message_id=4, channel_id=8), None]

    def test_the_id_of_a_person_is_not_published(self, tmp_path: Path) -> None:
        (post,) = self.read(tmp_path, raw(PeerID={"UserID": 1341930464}, Post=False))
        assert post.channel.id >= SYNTHETIC_BASE
