"""Messages with neither a text nor an attachment."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.sources import NoPost, NoPostKind, ReadOptions, open_sources
from schemas import RawPost

MAY_HAVE = "a post without a text is kept: the file does not say what was attached"
PEER = {"_": "PeerChannel", "channel_id": 1341930464}
TELETHON = {"_": "Message", "peer_id": PEER, "date": "2024-03-05T10:00:07+00:00", "media": None}
PYROGRAM = {"_": "Message", "chat": {"id": -1001341930464, "type": "channel"}, "date": "2024-03-05 10:00:07"}
DESKTOP = {"type": "message", "date": "2024-03-05T12:00:07", "date_unixtime": "1709632807", "text_entities": []}
SNSCRAPE = {"_type": "snscrape.modules.telegram.TelegramPost", "date": "2024-03-05T10:00:07+00:00"}


def _read(path: Path, content: str) -> tuple[list[object], list[str]]:
    path.write_text(content)
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    return [item.entry for item in source.read()], [each.partition(": ")[2] for each in source.warnings]


def _dump(kind: str, *texts: str) -> str:
    records: list[dict[str, Any]]
    if kind == "telethon":
        return json.dumps([TELETHON | {"id": number, "message": text} for number, text in enumerate(texts, 1)])
    if kind == "pyrogram":
        return json.dumps([PYROGRAM | {"id": number, "text": text} for number, text in enumerate(texts, 1)])
    if kind == "snscrape":
        records = [
            SNSCRAPE | {"url": f"https://t.me/s/wirenews/{number}", "content": text}
            for number, text in enumerate(texts, 1)
        ]
        return json.dumps(records)
    records = [{"id": number, "text": text} | DESKTOP for number, text in enumerate(texts, 1)]
    return json.dumps({"name": "Wire News", "type": "public_channel", "id": 1341930464, "messages": records})


@pytest.mark.parametrize("kind", ["telethon", "pyrogram", "tdesktop"])
@pytest.mark.parametrize("text", ["", " \n"])
def test_they_are_no_posts(tmp_path: Path, kind: str, text: str) -> None:
    entries, warnings = _read(tmp_path / "dump.json", _dump(kind, "Ferries are late.", text))
    assert entries[1:] == [NoPost(NoPostKind.EMPTY)]
    assert MAY_HAVE not in warnings


def test_a_table_without_a_column_for_attachments_may_have_left_them_out(tmp_path: Path) -> None:
    rows = "id,channel,text,date,views\n1,@wirenews,good,2024-05-01T12:00:00Z,5\n2,@wirenews,,2024-05-01T12:00:00Z,5\n"
    (first, second), warnings = _read(tmp_path / "a.csv", rows)
    assert isinstance(first, RawPost)
    assert isinstance(second, RawPost)
    assert MAY_HAVE in warnings


def test_a_table_with_a_column_for_attachments_says_that_there_is_none(tmp_path: Path) -> None:
    rows = "id,channel,text,date,media\n1,@wirenews,good,2024-05-01T12:00:00Z,\n"
    rows += "2,@wirenews,,2024-05-01T12:00:00Z,\n3,@wirenews,,2024-05-01T12:00:00Z,photo\n"
    entries, warnings = _read(tmp_path / "a.csv", rows)
    assert [type(entry) for entry in entries] == [RawPost, NoPost, RawPost]
    assert MAY_HAVE not in warnings


def test_snscrape_does_not_know_all_attachments(tmp_path: Path) -> None:
    entries, warnings = _read(tmp_path / "dump.json", _dump("snscrape", "Ferries are late.", ""))
    assert [type(entry) for entry in entries] == [RawPost, RawPost]
    assert MAY_HAVE in warnings


def test_our_own_records_are_read_as_they_are(tmp_path: Path) -> None:
    record = {"type": "post", "schema_version": 1, "key": "tg:7:1", "channel": {"id": 7}, "message_id": 1, "text": ""}
    entries, _ = _read(tmp_path / "posts.jsonl", json.dumps(record) + "\n")
    assert [type(entry) for entry in entries] == [RawPost]
