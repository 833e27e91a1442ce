"""Archives in JSON whose first or last record is broken are recognised, and all others are read."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import thread_time
from typing import Any

import pytest

from ingest.errors import SourceNotFoundError, UnknownColumnsError
from ingest.sources import Rejected, open_sources
from ingest.sources.options import ReadOptions
from schemas import RawPost

TEXT = "Ferry {} left the harbour."


def _desktop(number: int) -> dict[str, Any]:
    parts = [{"type": "plain", "text": TEXT.format(number)}]
    return {"id": number, "type": "message", "date_unixtime": "1714564800", "text": TEXT, "text_entities": parts}


def _tdl(number: int) -> dict[str, Any]:
    return {"id": number, "type": "message", "file": "", "date": 1714564800, "text": TEXT.format(number)}


def _telethon(number: int) -> dict[str, Any]:
    peer = {"_": "PeerChannel", "channel_id": 77}
    return {"_": "Message", "id": number, "peer_id": peer, "date": "2024-05-01T12:00:00+00:00", "message": TEXT}


def _pyrogram(number: int) -> dict[str, Any]:
    chat = {"_": "Chat", "id": -1000000000077, "type": "ChatType.CHANNEL"}
    return {"_": "Message", "id": number, "chat": chat, "date": "2024-05-01 12:00:00", "text": TEXT.format(number)}


def _tdlib(number: int) -> dict[str, Any]:
    words = {"@type": "formattedText", "text": TEXT.format(number), "entities": []}
    content = {"@type": "messageText", "text": words}
    return {"@type": "message", "id": number << 20, "chat_id": -1000000000077, "date": 1714564800, "content": content}


def _snscrape(number: int) -> dict[str, Any]:
    kind = "snscrape.modules.telegram.TelegramPost"
    url = f"https://t.me/s/ferries/{number}"
    return {"_type": kind, "url": url, "date": "2024-05-01T12:00:00+00:00", "content": TEXT, "outlinks": []}


def _script(number: int) -> dict[str, Any]:
    return {"message_id": number, "chat_id": 77, "date": "2024-05-01T12:00:00Z", "text": TEXT, "sender": "x"}


def _in_parts(number: int) -> dict[str, Any]:
    post = {"message_id": number, "date": "2024-05-01T12:00:00Z", "text": TEXT.format(number)}
    return {"post": post, "channel": {"id": 77, "name": "Ferries"}}


def _lines(records: list[str]) -> str:
    return "\n".join(records) + "\n"


def _list(records: list[str]) -> str:
    return f"[{', '.join(records)}]"


def _in_chat(records: list[str]) -> str:
    messages = ",\n  ".join(records)
    return f'{{\n "name": "Ferries",\n "type": "public_channel",\n "id": 77,\n "messages": [\n  {messages}\n ]\n}}'


def _in_tdl(records: list[str]) -> str:
    return f'{{"id":77,"messages":[{",".join(records)}]}}'


def _in_object(records: list[str]) -> str:
    return f'{{"exported": "2024", "posts": [{", ".join(records)}]}}'


def _in_indented_object(records: list[str]) -> str:
    posts = ",\n  ".join(records)
    return f'{{\n "exported": "2024",\n "posts": [\n  {posts}\n ]\n}}'


LAYOUTS: dict[str, tuple[Callable[[int], dict[str, Any]], Callable[[list[str]], str]]] = {
    "tdesktop-json": (_desktop, _in_chat),
    "tdl": (_tdl, _in_tdl),
    "telethon list": (_telethon, _list),
    "telethon lines": (_telethon, _lines),
    "pyrogram": (_pyrogram, _list),
    "tdlib list": (_tdlib, _list),
    "tdlib lines": (_tdlib, _lines),
    "tdlib in an object": (_tdlib, _in_object),
    "snscrape": (_snscrape, _lines),
    "json": (_script, _list),
    "telethon in an object": (_telethon, _in_object),
    "pyrogram in an indented object": (_pyrogram, _in_indented_object),
    "json in an object": (_script, _in_object),
    "json in parts": (_in_parts, _list),
    "json in parts in an object": (_in_parts, _in_object),
}
BROKEN: dict[str, Callable[[str], str]] = {
    "words": lambda record: "no JSON at all",
    "cut at its beginning": lambda record: record[30:],
    "without its brace": lambda record: record[1:],
    "an open quote": lambda record: record.replace('", "', ', "', 1),
}


@pytest.mark.parametrize("place", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(("record", "around"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_broken_record_at_either_end_costs_itself_alone(
    record: Callable[[int], dict[str, Any]],
    around: Callable[[list[str]], str],
    broken: Callable[[str], str],
    place: int,
    tmp_path: Path,
) -> None:
    records = [json.dumps(record(number)) for number in range(1, 13)]
    records[place] = broken(records[place])
    numbers, rejected = _read(tmp_path, around(records))
    assert numbers == (list(range(2, 13)) if place == 0 else list(range(1, 12)))
    assert 1 <= len(rejected) <= 3


@pytest.mark.parametrize("first", ["{}", "17", '"x"', "[]"])
@pytest.mark.parametrize("around", [_list, _in_object, _in_indented_object])
@pytest.mark.parametrize("record", [_telethon, _script])
def test_a_first_element_that_is_no_record_is_rejected_alone(
    record: Callable[[int], dict[str, Any]], around: Callable[[list[str]], str], first: str, tmp_path: Path
) -> None:
    numbers, rejected = _read(tmp_path, around([first, *(json.dumps(record(number)) for number in (2, 3))]))
    assert numbers == [2, 3]
    assert len(rejected) == 1


@pytest.mark.parametrize("record", [_telethon, _script, _snscrape])
def test_an_empty_object_before_lines_is_rejected(record: Callable[[int], dict[str, Any]], tmp_path: Path) -> None:
    numbers, rejected = _read(tmp_path, _lines(["{}", *(json.dumps(record(number)) for number in (2, 3))]))
    assert (numbers, len(rejected)) == ([2, 3], 1)


def test_lists_one_after_the_other_are_all_read(tmp_path: Path) -> None:
    lists: tuple[list[dict[str, Any]], ...] = ([], [_snscrape(1), _snscrape(2)], [_snscrape(3)])
    content = "".join(f"{json.dumps(each)}\n" for each in lists) + json.dumps(_snscrape(4))
    assert _read(tmp_path, content) == ([1, 2, 3, 4], [])


@pytest.mark.parametrize("record", [_telethon, _pyrogram])
def test_records_that_are_in_no_list_are_reported(record: Callable[[int], dict[str, Any]], tmp_path: Path) -> None:
    numbers, (rejected,) = _read(tmp_path, json.dumps({"posts": {"1": record(1), "2": record(2)}}))
    assert numbers == []
    assert rejected.message == "records are here, but in no list"


@pytest.mark.parametrize("around", [_list, _lines, _in_object])
def test_a_brace_too_many_makes_up_no_ids(around: Callable[[list[str]], str], tmp_path: Path) -> None:
    first, *others = (json.dumps({"seen": 1} | _in_parts(number)) for number in range(1, 5))
    assert _read(tmp_path, around([first + "}", *others]))[0] == [1, 2, 3, 4]
    assert _read(tmp_path, around([first.replace("}", "}}", 1), *others]))[0][-3:] == [2, 3, 4]


@pytest.mark.parametrize("blank", ["\n", " \n"])
@pytest.mark.parametrize("around", [_list, _in_object])
def test_long_runs_of_blanks_cost_no_more_than_their_length(
    around: Callable[[list[str]], str], blank: str, tmp_path: Path
) -> None:
    content = around([blank * (40_000 // len(blank)) + "17", json.dumps(_telethon(2)), json.dumps(_telethon(3))])
    begin = thread_time()
    assert _read(tmp_path, content)[0] == [2, 3]
    assert thread_time() - begin < 2


@pytest.mark.parametrize("head", ['{"', '[{"', '[{"id": 1, "text": "'])
def test_quotes_that_close_nothing_cost_no_more_than_their_length(head: str, tmp_path: Path) -> None:
    begin = thread_time()
    with suppress(SourceNotFoundError, UnknownColumnsError):
        _read(tmp_path, head + '\\"' * 40_000)
    assert thread_time() - begin < 2


@pytest.mark.parametrize("first", ["null", "{}"])
@pytest.mark.parametrize(("record", "around"), LAYOUTS.values(), ids=LAYOUTS)
def test_an_empty_first_record_hides_no_format(
    record: Callable[[int], dict[str, Any]], around: Callable[[list[str]], str], first: str, tmp_path: Path
) -> None:
    numbers, _ = _read(tmp_path, around([first, *(json.dumps(record(number)) for number in range(2, 6))]))
    assert numbers == [2, 3, 4, 5]


@pytest.mark.parametrize("content", ["[]", "{}", " \n", "[\n]\n"])
def test_a_file_without_records_is_empty(content: str, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="empty"):
        _read(tmp_path, content)


def test_a_tdl_export_without_messages_is_one(tmp_path: Path) -> None:
    assert _read(tmp_path, '{"id":77,"messages":[]}') == ([], [])


def _read(folder: Path, content: str) -> tuple[list[int], list[Rejected]]:
    path = folder / "dump.json"
    path.write_text(content)
    (source,) = open_sources(path, ReadOptions(), io.BytesIO()).sources
    entries = [item.entry for item in source.read()]
    posts = [entry.message_id for entry in entries if isinstance(entry, RawPost)]
    return posts, [entry for entry in entries if isinstance(entry, Rejected)]
