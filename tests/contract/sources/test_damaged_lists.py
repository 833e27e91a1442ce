"""One damaged message in a list of messages: it costs itself, and at most one neighbour, in every format of lists."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.sources import SourceItem
from tests.contract.sources import (
    test_bot_api_source,
    test_fourcat_source,
    test_json_table_source,
    test_pyrogram_source,
    test_snscrape_source,
    test_tdesktop_json_source,
    test_tdl_source,
    test_tdlib_source,
    test_telethon_source,
    test_tgdataset_source,
)
from tests.contract.sources.source_contract import Case, SourceContract, posts, rejections

FORMATS: dict[str, type[SourceContract]] = {
    "bot-api": test_bot_api_source.TestBotApi,
    "4cat": test_fourcat_source.TestFourcatNdjson,
    "json": test_json_table_source.TestJsonTable,
    "pyrogram": test_pyrogram_source.TestPyrogram,
    "snscrape": test_snscrape_source.TestSnscrape,
    "tdesktop": test_tdesktop_json_source.TestTdesktopJson,
    "tdl": test_tdl_source.TestTdl,
    "tdl, raw": test_tdl_source.TestTdlRaw,
    "tdlib": test_tdlib_source.TestTdlib,
    "telethon": test_telethon_source.TestTelethon,
    "pushshift": test_telethon_source.TestPushshift,
    "tgdataset": test_tgdataset_source.TestTGDataset,
}
IDS = range(21, 61)
HURT = 26


def said(number: int) -> str:
    return f"Ferry {number} left the port."


QUOTED = f'{said(HURT)}"'.encode()
HALF = len(QUOTED) // 2


def _nulled(data: bytes) -> bytes:
    at = data.index(QUOTED) + HALF
    return data[:at] + b"\0" * 30 + data[at + 30 :]


def _cut(data: bytes) -> bytes:
    at = data.index(QUOTED) + HALF
    return data[:at] + data[data.index(b"}", at) :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "unclosed string": lambda data: data.replace(QUOTED, QUOTED[:-1], 1),
    "unclosed strings": lambda data: data.replace(QUOTED, QUOTED[:-1]),
    "NULs": _nulled,
    "cut": _cut,
    "object closed": lambda data: data.replace(QUOTED, QUOTED + b"}", 1),
    "list closed": lambda data: data.replace(QUOTED, QUOTED + b"]", 1),
    "list opened": lambda data: data.replace(QUOTED, QUOTED + b',"x":[', 1),
    "object opened": lambda data: data.replace(QUOTED, QUOTED + b',"x":{"a":', 1),
    "closed within a text": lambda data: data.replace(QUOTED, QUOTED[:HALF] + b'"}]' + QUOTED[HALF:], 1),
    "another bracket": lambda data: data.replace(QUOTED, QUOTED + b',"x":[1}', 1),
}
LAYOUTS: dict[str, dict[str, Any]] = {"compact": {"separators": (",", ":")}, "spaced": {}, "indented": {"indent": 1}}


def written(data: bytes, layout: dict[str, Any]) -> bytes:
    """The same JSON in another layout; lines stay lines."""
    try:
        return json.dumps(json.loads(data), ensure_ascii=False, **layout).encode()
    except ValueError:
        compact = {key: value for key, value in layout.items() if key != "indent"}
        return b"".join(written(line, compact) + b"\n" for line in data.splitlines() if line.strip())


@pytest.fixture(params=list(LAYOUTS.values()), ids=list(LAYOUTS))
def layout(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def check(items: list[SourceItem]) -> None:
    found = {post.message_id: post.text for post in posts(items)}
    lost = set(IDS) - set(found)
    assert lost <= {HURT, HURT + 1} or lost <= {HURT, HURT - 1}, sorted(lost)
    assert {number: said(number) for number in IDS if number not in lost | {HURT}} == {
        number: text for number, text in found.items() if number != HURT
    }
    assert len(rejections(items)) == 1, [str(each) for each in rejections(items)]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("contract", FORMATS.values(), ids=FORMATS)
def test_a_damaged_message_costs_itself(
    contract: type[SourceContract], layout: dict[str, Any], damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    (archive,) = contract().archive(*((number, said(number)) for number in IDS)).items()
    name, data = archive
    whole = written(data, layout)
    assert whole.count(QUOTED)
    (tmp_path / name).write_bytes(damage(whole))
    check(contract().items(Case({name: b""}), tmp_path))


@pytest.mark.parametrize(
    "wound",
    [b"}]", b'}],"x":"' + QUOTED, b'}],"x":[{"y":"' + QUOTED],
    ids=["at once", "with another member", "with another list"],
)
@pytest.mark.parametrize("contract", FORMATS.values(), ids=FORMATS)
def test_a_message_that_closes_its_list_and_goes_on_costs_itself(
    contract: type[SourceContract], layout: dict[str, Any], wound: bytes, tmp_path: Path
) -> None:
    (archive,) = contract().archive(*((number, said(number)) for number in IDS)).items()
    name, data = archive
    hurt = written(data, layout).replace(QUOTED, QUOTED + wound, 1)
    (tmp_path / name).write_bytes(hurt)
    items = contract().items(Case({name: b""}), tmp_path)
    found = {post.message_id: post.text for post in posts(items)}
    assert {number: said(number) for number in IDS if number != HURT} == {
        number: text for number, text in found.items() if number != HURT
    }
    assert 1 <= len(rejections(items)) <= 2, [str(each) for each in rejections(items)]


CHATS = ("One", "Two", "Three")


def exported(layout: dict[str, Any], left: bool = False) -> bytes:
    """A full export: three channels, whose messages have ids of one row; the last one is among those left."""
    given = [list(IDS)[at::3] for at in range(3)]
    messages = [
        {
            "id": number, "type": "message", "date": "2024-05-01T12:00:00", "date_unixtime": "1714564800",
            "from": "W", "from_id": f"channel{70 + (number - IDS[0]) % 3}", "text": said(number),
            "text_entities": [{"type": "plain", "text": said(number)}],
        }
        for number in IDS
    ]  # fmt: skip
    by_id = {message["id"]: message for message in messages}
    chats = [
        {"name": name, "type": "public_channel", "id": 70 + at, "messages": [by_id[number] for number in given[at]]}
        for at, name in enumerate(CHATS)
    ]
    export: dict[str, Any] = {"about": "Here is the data you requested", "contacts": {"about": "x", "list": []}}
    export["chats"] = {"about": "x", "list": chats[:2] if left else chats}
    if left:
        export["left_chats"] = {"about": "x", "list": chats[2:]}
    return json.dumps(export, ensure_ascii=False, **layout).encode()


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("hurt", [21, 26, *IDS[-3:], 22])
@pytest.mark.parametrize("left", [False, True])
def test_posts_stay_with_their_chat(
    layout: dict[str, Any], damage: Callable[[bytes], bytes], hurt: int, left: bool, tmp_path: Path
) -> None:
    """Whichever message is damaged, the first and the last of a chat among them."""
    data = exported(layout, left)
    other = said(0).replace("0", str(HURT)).encode()
    moved = data.replace(other, b"@").replace(said(hurt).encode(), other).replace(b"@", said(hurt).encode())
    (tmp_path / "result.json").write_bytes(damage(moved))
    items = FORMATS["tdesktop"]().items(Case({"result.json": b""}), tmp_path)
    for post in posts(items):
        assert post.channel.title == CHATS[(post.message_id - IDS[0]) % 3]
    lost = set(IDS) - {post.message_id for post in posts(items)} - {hurt}
    assert lost <= {hurt + 3} or lost <= {hurt - 3}
    assert len(rejections(items)) == 1, [str(each) for each in rejections(items)]
