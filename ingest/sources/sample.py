"""The first 64 kB of a file, as formats judge them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.json_comments import without_comments
from ingest.sources.json_tokens import json_tokens
from ingest.sources.text_encoding import split_mark

SAMPLE_BYTES = 64 << 10
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')
_AT_LINE, _AT_MARGIN = re.compile(r"^[ \t]*\{", re.MULTILINE), re.compile(r"^\{", re.MULTILINE)
_IN_LIST = re.compile(r"(?:[\[,]|(?<!\s)(?=[^\S\n]*+\n))\s*+\{")
"""Behind a bracket, a comma or a line break; blanks are looked at from their first one only."""
_LIST, _ELEMENT = re.compile(r'"\s*:\s*\[\s*(?=[^\]\s])'), re.compile(r"[\[,]\s*\{")
_MOST_TRIES, _FEW_KEYS = 20, 3


@dataclass(frozen=True)
class Sample:
    """What is known of a file before a format has claimed it."""

    base_name: str
    """Name without the ending of a compression."""
    folder: str
    head: bytes
    """Its first ``SAMPLE_BYTES``, unpacked, as they are."""
    is_whole: bool = False
    """The file is no longer than ``head``."""
    file: ArchiveFile | None = None
    """The file, where it can be read again: a database's schema may be anywhere in it."""

    @cached_property
    def text(self) -> str:
        """The head decoded, without a byte-order mark, comments, and blanks before the first character."""
        encoding, rest = split_mark(self.head)
        if encoding != "utf-8":
            rest = rest.decode(encoding, "replace").encode("utf-8", "replace")
        return without_comments(rest).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")

    @cached_property
    def json(self) -> "JsonOutline | None":
        """The shape of a JSON text; None for any other text."""
        return _outline(self.text)

    @cached_property
    def header(self) -> str:
        """The first line, for tables."""
        return self.text.partition("\n")[0].rstrip("\r")


@dataclass(frozen=True, slots=True)
class JsonOutline:
    """The beginning of a JSON text: an object, a list, or lines of objects (whose first one this is)."""

    is_list: bool
    keys: tuple[str, ...]
    """Keys of the outermost object, as far as the head shows them; none of a list."""
    first: dict[str, Any]
    """The first whole object: of a list its first element, of JSON lines the first line, of an object the first element
    of its first list of objects (``messages``). Empty when the head holds no whole one.
    """
    first_keys: tuple[str, ...]
    """Keys of that object, also when the head cuts it off: a message can be longer than the head."""


def _outline(text: str) -> JsonOutline | None:
    if text[:1] not in ("{", "["):
        start = whole_object(text, _AT_LINE)
        return None if start is None else JsonOutline(False, object_keys(text, start), *_described(text, start))
    is_list = text[0] == "["
    keys = () if is_list else object_keys(text, 0)
    start = _first_object(text, is_list=is_list)
    first, first_keys = ({}, ()) if start is None else _described(text, start)
    behind = None if first else whole_object(text, _AT_MARGIN)
    if behind is None and len(first_keys) < _FEW_KEYS:
        behind = whole_object(text)
    return JsonOutline(is_list, keys, *((first, first_keys) if behind is None else _described(text, behind)))


def _described(text: str, start: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    return _parsed(text, start), object_keys(text, start)


def whole_object(text: str, where: re.Pattern[str] = _IN_LIST) -> int | None:
    """Where the first object begins that is whole and has some keys, with those of objects within: the first record
    may be broken, null or empty.
    """
    for number, match in enumerate(where.finditer(text)):
        if number == _MOST_TRIES:
            return None
        if key_count(_parsed(text, match.end() - 1)) >= _FEW_KEYS:
            return match.end() - 1
    return None


def key_count(found: Mapping[str, object]) -> int:
    """Keys of an object and of the objects right within it: few show nothing."""
    return sum(1 + len(value) if isinstance(value, dict) else 1 for value in found.values())


def _first_object(text: str, *, is_list: bool) -> int | None:
    """Where the first record begins."""
    if is_list:
        match = re.compile(r"\[\s*\{").match(text)
        return match.end() - 1 if match else None
    whole = _end(text, 0)
    if whole is not None and text[whole:].lstrip()[:1] == "{":
        return 0  # one object after the other
    match = _LIST.search(text)
    if match is not None and text[match.end()] != "{":  # the first record may be null, or no object
        match = _ELEMENT.search(text, match.end())
        return match.end() - 1 if match else 0
    return match.end() if match else 0


def _end(text: str, start: int) -> int | None:
    depth = 0
    for token in json_tokens(text, start):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
    return None


def object_keys(text: str, start: int) -> tuple[str, ...]:
    """Keys of the object that begins at ``start``, as far as they are seen."""
    found, depth = [], 0
    for token in json_tokens(text, start):
        first = token[0][0]
        if first in "{[":
            depth += 1
        elif first in "}]":
            depth -= 1
            if depth == 0:
                break
        elif depth == 1 and (key := _KEY.match(text, token.start())):
            found.append(key[1])
    return tuple(found)


def _parsed(text: str, start: int) -> dict[str, Any]:
    end = _end(text, start)
    if end is None:
        return {}
    try:
        value = orjson.loads(text[start:end])
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        value = _with_nan(text[start:end])
    return value if isinstance(value, dict) else {}


def _with_nan(text: str) -> object:
    """An object in which Python's json has written NaN for an empty cell; None for what is broken otherwise."""
    try:
        return json.loads(text, parse_constant=lambda constant: None) if "NaN" in text else None
    except (ValueError, RecursionError):
        return None
