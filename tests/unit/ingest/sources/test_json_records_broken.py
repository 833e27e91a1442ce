"""Splitting JSON records out of a stream: broken ones cost themselves alone, whatever they look like."""

import io
import json
import re
from typing import Any

import pytest

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord
from ingest.sources.json_records import list_elements, object_sequence
from schemas import RejectReason

LAYOUTS: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "spaced": {},
    "one space": {"indent": 1},
    "four spaces": {"indent": 4},
    "tabs": {"indent": "\t"},
    "sorted": {"indent": 2, "sort_keys": True},
}
MESSAGES: list[Any] = [
    {"id": 1, "text": 'looks like the frame: },{"id":7}, {"id": 8}\n  },\n  {\n   "id": 9'},
    {"id": 2, "text": "a", "parts": [{"id": 21}, {"id": 22, "more": [{"id": 23}]}]},
    {"action": "x", "id": 3},
    {"id": 4, "text": ']}{[\\"' * 20},
    {"id": 5},
    {"id": 6, "text": "ü" * 3000},
]


def split(content: bytes, *, chunk_bytes: int = 64, is_list: bool = True) -> list[ArchiveRecord]:
    window = ByteWindow(io.BytesIO(content), chunk_bytes)
    found = list_elements(window) if is_list else object_sequence(window)
    return [record for record in found if isinstance(record, ArchiveRecord)]


def listed(layout: dict[str, Any], messages: list[Any] = MESSAGES) -> bytes:
    return json.dumps(messages, ensure_ascii=False, **layout).encode()[1:]


def ids(records: list[ArchiveRecord]) -> list[Any]:
    return [record.value["id"] if isinstance(record.value, dict) else None for record in records]


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_records(layout: dict[str, Any], chunk_bytes: int) -> None:
    content = listed(layout)
    records = split(content, chunk_bytes=chunk_bytes)
    assert [record.value for record in records] == MESSAGES
    assert [record.number for record in records] == [1, 2, 3, 4, 5, 6]
    assert all(content[record.offset : record.end] == record.raw for record in records)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_objects_one_after_the_other(layout: dict[str, Any]) -> None:
    content = b"\n".join(json.dumps(message, ensure_ascii=False, **layout).encode() for message in MESSAGES)
    assert [record.value for record in split(content, is_list=False)] == MESSAGES


def write(layout: dict[str, Any], parts: list[str]) -> bytes:
    """A list of these elements, which may be broken, without its opening bracket."""
    opening, between, closing = json.dumps(["\0", "\0"], **layout).split('"\\u0000"')
    return (opening[1:] + between.join(parts) + closing).encode()


def element(layout: dict[str, Any], value: Any) -> str:
    """As it is written within a list."""
    opening, closing = json.dumps(["\0"], **layout).split('"\\u0000"')
    return json.dumps([value], **layout).removeprefix(opening).removesuffix(closing)


@pytest.mark.parametrize("position", [0, 2, 4])
@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ('"text"', "text"),
        ('"end"', '"end'),
        ('"end"', '"end\n"'),
        ('"end"', '"\\\\q"'),
        (r"\}$", ""),
        (r"^\{", ""),
        (r'\[\s*"x"\s*\]', '["x"'),
        (r'\[\s*"x"\s*\]', '"x"]'),
        (r'\[\s*"x"\s*\]', '["x"}'),
        (r'"x"[^$]*', ""),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_broken_record_costs_itself_alone(layout: dict[str, Any], whole: str, broken: str, position: int) -> None:
    messages = [{"id": number, "text": ["x"], "last": "end"} for number in range(1, 6)]
    parts = [element(layout, message) for message in messages]
    parts[position] = re.sub(whole, broken, parts[position], count=1)
    records = split(write(layout, parts))
    good = [record for record in records if isinstance(record.value, dict)]
    assert ids(good) == [number for number in range(1, 6) if number != position + 1]
    assert len(records) == 5 or (position == 4 and broken == "")


def test_a_bracket_too_many_is_named_and_costs_nothing() -> None:
    for layout in LAYOUTS.values():
        parts = [element(layout, {"id": number}) for number in (1, 2, 3)]
        records = split(write(layout, [parts[0], parts[1] + "}", parts[2]]))
        assert [each for each in ids(records) if each is not None] in ([1, 2, 3], [1, 3])
        assert sum(record.error is not None for record in records) == 1


def test_a_broken_record_with_objects_like_records_within_gives_none_of_them() -> None:
    content = b'{"id":1},{"id":2,"x":[{"id":21},{"id":22}],oops},{"id":3}]'
    records = split(content)
    assert ids(records) == [1, None, 3]


def test_a_record_that_is_too_large_is_left_out_and_the_rest_read() -> None:
    large = {"id": 2, "text": '\\"},{"id":7,' * (MAX_INPUT_BYTES // 8)}
    for layout in ({"separators": (",", ":")}, {"indent": 1}):
        records = split(listed(layout, [{"id": 1}, large, {"id": 3}]), chunk_bytes=1 << 20)
        assert ids(records) == [1, None, 3]
        assert records[1].error is not None
        assert records[1].error.reason is RejectReason.TOO_LARGE


def test_deep_nesting_is_one_broken_record() -> None:
    deep = b'{"id":2,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    records = split(b'{"id":1},' + deep + b',{"id":3}]', chunk_bytes=1 << 18)
    assert ids(records) == [1, None, 3]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_cut_list_gives_what_is_whole_and_names_the_cut(layout: dict[str, Any]) -> None:
    content = listed(layout)
    for end in range(len(content) - 200, len(content)):
        records = split(content[:end])
        assert records[-1].is_open
        assert [record.value for record in records[:-1]] == MESSAGES[: len(records) - 1]
