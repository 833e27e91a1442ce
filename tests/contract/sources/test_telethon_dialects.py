"""Messages that MadelineProto, Telegram Web and GramJS write: Telegram's objects in other words than Telethon's."""

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ingest.sources import ReadOptions, Source, open_sources
from ingest.sources.base import NoPostKind
from schemas import Channel, Counters, EntityKind, ForwardOrigin, Media, MediaKind, RawPost, Reply, TextEntity
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

CHANNEL = 1341930464
UNIX = 1_709_632_807


def madeline(number: int, text: str = "Новость 😅", **fields: Any) -> dict[str, Any]:
    peer = {"_": "peerChannel", "channel_id": CHANNEL}
    first = {"_": "message", "out": False, "mentioned": False, "post": True, "id": number, "peer_id": peer}
    return first | {"date": UNIX, "message": text, "views": 7} | fields


def gramjs(value: Any) -> Any:
    """The same as GramJS writes it: its class behind everything, long numbers as text."""
    if isinstance(value, list):
        return [gramjs(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {
        re.sub("_(.)", lambda match: match[1].upper(), key): gramjs(each) for key, each in value.items() if key != "_"
    }
    if "channelId" in found:
        found["channelId"] = str(found["channelId"])
    return found | {"className": value["_"][:1].upper() + value["_"][1:]} if "_" in value else found


def written(value: object, **layout: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **layout).encode()


def lines(*values: object) -> bytes:
    return b"".join(written(value) + b"\n" for value in values)


def answer(*messages: object) -> dict[str, Any]:
    chat = {"_": "channel", "id": CHANNEL, "title": "Wire News", "username": "wirenews"}
    return {"_": "messages.channelMessages", "count": len(messages), "messages": list(messages), "chats": [chat]}


THREE = [madeline(3), madeline(2, '},{"_":"message","id":1'), madeline(1, "third")]
OF_GRAMJS = gramjs(THREE)
SERVICE = madeline(7, _="messageService", action={"_": "messageActionPinMessage"})
PRIVATE = madeline(7, peer_id={"_": "peerUser", "user_id": 77})
BAD: list[dict[str, Any]] = [
    madeline(0),
    madeline(2**63),
    madeline(9, date="yesterday"),
    madeline(9, message=5),
    madeline(9, peer_id="x"),
    {"_": "updateNewMessage", "id": 9},
]
COUNTED = {NoPostKind.SERVICE: 1, NoPostKind.OTHER_CHAT: 1}


class TestDialects(SourceContract):
    CASES: ClassVar[dict[str, Case]] = {
        "MadelineProto, a list": Case({"a.json": written(THREE)}, posts=3, encodings=("utf-16",)),
        "MadelineProto, lines": Case({"a.jsonl": lines(*THREE)}, posts=3),
        "MadelineProto, an answer": Case({"a.json": written(answer(*THREE), indent=4)}, posts=3),
        "MadelineProto, no posts": Case({"a.json": written([SERVICE, PRIVATE, *THREE])}, posts=3, no_posts=COUNTED),
        "MadelineProto, bad": Case({"a.json": written([THREE[0], *BAD, THREE[2]])}, posts=2, rejected=len(BAD)),
        "GramJS, a list": Case({"a.json": written(OF_GRAMJS, indent=2)}, posts=3, encodings=("utf-16",)),
        "GramJS, compact": Case({"a.json": written(OF_GRAMJS, separators=(",", ":"))}, posts=3),
        "GramJS, lines": Case({"a.jsonl": lines(*OF_GRAMJS)}, posts=3),
        "GramJS, an answer": Case({"a.json": written(gramjs(answer(*THREE)))}, posts=3),
        "GramJS, no posts": Case({"a.json": written(gramjs([SERVICE, PRIVATE, *THREE]))}, posts=3, no_posts=COUNTED),
        "GramJS, bad": Case(
            {"a.json": written([OF_GRAMJS[0], *gramjs(BAD), OF_GRAMJS[2]])}, posts=2, rejected=len(BAD)
        ),
        "GramJS, cut": Case({"a.json": written(OF_GRAMJS)[:-40]}, posts=2, rejected=1, has_open_end=True),
    }

    def archive(self, *given: tuple[int, str]) -> dict[str, bytes]:
        return {"a.json": written([madeline(number, text) for number, text in given])}


def source(tmp_path: Path, value: object) -> Source:
    (tmp_path / "a.json").write_bytes(written(value))
    (found,) = open_sources(tmp_path / "a.json", ReadOptions(keeps_original=True), io.BytesIO()).sources
    return found


def one(tmp_path: Path, value: object) -> RawPost:
    items = list(source(tmp_path, value).read())
    assert not rejections(items)
    (post,) = posts(items)
    return post


@pytest.mark.parametrize("as_written", [lambda value: value, gramjs], ids=["MadelineProto", "GramJS"])
def test_all_fields(tmp_path: Path, as_written: Any) -> None:
    origin = {"_": "peerChannel", "channel_id": 1006503122}
    reactions = [{"_": "reactionCount", "reaction": {"_": "reactionEmoji", "emoticon": "👍"}, "count": 3}]
    given = madeline(
        5,
        entities=[
            {"_": "messageEntityBold", "offset": 8, "length": 2},
            {"_": "messageEntityTextUrl", "offset": 0, "length": 7, "url": "https://example.org/"},
        ],
        fwd_from={"_": "messageFwdHeader", "from_id": origin, "channel_post": 42, "date": UNIX},
        reply_to={"_": "messageReplyHeader", "reply_to_msg_id": 3},
        media={"_": "messageMediaPhoto", "photo": {"_": "photo", "id": 536, "sizes": []}},
        edit_date=UNIX + 93,
        edit_hide=True,
        grouped_id=77,
        replies={"_": "messageReplies", "replies": 2},
        reactions={"_": "messageReactions", "results": reactions},
    )
    post = one(tmp_path, as_written(answer(given)))
    assert post.channel == Channel(id=CHANNEL, username="wirenews", title="Wire News")
    assert (post.message_id, post.text, post.edited_at, post.album_id) == (5, "Новость 😅", None, 77)
    assert post.entities == (
        TextEntity(kind=EntityKind.BOLD, start=8, end=9),
        TextEntity(kind=EntityKind.TEXT_LINK, start=0, end=7, url="https://example.org/"),
    )
    date = datetime(2024, 3, 5, 10, 0, 7, tzinfo=UTC)
    assert post.forward == ForwardOrigin(channel_id=1006503122, message_id=42, posted_at=date)
    assert (post.reply_to, post.posted_at) == (Reply(message_id=3), date)
    assert post.media == (Media(kind=MediaKind.PHOTO, id="536", mime_type="image/jpeg"),)
    assert post.counters == Counters(is_exact=True, views=7, replies=2, reactions={"👍": 3})
    assert post.original == as_written(given)


def test_peers_of_madelineproto_8(tmp_path: Path) -> None:
    header = {"_": "messageFwdHeader", "from_id": -1001006503122, "channel_post": 42}
    post = one(tmp_path, [madeline(5, peer_id=-1000000000000 - CHANNEL, fwd_from=header)])
    assert (post.channel.id, post.forward) == (CHANNEL, ForwardOrigin(channel_id=1006503122, message_id=42))
    person = one(tmp_path, [madeline(5, peer_id=-1000000000000 - CHANNEL, fwd_from=header | {"from_id": 77})])
    assert person.forward == ForwardOrigin()
    items = list(source(tmp_path, [madeline(5, peer_id=77), madeline(6, peer_id=-77)]).read())
    assert not posts(items)
    assert not rejections(items)


def test_flags_of_telegram_web(tmp_path: Path) -> None:
    given = madeline(5, pFlags={"post": True, "edit_hide": True}, edit_date=UNIX + 93, peerId=-CHANNEL)
    post = one(tmp_path, [given])
    assert (post.channel.id, post.edited_at) == (CHANNEL, None)
