"""JSON objects out of a stream, whatever its layout and its wounds."""

import io
import json
import random
import tracemalloc
from typing import Any

import pytest

from ingest.sources.base import MAX_INPUT_BYTES
from ingest.sources.byte_window import ByteWindow
from ingest.sources.format import ArchiveRecord
from ingest.sources.json_records import list_elements, object_sequence
from schemas import RejectReason

MESSAGES: list[dict[str, Any]] = [
    {
        "id": n,
        "text": ['},{"id":5,"text":"', {"type": "bold", "text": f'слово {n} 👍 \\ " }}]'}],
        "parts": [{"id": n, "text": "as deep"}, {"id": 0, "text": "as the frame"}],
    }
    for n in range(1, 60)
]
LAYOUTS: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "default": {},
    "indented": {"indent": 1},
    "escaped and sorted": {"indent": 4, "ensure_ascii": True, "sort_keys": True},
}


def _encoded(value: object, **layout: Any) -> bytes:
    return json.dumps(value, **{"ensure_ascii": False, **layout}).encode()


def _elements(content: bytes, chunk_bytes: int = 700) -> list[ArchiveRecord]:
    window = ByteWindow(io.BytesIO(content), chunk_bytes)
    window.fill_to(1)
    window.take(1)
    return [each for each in list_elements(window) if isinstance(each, ArchiveRecord)]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("chunk_bytes", [1, 61, 700, 1 << 20])
def test_every_element_is_found_in_every_layout(layout: dict[str, Any], chunk_bytes: int) -> None:
    content = _encoded(MESSAGES, **layout)
    found = _elements(content, chunk_bytes)
    assert [each.value for each in found] == MESSAGES
    for number, each in enumerate(found, 1):
        assert each.number == number
        assert each.offset is not None
        assert content[each.offset : each.end] == each.raw


@pytest.mark.parametrize("gap", ["", "\n", "\n\n", ", ", "\r\n"])
def test_objects_one_after_the_other(gap: str) -> None:
    content = gap.join(json.dumps(message, indent=4) for message in MESSAGES).encode()
    found = [each for each in object_sequence(ByteWindow(io.BytesIO(content), 900)) if isinstance(each, ArchiveRecord)]
    assert [each.value for each in found] == MESSAGES


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"as deep"', b"as deep"),
        (b'"as deep"', b'"as deep'),
        (b'"as deep"', b'"as \xff deep"'),
        (b'"as deep"', b'"as deep"}'),
        (b'"as deep"', b'{"as deep"'),
        (b'"as deep"', b'"\\x0B"'),
        (b'"as deep"', b""),
    ],
)
def test_a_broken_element_leaves_its_neighbours_alone(layout: dict[str, Any], old: bytes, new: bytes) -> None:
    pieces = [_encoded(message, **layout) for message in MESSAGES]
    pieces[20] = pieces[20].replace(old, new, 1)
    between = b",\n" if layout.get("indent") else b"," if "separators" in layout else b", "
    found = _elements(b"[" + between.join(pieces) + b"]")
    good = [each.value["id"] for each in found if isinstance(each.value, dict) and each.error is None]
    assert [number for number in good if number] == [n for n in range(1, 60) if n != 21]
    broken = [each for each in found if each.error is not None]
    assert broken
    assert all(each.error and each.error.reason is RejectReason.INVALID_JSON for each in broken)


def test_a_cut_list_ends_in_one_open_record() -> None:
    content = _encoded(MESSAGES)
    for at in random.Random(1).sample(range(2, len(content) - 1), 60):
        found = _elements(content[:at])
        assert [each.is_open for each in found] == [False] * (len(found) - 1) + [True]
        assert [each.value for each in found[:-1]] == MESSAGES[: len(found) - 1]


def test_an_element_above_the_limit_is_dropped_piece_by_piece() -> None:
    large = {"id": 1000, "text": "x" * (3 * MAX_INPUT_BYTES)}
    content = _encoded([*MESSAGES[:5], large, *MESSAGES[5:]])
    tracemalloc.start()
    found = _elements(content, 256 << 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [each.value for each in found if each.error is None] == MESSAGES
    (rejected,) = [each for each in found if each.error is not None]
    assert rejected.error is not None
    assert rejected.error.reason is RejectReason.TOO_LARGE
    assert peak < 5 * MAX_INPUT_BYTES


def test_depth_without_end_is_one_rejected_record() -> None:
    content = (
        b"[" + _encoded(MESSAGES[0]) + b"," + b"[" * 100_000 + b"]" * 100_000 + b"," + _encoded(MESSAGES[1]) + b"]"
    )
    found = _elements(content, 256 << 10)
    assert [each.value for each in found if each.error is None] == MESSAGES[:2]
    assert len(found) == 3


def test_what_is_no_object_is_an_element_all_the_same() -> None:
    found = _elements(b'[null, 5, "a,b]", [1, 2], {"id": 1}, true]')
    assert [each.value for each in found] == [None, 5, "a,b]", [1, 2], {"id": 1}, True]
