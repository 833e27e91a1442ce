"""Data sets of 4CAT."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from ingest.sources import NoPostKind, open_sources
from ingest.sources.options import ReadOptions
from schemas import (
    Channel,
    Counters,
    EntityKind,
    ForwardOrigin,
    Media,
    MediaKind,
    Poll,
    PollAnswer,
    RawPost,
    Reply,
    TextEntity,
)
from tests.contract.sources.source_contract import Case, SourceContract, posts

COLUMNS = [
    "id",
    "thread_id",
    "chat",
    "author",
    "author_name",
    "body",
    "body_markdown",
    "is_reply",
    "reply_to",
    "views",
    "reactions",
    "timestamp",
    "unix_timestamp",
    "timestamp_edited",
    "unix_timestamp_edited",
    "author_forwarded_from_name",
    "author_forwarded_from_username",
    "author_forwarded_from_id",
    "timestamp_forwarded_from",
    "unix_timestamp_forwarded_from",
    "attachment_type",
    "attachment_data",
    "attachment_filename",
]
ROW = {
    "id": "wirenews-2016",
    "thread_id": "wirenews",
    "chat": "wirenews",
    "body": "Bold, words\nand a line",
    "body_markdown": "**Bold**, words\nand a line",
    "reply_to": "7",
    "views": "4908",
    "timestamp": "2022-08-12 13:03:15",
    "unix_timestamp": "1660302195",
    "timestamp_edited": "2022-08-12 13:08:06",
    "unix_timestamp_edited": "1660302486",
}


def table(*rows: dict[str, str]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


class TestFourcatCsv(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "plain": Case({"a.csv": table(ROW, ROW | {"id": "wirenews-2015"})}, posts=2, encodings=("utf-8-sig", "utf-16")),
        "plain ids": Case({"a.csv": table(ROW | {"id": "2016"})}, posts=1),
        "broken rows": Case(
            {"a.csv": table(ROW | {"id": "wirenews"}, ROW | {"id": "wirenews-0"}, ROW | {"unix_timestamp": "x"}, ROW)},
            posts=1,
            rejected=3,
        ),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        rows = (ROW | {"id": f"wirenews-{number}", "body": text, "body_markdown": text} for number, text in given)
        return {"a.csv": table(*rows)}

    def test_fields(self, tmp_path: Path) -> None:
        post = read_row(tmp_path)
        assert (post.channel.username, post.message_id, post.text) == ("wirenews", 2016, "Bold, words\nand a line")
        assert post.posted_at == datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)
        assert post.edited_at is None  # it moves with reactions as well
        assert (post.counters, post.reply_to) == (Counters(is_exact=True, views=4908), Reply(message_id=7))

    def test_a_date_without_unix_time_has_no_zone(self, tmp_path: Path) -> None:
        assert read_row(tmp_path, {"unix_timestamp": ""}).posted_at is None
        post = read_row(tmp_path, {"unix_timestamp": ""}, ReadOptions(timezone=ZoneInfo("Europe/Amsterdam")))
        assert post.posted_at == datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)

    def test_markdown_is_read_on_demand(self, tmp_path: Path) -> None:
        post = read_row(tmp_path, options=ReadOptions(is_markdown=True))
        assert post.text == "Bold, words\nand a line"
        assert post.entities == (TextEntity(kind=EntityKind.BOLD, start=0, end=4),)

    @pytest.mark.parametrize(
        ("written", "reactions"),
        [
            ("👍👍👍🇺🇦🇺🇦", {"👍": 3, "🇺🇦": 2}),
            ("❤️❤️👨‍👩‍👧👍🏽👍🏽👍", {"❤️": 2, "👨‍👩‍👧": 1, "👍🏽": 2, "👍": 1}),
            ("❤❤🔥1️⃣🏴\U000e0067\U000e0062\U000e007f", {"❤": 2, "🔥": 1, "1️⃣": 1, "🏴\U000e0067\U000e0062\U000e007f": 1}),
            ("🇺🇦🇺🇸", {"🇺🇦": 1, "🇺🇸": 1}),
            (
                "👍{'count': 4, 'reaction': {'document_id': 5368324170671202286, '_type': 'ReactionCustomEmoji'}, "
                "'chosen_order': None, '_type': 'ReactionCount'}, 🔥",
                {"👍": 1, "🔥": 1, "custom:5368324170671202286": 4},
            ),
            (
                "{'reaction': {'_type': 'ReactionPaid'}, 'count': 2, '_type': 'ReactionCount'}, "
                "{'reaction': {'document_id': 1, '_type': 'ReactionCustomEmoji'}, 'count': 3, '_type': 'Count'}, ",
                {"paid": 2, "custom:1": 3},
            ),
        ],
    )
    def test_a_reaction_is_counted_by_how_often_it_is_written(
        self, tmp_path: Path, written: str, reactions: dict[str, int]
    ) -> None:
        counters = read_row(tmp_path, {"reactions": written}).counters
        assert counters is not None
        assert counters.reactions == reactions

    def test_a_forward_keeps_no_id(self, tmp_path: Path) -> None:
        given = {"author_forwarded_from_name": "Origin", "author_forwarded_from_username": "origin_news"}
        given |= {"author_forwarded_from_id": "749891673", "unix_timestamp_forwarded_from": "1660302000"}
        assert read_row(tmp_path, given).forward == ForwardOrigin(
            channel_username="origin_news", name="Origin", posted_at=datetime(2022, 8, 12, 11, tzinfo=UTC)
        )

    def test_a_poll_of_unknown_votes(self, tmp_path: Path) -> None:
        data = {
            "question": "Rain?",
            "voters": 5,
            "answers": [{"answer": "Yes", "votes": -1}, {"answer": {"text": "No"}, "votes": 2}],
        }
        given = {"attachment_type": "poll", "attachment_data": json.dumps(data)}
        answers = (PollAnswer(text="Yes"), PollAnswer(text="No", voters=2))
        assert read_row(tmp_path, given).media == (
            Media(kind=MediaKind.POLL, poll=Poll(question="Rain?", answers=answers, voters=5)),
        )

    @pytest.mark.parametrize(
        ("written", "media"),
        [
            (("video", '{"id": 5454, "dc_id": 2}', "a.MP4"), Media(kind=MediaKind.VIDEO, id="5454", file_name="a.MP4")),
            (("photo", '{"id": 77}', "wirenews-2016.jpeg"), Media(kind=MediaKind.PHOTO, id="77")),
            (("application", "", "b.pdf"), Media(kind=MediaKind.DOCUMENT, file_name="b.pdf")),
            (("url", '{"id": 77}', ""), Media(kind=MediaKind.WEB_PAGE)),
            (("contact", '{"phone_number": "5551234567"}', ""), Media(kind=MediaKind.CONTACT)),
            (("geo_live", "", ""), Media(kind=MediaKind.LOCATION)),
            (("unsupported", "", ""), Media(kind=MediaKind.OTHER)),
        ],
    )
    def test_attachments(self, tmp_path: Path, written: tuple[str, str, str], media: Media) -> None:
        names = ("attachment_type", "attachment_data", "attachment_filename")
        assert read_row(tmp_path, dict(zip(names, written, strict=True))).media == (media,)


def read_row(tmp_path: Path, given: dict[str, str] | None = None, options: ReadOptions | None = None) -> RawPost:
    (tmp_path / "a.csv").write_bytes(table(ROW | (given or {})))
    (source,) = open_sources(tmp_path / "a.csv", options or ReadOptions(), io.BytesIO()).sources
    assert source.kind == "4cat-csv"
    return posts(list(source.read()))[0]


MESSAGE: dict[str, Any] = {
    "id": 2016,
    "peer_id": {"channel_id": 1088459257, "_type": "PeerChannel"},
    "date": 1660302195.0,
    "message": "Bold words",
    "edit_hide": True,
    "edit_date": 1660302486.0,
    "fwd_from": {
        "date": 1660302000.0,
        "from_id": {"channel_id": 1111111111, "_type": "PeerChannel"},
        "channel_post": 5,
        "_type": "MessageFwdHeader",
    },
    "entities": [{"offset": 0, "length": 4, "_type": "MessageEntityBold"}],
    "views": 12,
    "forwards": 0,
    "reactions": {
        "results": [{"reaction": {"emoticon": "👍", "_type": "ReactionEmoji"}, "count": 5, "_type": "ReactionCount"}]
    },
    "_type": "Message",
    "_chat": {"id": 1088459257, "username": "wirenews", "title": "Wire News", "_type": "Channel"},
    "_forward": {"_chat": {"id": 1111111111, "username": "origin_news", "title": "Origin", "_type": "Channel"}},
    "message_markdown": "**Bold** words",
}


def lines(*messages: dict[str, Any]) -> bytes:
    return "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages).encode()


class TestFourcatNdjson(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "lines": Case({"a.ndjson": lines(MESSAGE, MESSAGE | {"id": 2015})}, posts=2, encodings=("utf-8-sig", "utf-16")),
        "a list": Case({"a.json": json.dumps([MESSAGE, MESSAGE | {"id": 2015}], indent=1).encode()}, posts=2),
        "service": Case(
            {"a.ndjson": lines(MESSAGE, {"id": 1, "_type": "MessageService", "action": {}})},
            posts=1,
            no_posts={NoPostKind.SERVICE: 1},
        ),
        "broken lines": Case(
            {
                "a.ndjson": lines(MESSAGE)
                + b'{"id": 3, "message": \n'
                + lines(MESSAGE | {"id": 0}, MESSAGE | {"date": []}, MESSAGE | {"id": 2015})
            },
            posts=2,
            rejected=3,
        ),
        "cut": Case({"a.ndjson": lines(MESSAGE, MESSAGE)[:-50]}, posts=1, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        messages = ({"id": number, "message": text, "message_markdown": text, "entities": []} for number, text in given)
        return {"a.ndjson": lines(*(MESSAGE | each for each in messages))}

    def test_fields(self, tmp_path: Path) -> None:
        (tmp_path / "a.ndjson").write_bytes(lines(MESSAGE))
        (source,) = open_sources(tmp_path / "a.ndjson", ReadOptions(keeps_original=True), io.BytesIO()).sources
        (post,) = posts(list(source.read()))
        assert source.kind == "4cat-ndjson"
        assert post.channel == Channel(id=1088459257, username="wirenews", title="Wire News")
        assert post.posted_at == datetime(2022, 8, 12, 11, 3, 15, tzinfo=UTC)
        assert post.edited_at is None
        assert post.entities == (TextEntity(kind=EntityKind.BOLD, start=0, end=4),)
        assert post.counters == Counters(is_exact=True, views=12, forwards=0, reactions={"👍": 5})
        assert post.forward is not None
        assert (post.forward.channel_id, post.forward.channel_username, post.forward.message_id) == (
            1111111111,
            "origin_news",
            5,
        )
        assert post.original == MESSAGE
