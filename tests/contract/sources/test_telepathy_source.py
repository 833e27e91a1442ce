"""CSV files of Telepathy."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from ingest.errors import SourceNotFoundError
from ingest.sources import open_sources
from ingest.sources.options import ReadOptions
from schemas import Counters, Media, MediaKind, RawPost, Reply
from tests.contract.sources.source_contract import Case, SourceContract, posts

HEADER = (
    ";To;Message ID;Display_name;User ID;Message_text;Original_language;Translated_text;Translation_confidence;"
    "Timestamp;Has_media;Reply_to_ID;Replies;Forwards;Views;Total_reactions;Reply_ER_reach;Thumbs_up;Heart;Edit_date;URL;"
    "Media save directory\n"
)
FIRST = (
    '0;wirenews;42;Ann Lee;777;"First; with a semicolon\nand a line";en;N/A;N/A;'
    "2023-02-03 10:00:00+00:00;True;7;5;6;1200;9;0.1;8;1;2023-02-04 10:00:00+00:00;https://t.me/wirenews/42;N/A\n"
)
SECOND = "1;wirenews;41;Ann Lee;777;second;en;N/A;N/A;2023-02-03 09:00:00;False;;N/A;;100;0;0;0;0;None;https://t.me/wirenews/41;N/A\n"
PLAIN = (HEADER + FIRST + SECOND).encode()
COMMENTS = (
    b";Message ID;Reply ID;Display_name;ID;Message_text;Original_language;Timestamp\n0;1;2;Ann;3;hi;en;2023-02-03\n"
)


class TestTelepathy(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "plain": Case({"a.csv": PLAIN}, posts=2, encodings=("utf-8-sig", "utf-16")),
        "broken rows": Case(
            {"a.csv": (HEADER + FIRST.replace(";42;", ";-5;") + SECOND + "1;2;3\n").encode()}, posts=1, rejected=2
        ),
        "cut": Case({"a.csv": PLAIN[:-100]}, posts=1, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        rows = (SECOND.replace("41", str(number)).replace("second", text) for number, text in given)
        return {"a.csv": (HEADER + "".join(rows)).encode()}

    def test_fields(self, tmp_path: Path) -> None:
        post = read(tmp_path)[0]
        assert (post.channel.username, post.message_id) == ("wirenews", 42)
        assert post.text == "First; with a semicolon\nand a line"
        assert post.posted_at == datetime(2023, 2, 3, 10, tzinfo=UTC)
        assert post.edited_at is None  # it moves with reactions as well
        assert post.counters == Counters(is_exact=True, views=1200, forwards=6, replies=5, reactions={"👍": 8, "❤": 1})
        assert post.reply_to == Reply(message_id=7)
        assert post.media == (Media(kind=MediaKind.OTHER),)

    def test_what_is_not_said_is_unknown(self, tmp_path: Path) -> None:
        post = read(tmp_path)[1]
        assert post.posted_at == datetime(2023, 2, 3, 9, tzinfo=UTC)  # Telegram's own, so UTC
        assert post.counters == Counters(is_exact=True, views=100)
        assert (post.media, post.reply_to) == ((), None)

    def test_names_and_ids_of_persons_are_never_read(self, tmp_path: Path) -> None:
        assert not [
            post for post in read(tmp_path) if "Ann" in post.model_dump_json() or "777" in post.model_dump_json()
        ]

    def test_comments_are_passed_over_with_the_reason(self, tmp_path: Path) -> None:
        (tmp_path / "replies.csv").write_bytes(COMMENTS)
        with pytest.raises(SourceNotFoundError, match="comments on posts"):
            open_sources(tmp_path / "replies.csv", ReadOptions(), io.BytesIO())


def read(tmp_path: Path) -> list[RawPost]:
    (tmp_path / "a.csv").write_bytes(PLAIN)
    (source,) = open_sources(tmp_path / "a.csv", ReadOptions(), io.BytesIO()).sources
    assert source.kind == "telepathy"
    return posts(list(source.read()))
