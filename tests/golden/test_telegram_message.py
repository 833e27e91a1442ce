"""A message with everything, as a whole record. ``python tests/golden/test_telegram_message.py`` rewrites it."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import types
from telethon.utils import get_peer_id

from ingest.telegram.messages.parser import convert
from schemas import Channel, RawPost

GOLDEN = Path(__file__).parent / "telegram" / "rich_message.json"
TEXT = "🔹 Wire News 🇫🇷\nThe storm passed, writes The Example Times. #weather @wirenews"


def entity(kind: Any, covered: str, **fields: Any) -> Any:
    start = len(TEXT[: TEXT.index(covered)].encode("utf-16-le")) // 2
    return kind(start, len(covered.encode("utf-16-le")) // 2, **fields)


def rich_message() -> Any:
    posted = datetime(2024, 5, 1, 12, tzinfo=UTC)
    video = types.Document(
        5368324170671202286,
        1,
        b"reference",
        posted,
        "video/mp4",
        1_048_576,
        2,
        [types.DocumentAttributeVideo(12.5, 1280, 720), types.DocumentAttributeFilename("storm.mp4")],
    )
    return types.Message(
        42,
        types.PeerChannel(1234567890),
        date=posted,
        message=TEXT,
        post=True,
        entities=[
            entity(types.MessageEntityBold, "Wire News 🇫🇷"),
            entity(types.MessageEntityTextUrl, "writes", url="https://example.org/storm"),
            entity(types.MessageEntityItalic, "The Example Times"),
            entity(types.MessageEntityHashtag, "#weather"),
            entity(types.MessageEntityMention, "@wirenews"),
        ],
        media=types.MessageMediaDocument(document=video),
        fwd_from=types.MessageFwdHeader(posted, from_id=types.PeerChannel(77), channel_post=5),
        reply_to=types.MessageReplyHeader(reply_to_msg_id=40),
        views=12345,
        forwards=45,
        replies=types.MessageReplies(6, 0),
        reactions=types.MessageReactions([types.ReactionCount(types.ReactionEmoji("👍"), 12)]),
        edit_date=datetime(2024, 5, 1, 12, 30, tzinfo=UTC),
        grouped_id=13579,
    )


def record() -> str:
    message = BinaryReader(bytes(rich_message())).tgread_object()
    origin = types.Channel(77, "Storm Watch", types.ChatPhotoEmpty(), None, username="stormwatch")
    message._finish_init(SimpleNamespace(_mb_entity_cache={}, _self_id=1), {get_peer_id(origin): origin}, None)
    channel = Channel(id=1234567890, username="wirenews", title="Wire News")
    found = convert(message, channel, "main", datetime(2024, 5, 2, tzinfo=UTC))
    assert isinstance(found, RawPost)
    return found.model_dump_json(indent=1, exclude_defaults=True) + "\n"


def test_a_message_with_everything() -> None:
    assert record() == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(record(), encoding="utf-8")
