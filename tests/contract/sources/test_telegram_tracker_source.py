"""CSV files of telegram-tracker."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from ingest.sources import open_sources
from ingest.sources.options import ReadOptions
from schemas import Channel, Counters, ForwardOrigin, Media, MediaKind, Poll, RawPost, Reply
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

COLUMNS = [
    "signature",
    "channel_id",
    "channel_name",
    "msg_id",
    "message",
    "cleaned_message",
    "date",
    "msg_link",
    "msg_from_peer",
    "msg_from_id",
    "views",
    "number_replies",
    "number_forwards",
    "is_forward",
    "forward_msg_from_peer_type",
    "forward_msg_from_peer_id",
    "forward_msg_from_peer_name",
    "forward_msg_date",
    "forward_msg_date_string",
    "forward_msg_link",
    "is_reply",
    "reply_to_msg_id",
    "reply_msg_link",
    "contains_media",
    "media_type",
    "has_url",
    "document_type",
    "document_id",
    "document_video_duration",
    "document_filename",
    "poll_id",
    "poll_question",
    "poll_total_voters",
    "poll_results",
    "contact_phone_number",
    "contact_name",
]
FIRST = {
    "channel_id": "1681050227.0",
    "channel_name": "wirenews",
    "msg_id": "42.0",
    "message": "First, with a comma\nand a line",
    "date": "2022-05-11 10:45:43+00:00",
    "msg_link": "https://t.me/wirenews/42",
    "views": "303.0",
    "number_replies": "0",
    "number_forwards": "3",
    "is_forward": "1",
    "forward_msg_from_peer_type": "PeerChannel",
    "forward_msg_from_peer_id": "1260161873.0",
    "forward_msg_from_peer_name": "origin_news",
    "forward_msg_date": "2022-05-11 10:43:12",
    "forward_msg_link": "https://t.me/origin_news/112838",
    "is_reply": "1",
    "reply_to_msg_id": "7.0",
    "contains_media": "1",
    "media_type": "MessageMediaDocument",
    "document_type": "video/mp4",
    "document_id": "5454099168",
    "document_video_duration": "32.0",
    "document_filename": "a.mp4",
    "contact_phone_number": "5551234567",
}
SECOND = {
    "channel_id": "1681050227.0",
    "channel_name": "wirenews",
    "msg_id": "41",
    "message": " ",
    "cleaned_message": "cleaned",
    "date": "2022-05-11 10:40:00+00:00",
    "is_forward": "0",
}


def table(*rows: dict[str, str]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


PLAIN = table(FIRST, SECOND)


class TestTelegramTracker(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "plain": Case({"a.csv": PLAIN}, posts=2, encodings=("utf-8-sig", "utf-16")),
        "broken rows": Case(
            {"a.csv": table(FIRST, SECOND | {"msg_id": "0"}, SECOND | {"date": "soon"}, SECOND | {"channel_id": "x"})},
            posts=1,
            rejected=3,
        ),
        "a row of wrong length": Case(
            {"a.csv": PLAIN + b"1,2,3\n" + table(SECOND | {"msg_id": "40"}).partition(b"\n")[2]}, posts=3, rejected=1
        ),
        "cut": Case({"a.csv": PLAIN[:-60]}, posts=1, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        messages = ({"msg_id": str(number), "cleaned_message": text} for number, text in given)
        return {"a.csv": table(*(SECOND | each for each in messages))}

    def test_fields(self, tmp_path: Path) -> None:
        post = read(tmp_path, FIRST)
        assert (post.channel, post.message_id) == (Channel(id=1681050227, username="wirenews"), 42)
        assert post.posted_at == datetime(2022, 5, 11, 10, 45, 43, tzinfo=UTC)
        assert post.text == "First, with a comma\nand a line"
        assert post.counters == Counters(is_exact=True, views=303, forwards=3, replies=0)
        assert post.reply_to == Reply(message_id=7)
        assert post.forward == ForwardOrigin(
            channel_id=1260161873,
            channel_username="origin_news",
            message_id=112838,
            posted_at=datetime(2022, 5, 11, 10, 43, 12, tzinfo=UTC),
        )
        (media,) = post.media
        assert media == Media(
            kind=MediaKind.VIDEO, id="5454099168", mime_type="video/mp4", file_name="a.mp4", duration_s=32
        )

    def test_the_text_is_the_cleaned_one_where_the_other_is_blank(self, tmp_path: Path) -> None:
        post = read(tmp_path, SECOND)
        assert (post.text, post.forward, post.media) == ("cleaned", None, ())

    def test_a_forward_from_a_person_keeps_the_date_alone(self, tmp_path: Path) -> None:
        row = FIRST | {
            "forward_msg_from_peer_type": "PeerUser",
            "forward_msg_from_peer_name": "",
            "forward_msg_link": "",
        }
        assert read(tmp_path, row).forward == ForwardOrigin(posted_at=datetime(2022, 5, 11, 10, 43, 12, tzinfo=UTC))

    def test_a_poll_keeps_its_question(self, tmp_path: Path) -> None:
        results = "[{'_': 'PollAnswerVoters', 'option': b'0', 'voters': 3}]"
        row = SECOND | {
            "contains_media": "1",
            "media_type": "MessageMediaPoll",
            "poll_question": "Rain?",
            "poll_total_voters": "5.0",
            "poll_results": results,
        }
        assert read(tmp_path, row).media == (
            Media(kind=MediaKind.POLL, poll=Poll(question="Rain?", answers=(), voters=5)),
        )

    def test_a_contact_is_never_read(self, tmp_path: Path) -> None:
        row = SECOND | {
            "contains_media": "1",
            "media_type": "MessageMediaContact",
            "contact_phone_number": "5551234567",
        }
        post = read(tmp_path, row)
        assert post.media == (Media(kind=MediaKind.CONTACT),)
        assert "5551234567" not in post.model_dump_json()

    def test_a_rejection_names_its_column(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes(table(FIRST, SECOND | {"msg_id": "9.22e18"}))
        (source,) = open_sources(tmp_path / "a.csv", ReadOptions(), io.BytesIO()).sources
        (rejected,) = rejections(list(source.read()))
        assert (rejected.line, rejected.field) == (4, "msg_id")


def read(tmp_path: Path, row: dict[str, str]) -> RawPost:
    (tmp_path / "a.csv").write_bytes(table(row))
    (source,) = open_sources(tmp_path / "a.csv", ReadOptions(), io.BytesIO()).sources
    assert source.kind == "telegram-tracker"
    return posts(list(source.read()))[0]
