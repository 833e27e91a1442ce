"""Where the records of a JSON text of unknown layout are, judged by its first bytes."""

import re
from typing import Any, NamedTuple

from ingest.sources.format import InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.json_tokens import json_tokens
from ingest.sources.sample import object_keys, whole_object
from ingest.sources.table.columns import Layout
from ingest.sources.table.guess import flat_columns, guess

_SCALAR = r'(?:"(?:[^"\\]|\\.){0,1000}"|[-+0-9.eE]{1,40}|true|false|null)'
_MOST_OBJECTS = 300
_MOST_ROWS = 100
_NEAR = 64


class RecordsOutline(NamedTuple):
    """The records of a text."""

    keys: tuple[str, ...]
    """Of the first one."""
    layout: Layout
    is_lines: bool
    """They are not within a list."""
    pattern: re.Pattern[bytes]
    """Matches the beginning of one."""


class _Object(NamedTuple):
    start: int
    end: int | None
    depth: int
    is_in_list: bool


def find_records(text: str, wanted: frozenset[str] = frozenset()) -> RecordsOutline | None:
    """The outermost objects that read as posts, or that have a wanted key; else the first in a list, or lines of them;
    None for none.
    """
    found = _found(text, wanted)
    if found is None and (start := whole_object(text)) is not None:  # a quote that is missing turns all others about
        found = _found(("[" if text[:1] == "[" else "") + text[start:], wanted)
    return found


def _found(text: str, wanted: frozenset[str]) -> RecordsOutline | None:
    objects = _objects(text)
    by_place: dict[tuple[int, bool], list[_Object]] = {}
    for each in objects:
        by_place.setdefault((each.depth, each.is_in_list), []).append(each)
    fallback = lines = None
    for (depth, is_in_list), group in sorted(by_place.items()):
        parsed = [(each.start, row) for each in group[:_MOST_ROWS] if (row := _parsed(text, each)) is not None]
        rows = [row for _, row in parsed]
        first = next((start for start, row in parsed if row), group[0].start)
        keys = object_keys(text, first)
        layout = guess(flat_columns(rows), rows) if rows else Layout(tuple(keys))
        found = RecordsOutline(tuple(keys), layout, depth == 0, _pattern(text, first))
        is_repeated = is_in_list or depth == 0
        if is_repeated and (layout.is_usable or wanted & set(layout.columns) or wanted & set(keys)):
            return found
        if fallback is None and is_in_list and rows:
            fallback = found
        if depth == 0 and len(rows) > 1:
            lines = found
    return fallback or lines


def _objects(text: str) -> list[_Object]:
    """Objects in the order in which they begin, with the depth of objects around them; brackets that close none are
    passed over.
    """
    found: list[_Object] = []
    stack: list[tuple[str, int]] = []
    for token in json_tokens(text):
        first = token[0][0]
        if first == "{":
            if len(found) >= _MOST_OBJECTS and not stack:
                break
            found.append(_Object(token.start(), None, len(stack), bool(stack) and stack[-1][0] == "["))
            stack.append(("{", len(found) - 1))
        elif first == "[":
            stack.append(("[", -1))
        elif first in "}]" and (first == "}") == (bool(stack) and stack[-1][0] == "{"):
            _, number = stack.pop() if stack else ("", -1)
            if number >= 0:
                found[number] = found[number]._replace(end=token.end())
    return [each for each in found if not _is_out_of_place(text, each)]


def _is_out_of_place(text: str, each: _Object) -> bool:
    """Whether it is a member's value, where none can be: a bracket too many has closed the object around it."""
    is_repeated = each.is_in_list or each.depth == 0
    return is_repeated and text[max(each.start - _NEAR, 0) : each.start].rstrip().endswith(":")


def _parsed(text: str, each: _Object) -> dict[str, Any] | None:
    if each.end is None:
        return None
    try:
        value = parse_json(text[each.start : each.end].encode("utf-8", "replace"))
    except InvalidRecordError:
        return None
    return value if isinstance(value, dict) else None


def _pattern(text: str, start: int) -> re.Pattern[bytes]:
    """By the first key; by the second, too, where a plain value is between them: a frame may begin with the same."""
    two = re.compile(rf'\{{\s*("(?:[^"\\]|\\.)*")\s*:\s*(?:{_SCALAR}\s*,\s*("(?:[^"\\]|\\.)*")\s*:)?').match(
        text, start
    )
    if two is None:
        return re.compile(rb"\{(?!)")
    first = rf"\{{\s*{re.escape(two[1])}\s*:"
    second = rf"\s*{_SCALAR}\s*,\s*{re.escape(two[2])}\s*:" if two[2] else ""
    return re.compile((first + second).encode())
