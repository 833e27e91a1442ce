"""Half a surrogate pair, which no text can hold, is replaced, and never in silence."""

import io
from pathlib import Path

import pytest

from ingest.sources import ReadOptions, open_sources
from schemas import RawPost

PAIR, HIGH, LOW = "ferry \\ud83d\\ude00 \ufffd", "ferry \\ud83d!", "\\ude00 ferry"
TEXTS = (PAIR, HIGH, LOW)
DATE = "2024-05-01T10:00:00+00:00"


def _telethon(number: int, text: str) -> str:
    peer = '{"_": "PeerChannel", "channel_id": 5}'
    return f'{{"_": "Message", "id": {number}, "peer_id": {peer}, "date": "{DATE}", "message": "{text}"}}'


def _desktop(number: int, text: str) -> str:
    return (
        f'{{"id": {number}, "type": "message", "date": "{DATE[:19]}", "date_unixtime": "1714557600", "text": "{text}"}}'
    )


def _row(number: int, text: str) -> str:
    return f'{{"id": {number}, "date": "{DATE}", "message": "{text}"}}'


def _ours(number: int, text: str) -> str:
    return f'{{"channel_id": 5, "message_id": {number}, "text": "{text}"}}'


def _list(messages: list[str]) -> str:
    return f"[{', '.join(messages)}]"


def _export(messages: list[str]) -> str:
    return f'{{"name": "Wire News", "type": "public_channel", "id": 5, "messages": {_list(messages)}}}'


def _columns(rows: list[str]) -> str:
    cells = {
        name: ", ".join(f'"{at}": {value}' for at, value in enumerate(values)) for name, values in _COLUMNS.items()
    }
    return "{" + ", ".join(f'"{name}": {{{values}}}' for name, values in cells.items()) + "}"


_COLUMNS = {"id": ["1", "2", "3"], "date": [f'"{DATE}"'] * 3, "message": [f'"{text}"' for text in TEXTS]}
IN_TWO = "half a surrogate pair in a text is replaced by U+FFFD (2 times, first in {})"


@pytest.mark.parametrize(
    ("name", "record", "around", "said"),
    [
        ("a.json", _telethon, _list, IN_TWO.format("record 2")),
        ("a.jsonl", _telethon, "\n".join, IN_TWO.format("record 2")),
        ("result.json", _desktop, _export, IN_TWO.format("record 2")),
        ("rows.json", _row, _list, IN_TWO.format("record 2")),
        ("rows.json", _row, _columns, "half a surrogate pair in a text is replaced by U+FFFD"),
        ("ours.jsonl", _ours, "\n".join, IN_TWO.format("line 2")),
    ],
)
def test_it_is_replaced_and_one_warning_names_the_first_record(
    tmp_path: Path, name: str, record: object, around: object, said: str
) -> None:
    assert callable(record)
    assert callable(around)
    content = around([record(number, text) for number, text in enumerate(TEXTS, 1)])
    (tmp_path / name).write_text(content)
    (source,) = open_sources(tmp_path / name, ReadOptions(), io.BytesIO()).sources
    posts = [item.entry for item in source.read()]
    texts = [post.text for post in posts if isinstance(post, RawPost)]
    assert texts == ["ferry 😀 \ufffd", "ferry \ufffd!", "\ufffd ferry"]
    assert [warning for warning in source.warnings if "surrogate" in warning] == [f"{source.name}: {said}"]
