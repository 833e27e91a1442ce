"""One fault in an archive of the form that programs write: it costs its record, and little time."""

import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from time import thread_time
from typing import Any

import pytest

from ingest.errors import SourceNotFoundError
from ingest.sources import Rejected, open_sources
from ingest.sources.json_table.format import FORMAT as JSON_TABLE
from ingest.sources.options import ReadOptions
from ingest.sources.sample import Sample
from schemas import RawPost

COUNT = 12


def _telethon(number: int) -> dict[str, Any]:
    sizes = [
        {"_": "PhotoStrippedSize", "type": "i", "bytes": [1, 40, number]},
        {"_": "PhotoSize", "type": "m", "w": 320, "h": 121, "size": 9120},
    ]
    buttons = [{"_": "KeyboardButtonRow", "buttons": [{"_": "KeyboardButtonUrl", "text": t, "url": "x"}]} for t in "ab"]
    return {
        "_": "Message", "id": number, "peer_id": {"_": "PeerChannel", "channel_id": 77},
        "date": "2024-05-01T12:00:00+00:00", "message": f"Ferry {number} left.", "entities": [],
        "media": {"_": "MessageMediaPhoto", "photo": {"_": "Photo", "id": 5, "sizes": sizes, "dc_id": 2}},
        "reply_markup": {"_": "ReplyInlineMarkup", "rows": buttons}, "views": 7,
    }  # fmt: skip


def _desktop(number: int) -> dict[str, Any]:
    parts = [{"type": "custom_emoji", "text": "⛴", "document_id": "s.webp"}, {"type": "plain", "text": " left."}]
    return {"id": number, "type": "message", "date_unixtime": "1714564800", "text": parts, "text_entities": parts}


def _entries(data: bytes, path: Path) -> Sequence[object]:
    path.write_bytes(data)
    sources = open_sources(path, ReadOptions(), io.BytesIO()).sources
    return [item.entry for source in sources for item in source.read()]


def _posts(entries: Sequence[object]) -> list[int]:
    return [entry.message_id for entry in entries if isinstance(entry, RawPost)]


def _export(messages: list[Any]) -> bytes:
    chat = {"name": "Ferries", "type": "public_channel", "id": 77, "messages": messages}
    return json.dumps(chat, ensure_ascii=False, indent=1).encode()


@pytest.mark.parametrize("broken", [b"caf\xe9 ", b"\x00", b'" "'])
def test_one_broken_message_of_a_list_on_one_line_costs_itself_alone(broken: bytes, tmp_path: Path) -> None:
    """Photo sizes and buttons within it end as a list of messages does before the next chat."""
    data = json.dumps([_telethon(number) for number in range(1, COUNT)]).encode()
    entries = _entries(data.replace(b"Ferry 5", broken + b"Ferry 5"), tmp_path / "channel_messages.json")
    assert _posts(entries) == [number for number in range(1, COUNT) if number != 5]
    assert sum(isinstance(entry, Rejected) for entry in entries) == 1


@pytest.mark.parametrize("first", [None, "a", 5])
def test_an_export_whose_first_message_is_none_is_recognised_by_those_behind_it(first: object, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    assert _posts(_entries(_export([first, *map(_desktop, range(1, COUNT))]), path)) == list(range(1, COUNT))
    assert [source.kind for source in open_sources(path, ReadOptions(), io.BytesIO()).sources] == ["tdesktop-json"]


def test_an_id_in_a_string_is_the_same_id(tmp_path: Path) -> None:
    entries = _entries(_export([_desktop(5), _desktop(6), _desktop(5) | {"id": "5"}]), tmp_path / "result.json")
    assert _posts(entries) == [5, 6]
    assert "repeats post 5" in str(entries[-1])


def test_a_packed_file_that_is_cut_before_its_first_record_is_said_to_be_cut(tmp_path: Path) -> None:
    packed = gzip.compress(b"<html><head>" + bytes(range(1, 250)) * 40)
    with pytest.raises(SourceNotFoundError, match="the packed data is cut or broken"):
        _entries(packed[: len(packed) // 2], tmp_path / "page.html.gz")


@pytest.mark.parametrize("head", ["tgme_channel_history", "page_body chat_page"])
def test_elements_nested_deeply_before_the_first_message_take_no_time(head: str, tmp_path: Path) -> None:
    message = (
        '<div class="tgme_widget_message js-widget_message" data-post="ferries/5">'
        '<div class="tgme_widget_message_text js-message_text">Left.</div></div>'
        if "tgme" in head
        else '<div class="message default clearfix" id="message5">'
        '<div class="body"><div class="text">Left.</div></div></div>'
    )
    deep = f'<div class="{head}">{"<div>" * 40_000}{message}'
    page = f"<html><head><title>Exported Data</title></head><body>{deep}</body></html>"
    began = thread_time()
    assert _posts(_entries(page.encode(), tmp_path / "messages.html")) == [5]
    assert thread_time() - began < 1.5


@pytest.mark.parametrize("piece", ['{"a":', '[{"a":1,"b":', '{"a":[{"x":1}],"b":'])
def test_json_nested_deeply_is_judged_in_little_time(piece: str) -> None:
    sample = Sample("a.json", "", b'{"messages":[' + piece.encode() * 5_000)
    began = thread_time()
    JSON_TABLE.detect(sample)
    assert thread_time() - began < 1.5


def test_many_kinds_of_lists_are_judged_in_little_time() -> None:
    lists = ",".join(f'"k{number}":[{{"a{number}":1,"b{number}":2}}]' for number in range(3_000))
    began = thread_time()
    JSON_TABLE.detect(Sample("a.json", "", f"{{{lists}".encode()[: 64 << 10]))
    assert thread_time() - began < 1.5


@pytest.mark.parametrize("has_content", [False, True])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_export_of_tdl_with_sorted_keys_is_one(indent: int | None, has_content: bool, tmp_path: Path) -> None:
    content = {"date": 1714564800, "text": "Left."} if has_content else {}
    messages = [{"id": number, "type": "message", "file": f"{number}.jpg", **content} for number in range(1, COUNT)]
    path = tmp_path / "tdl-export.json"
    path.write_text(json.dumps({"id": 77, "messages": messages}, sort_keys=True, indent=indent))
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    assert source.kind == "tdl"
    assert _posts([item.entry for item in source.read()]) == list(range(1, COUNT))
