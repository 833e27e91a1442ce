"""Exports of Telegram Desktop with brackets too many: what is lost is said, and the messages around are read."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.sources import Rejected, open_sources
from ingest.sources.base import NoPost
from ingest.sources.options import ReadOptions
from schemas import RawPost

CHANNEL, OTHER = 1234567890, 1234567891
INSERTED = ['],"x":{', '],"x":{"y":[', '],"x":[', "}}]", "}]", '"}],"messages":[{', '}],"x":{', "]", "}", "{"]
LAYOUTS: dict[str, dict[str, Any]] = {"as written": {"indent": 1}, "on one line": {"separators": (",", ":")}}


def _messages(sender: str, count: int = 12) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "type": "message",
            "date_unixtime": str(1714557600 + number),
            "from_id": sender,
            "text_entities": [{"type": "plain", "text": f"ferry {number} "}, {"type": "bold", "text": "left"}],
        }
        for number in range(1, count + 1)
    ]


def _chat(channel_id: int, **others: Any) -> dict[str, Any]:
    head = {"name": "Ferries", "type": "public_channel", "id": channel_id} | others
    return {**head, "messages": _messages(f"channel{channel_id}")}


def _damaged(written: str, inserted: str, numbers: tuple[int, ...]) -> str:
    for number in numbers:
        written = written.replace(f'"ferry {number} "', f'"ferry {number} "{inserted}', 1)
    return written


def _read(path: Path) -> tuple[list[RawPost], list[Rejected | NoPost]]:
    entries = [
        item.entry for source in open_sources(path, ReadOptions(), io.BytesIO()).sources for item in source.read()
    ]
    posts = [entry for entry in entries if isinstance(entry, RawPost)]
    return posts, [entry for entry in entries if not isinstance(entry, RawPost)]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("inserted", INSERTED)
@pytest.mark.parametrize("numbers", [(5,), (4, 5), (2, 5, 9), (3, 4, 5, 6, 9)])
def test_brackets_cost_their_messages_and_the_next_at_most(
    layout: dict[str, Any], inserted: str, numbers: tuple[int, ...], tmp_path: Path
) -> None:
    (tmp_path / "result.json").write_text(_damaged(json.dumps(_chat(CHANNEL), **layout), inserted, numbers))
    posts, others = _read(tmp_path / "result.json")
    lost = set(range(1, 13)) - {post.message_id for post in posts}
    assert {post.channel.id for post in posts} == {CHANNEL}
    assert lost <= {number + behind for number in numbers for behind in (0, 1)}
    assert lost <= set(numbers) or len(others) > len(numbers) - 1


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("inserted", INSERTED)
@pytest.mark.parametrize("number", [4, 12])
def test_a_chat_of_persons_behind_the_damage_is_not_published(
    layout: dict[str, Any], inserted: str, number: int, tmp_path: Path
) -> None:
    person = {"name": "Ann", "type": "personal_chat", "id": 77, "messages": _messages("user77")}
    chats = [_chat(CHANNEL), person, _chat(OTHER, name="Harbours")]
    export = {"about": "Here is the data you requested", "chats": {"about": "", "list": chats}}
    (tmp_path / "result.json").write_text(_damaged(json.dumps(export, **layout), inserted, (number,)))
    posts, _ = _read(tmp_path / "result.json")
    assert {post.channel.id for post in posts} <= {CHANNEL, OTHER}
    for channel in (CHANNEL, OTHER):
        found = [post.message_id for post in posts if post.channel.id == channel]
        assert len(found) == len(set(found))
        assert len(found) >= 10


def test_lines_with_a_piece_of_an_export_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    lines = "".join(f'{{"text": "ferry {number}", "more": {{"a": [{number}]}}}}\n' for number in range(30))
    piece = '{"of": {"name": "Ferries", "type": "public_channel", "id": 7, "messages": [5]}}\n'
    (tmp_path / "result.json").write_text(piece + lines)
    posts, others = _read(tmp_path / "result.json")
    assert not posts
    assert ["no list of messages" in str(other) for other in others] == [True]
