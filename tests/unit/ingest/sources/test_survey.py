"""Which ids of a channel an archive does not hold."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.sources import ReadOptions, open_sources
from ingest.sources.survey import ChannelSurvey, IdSet, Survey

DATE = "2024-03-05T10:00:07+00:00"
PEER = {"_": "PeerChannel", "channel_id": 1341930464}
CHAT = {"id": -1001341930464, "type": "channel", "title": "Wire News"}


def _survey(path: Path, value: object) -> ChannelSurvey:
    path.write_text(json.dumps(value))
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    survey = Survey(source.name, source.kind, None)
    for item in source.read():
        survey.add(item, lambda _: None)
    (channel,) = survey.channels.values()
    return channel


def _telethon(number: int, **fields: Any) -> dict[str, Any]:
    return {"_": "Message", "id": number, "peer_id": PEER, "date": DATE, "message": "a"} | fields


def _pyrogram(number: int, **fields: Any) -> dict[str, Any]:
    return {"_": "Message", "id": number, "chat": CHAT, "date": "2024-03-05 10:00:07", "text": "a"} | fields


def _update(number: int, **fields: Any) -> dict[str, Any]:
    return {"update_id": number + 100, "channel_post": _pyrogram(number) | {"message_id": number} | fields}


def _tdlib(number: int, **fields: Any) -> dict[str, Any]:
    text = {"@type": "messageText", "text": {"text": "a"}}
    return {
        "@type": "message",
        "id": number << 20,
        "chat_id": CHAT["id"],
        "date": 1_709_632_807,
        "content": text,
    } | fields


def _desktop(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "type": "message", "date": "2024-03-05T12:00:07", "text": "a", "text_entities": []} | fields


FRAME = {"name": "Wire News", "type": "public_channel", "id": 1341930464}
DUMPS: dict[str, object] = {
    "telethon": [
        {"_": "MessageEmpty", "id": 12, "peer_id": PEER},
        _telethon(16),
        {"_": "MessageService", "id": 15, "peer_id": PEER, "action": {}},
        _telethon(14, date="yesterday"),
        _telethon(13),
        _telethon(10),
    ],
    "pyrogram": [
        _pyrogram(10),
        {"_": "Message", "id": 13, "empty": True},
        _pyrogram(14, service="MessageServiceType.PINNED_MESSAGE"),
        _pyrogram(15, date="yesterday"),
        _pyrogram(16),
    ],
    "bot api": [_update(10), _update(13, text=None), _update(14, date="x"), _update(15, text=None), _update(16)],
    "tdlib": [
        _tdlib(10),
        _tdlib(13, content={"@type": "messageUnsupported"}),
        _tdlib(14, content={"@type": "messagePinMessage"}),
        _tdlib(15, date="x"),
        _tdlib(16),
    ],
    "tdesktop": FRAME
    | {
        "messages": [
            {"id": 9, "type": "service", "date": "2024-03-05T12:00:07"},
            _desktop(10),
            {"id": 13, "type": "unsupported"},
            _desktop(14, text=""),
            _desktop(15, date="x"),
            _desktop(16),
        ]
    },
}


@pytest.mark.parametrize("kind", DUMPS)
def test_only_ids_that_no_record_has_are_missing(kind: str, tmp_path: Path) -> None:
    channel = _survey(tmp_path / "dump.json", DUMPS[kind])
    assert (channel.ids.first, channel.ids.last) == (10, 16)
    expected = (2, (11, 12)) if kind != "telethon" else (1, (11, 11))
    assert (channel.known_ids.missing, channel.known_ids.longest_gap()) == expected


def test_ids_are_in_order() -> None:
    ids = IdSet()
    for number in (700, 3, 64, 65, 3):
        ids.add(number)
    assert (list(ids), ids.count) == ([3, 64, 65, 700], 4)
