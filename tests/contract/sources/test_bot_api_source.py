"""Updates of the Bot API."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ingest.sources import ReadOptions, Source, open_sources
from ingest.sources.base import NoPostKind
from schemas import Channel, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

CHAT = {"id": -1001341930464, "title": "Wire News", "username": "wirenews", "type": "channel"}
UNIX = 1_709_632_807


def post(number: int, text: str = "Новость 😅", **fields: Any) -> dict[str, Any]:
    return {"message_id": number, "sender_chat": CHAT, "chat": CHAT, "date": UNIX, "text": text} | fields


def update(number: int, text: str = "Новость 😅", kind: str = "channel_post", **fields: Any) -> dict[str, Any]:
    return {"update_id": 700 + number, kind: post(number, text, **fields)}


def written(value: object, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **layout).encode()


def lines(*values: object) -> bytes:
    return b"".join(written(value) + b"\n" for value in values)


THREE = [update(3), update(2, '},{"update_id": 9, "channel_post": {'), update(1, "third")]
PINNED = {"update_id": 9, "channel_post": {key: value for key, value in post(9).items() if key != "text"}}
MEMBER = {"update_id": 9, "my_chat_member": {"chat": CHAT, "date": UNIX}}
PRIVATE = update(9, kind="message", chat={"id": 77, "type": "private", "first_name": "A"})
BAD: list[Any] = [
    update(0),
    update(2**63),
    update(9, date="yesterday"),
    update(9, text=["x"]),  # type: ignore[arg-type]
    update(9, chat=None, sender_chat=None),
    {"update_id": 9, "channel_post": 5},
    5,
]


class TestBotApi(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "an answer": Case(
            {"a.json": written({"ok": True, "result": THREE})}, posts=3, encodings=("utf-8-sig", "utf-16")
        ),
        "indented": Case({"a.json": written({"ok": True, "result": THREE}, indent=2)}, posts=3),
        "a list": Case({"a.json": written(THREE, separators=(",", ":"))}, posts=3),
        "sorted keys": Case({"a.json": written(THREE, sort_keys=True)}, posts=3),
        "lines": Case({"a.jsonl": lines(*THREE)}, posts=3),
        "answers in lines": Case({"a.jsonl": lines(*({"ok": True, "result": [each]} for each in THREE))}, posts=3),
        "messages of groups": Case({"a.json": written([update(3, kind="message"), update(2)])}, posts=2),
        "no posts": Case(
            {"a.json": written([PINNED, MEMBER, PRIVATE, *THREE])},
            posts=3,
            no_posts={NoPostKind.SERVICE: 1, NoPostKind.METADATA: 1, NoPostKind.OTHER_CHAT: 1},
        ),
        "bad updates": Case({"a.json": written([THREE[0], *BAD, THREE[2]])}, posts=2, rejected=len(BAD)),
        "a broken update": Case({"a.json": written(THREE).replace(b'"third"', b"third")}, posts=2, rejected=1),
        "cut": Case({"a.json": written(THREE)[:-40]}, posts=2, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.jsonl": lines(*(update(number, text) for number, text in given))}


def source(tmp_path: Path, value: object) -> Source:
    (tmp_path / "a.json").write_bytes(written(value))
    (found,) = open_sources(tmp_path / "a.json", ReadOptions(keeps_original=True), io.BytesIO()).sources
    return found


def read(tmp_path: Path, *updates: dict[str, Any]) -> list[RawPost]:
    items = list(source(tmp_path, {"ok": True, "result": updates}).read())
    assert not rejections(items)
    return posts(items)


def test_the_message_of_an_update(tmp_path: Path) -> None:
    origin = {"type": "channel", "chat": CHAT | {"id": -1001006503122}, "message_id": 42, "date": UNIX}
    bold = {"type": "bold", "offset": 8, "length": 2}
    given = update(5, entities=[bold], forward_origin=origin, reply_to_message=post(3), media_group_id="77")
    (found,) = read(tmp_path, given)
    date = datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)
    assert (found.message_id, found.posted_at, found.edited_at) == (5, date, None)
    assert found.channel == Channel(id=1341930464, username="wirenews", title="Wire News")
    assert found.entities == (TextEntity(kind=EntityKind.BOLD, start=8, end=9),)
    assert found.forward == ForwardOrigin(
        channel_id=1006503122, channel_username="wirenews", message_id=42, name="Wire News", posted_at=date
    )
    assert (found.reply_to, found.album_id, found.original) == (Reply(message_id=3), 77, given)


def test_captions_and_photos_in_sizes(tmp_path: Path) -> None:
    sizes = [
        {"file_id": "x", "width": 90, "height": 60},
        {"file_id": "y", "width": 1280, "height": 800, "file_size": 9},
    ]
    message = {key: value for key, value in post(5).items() if key != "text"} | {"photo": sizes, "caption": "words"}
    (found,) = read(tmp_path, {"update_id": 5, "channel_post": message})
    photo = Media(kind=MediaKind.PHOTO, mime_type="image/jpeg", size_bytes=9, width_px=1280, height_px=800)
    assert (found.text, found.media) == ("words", (photo,))


def test_an_edit_is_a_later_state(tmp_path: Path) -> None:
    first, second = read(tmp_path, update(5), update(5, "words", "edited_channel_post", edit_date=UNIX + 93))
    assert (first.edited_at, second.edited_at) == (None, datetime(2024, 3, 5, 10, 1, 40, tzinfo=UTC))
    assert second.text == "words"
