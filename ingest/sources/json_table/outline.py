"""Where the records of a JSON text of unknown layout are, judged by its first bytes."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ingest.sources.format import InvalidRecordError
from ingest.sources.json_text import parse_json
from ingest.sources.json_tokens import json_tokens
from ingest.sources.sample import object_keys, whole_object
from ingest.sources.table.columns import Layout
from ingest.sources.table.guess import flat_columns, guess
from ingest.sources.table.names import names_a_post

_SCALAR = r'(?:"(?:[^"\\]|\\.){0,1000}"|[-+0-9.eE]{1,40}|true|false|null|NaN|-?Infinity)'
_NAME = r'"(?:[^"\\]|\\.)*"'
_NEXT_KEY = re.compile(rf"\s*{_SCALAR}\s*,\s*({_NAME})\s*:")
_MOST_KEYS = 8
_MOST_OBJECTS, _MOST_KINDS = 300, 16
_MAX_DEPTH = 10
"""Records within more objects and lists are not looked for."""
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
    list_start: int | None
    """Where the list begins that it is an element of; None for a member's value, and for one that is in nothing."""

    @property
    def is_in_list(self) -> bool:
        return self.list_start is not None


def find_records(text: str, wanted: frozenset[str] = frozenset()) -> RecordsOutline | None:
    """The outermost objects that read as posts, or that have a wanted key; else the first in a list, or lines of them;
    None for none.
    """
    found = _found(text, wanted)
    if found is None and (start := whole_object(text)) is not None:  # a quote that is missing turns all others about
        found = _found(("[" if text[:1] == "[" else "") + text[start:], wanted)
    return found


def _found(text: str, wanted: frozenset[str]) -> RecordsOutline | None:
    fallback = lines = None
    groups = list(_groups(text, _objects(text)))
    for group in groups:
        depth, is_in_list = group[0].depth, group[0].is_in_list
        parsed = [(each.start, row) for each in group[:_MOST_ROWS] if (row := _parsed(text, each)) is not None]
        rows = [row for _, row in parsed]
        first = next((start for start, row in parsed if row), group[0].start)
        keys = object_keys(text, first)
        layout = guess(flat_columns(rows), rows) if rows else Layout(tuple(keys))
        pattern = _pattern(text, first, [other[0].start for other in groups if other is not group])
        found = RecordsOutline(tuple(keys), layout, depth == 0, pattern)
        is_repeated = is_in_list or depth == 0
        if is_repeated and (layout.is_usable or wanted & set(layout.columns) or wanted & set(keys)):
            return found
        if fallback is None and is_in_list and rows:
            fallback = found
        if depth == 0 and len(rows) > 1:
            lines = found
    return fallback or lines


def _groups(text: str, objects: Sequence[_Object]) -> Iterator[list[_Object]]:
    """Objects that are records of one kind, the outer ones first: of one list, or of several whose first ones have the
    same keys; those of posts are not mixed with others, such as the channels that they are from.
    """
    by_place: dict[tuple[int, bool], dict[int | None, list[_Object]]] = {}
    for each in objects:
        by_place.setdefault((each.depth, each.is_in_list), {}).setdefault(each.list_start, []).append(each)
    for _, lists in sorted(by_place.items()):
        kinds: list[tuple[frozenset[str], bool, list[_Object]]] = []
        for some in lists.values():
            keys = frozenset(object_keys(text, some[0].start))
            is_of_posts = names_a_post(tuple(keys))
            same = (group for known, is_so, group in kinds if is_so is is_of_posts and are_alike(keys, known))
            group = next(same, None)
            if group is not None:
                group += some
            elif len(kinds) < _MOST_KINDS:
                kinds.append((keys, is_of_posts, some))
        yield from (group for _, _, group in kinds)


def are_alike(keys: frozenset[str], known: frozenset[str]) -> bool:
    """Whether an object has most of the keys of another one, or that one most of its own."""
    shared = len(keys & known)
    return shared * 2 > min(len(keys), len(known)) > 0 and shared >= min(2, len(known))


def _objects(text: str) -> list[_Object]:
    """Objects in the order in which they begin, with the depth of objects around them; brackets that close none are
    skipped.
    """
    found: list[_Object] = []
    stack: list[tuple[str, int]] = []  # brackets, with the number of the object or the beginning of the list
    for token in json_tokens(text):
        first = token[0][0]
        if first == "{" and len(stack) > _MAX_DEPTH:
            stack.append(("", -1))
        elif first == "{":
            if len(found) >= _MOST_OBJECTS and not stack:
                break
            list_start = stack[-1][1] if stack and stack[-1][0] == "[" else None
            found.append(_Object(token.start(), None, len(stack), list_start))
            stack.append(("{", len(found) - 1))
        elif first == "[":
            stack.append(("[", token.start()))
        elif first in "}]" and (first == "}") == (bool(stack) and stack[-1][0] != "["):
            bracket, number = stack.pop() if stack else ("", -1)
            if bracket == "{":
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


def _pattern(text: str, start: int, others: Sequence[int]) -> re.Pattern[bytes]:
    """By the first key, and by those behind it as far as plain values are between them: two, as a frame may begin with
    the same one, and more until none of ``others``, which are no records, matches.
    """
    first = re.compile(rf"\{{\s*({_NAME})\s*:").match(text, start)
    if first is None:
        return re.compile(rb"\{(?!)")
    written, at = rf"\{{\s*{re.escape(first[1])}\s*:", first.end()
    for count in range(2, _MOST_KEYS):
        following = _NEXT_KEY.match(text, at)
        if following is None or (count > 2 and not _matches(written, text, others)):
            break
        written, at = rf"{written}\s*{_SCALAR}\s*,\s*{re.escape(following[1])}\s*:", following.end()
    return re.compile(written.encode())


def _matches(pattern: str, text: str, places: Sequence[int]) -> bool:
    compiled = re.compile(pattern)
    return any(compiled.match(text, place) for place in places)
