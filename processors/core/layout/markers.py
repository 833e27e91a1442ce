"""Markers that lead a line: bullets, dashes, numbers, emoji."""

import re
from enum import Enum, auto
from typing import NamedTuple

from processors.core.text.characters import EMOJI

_ONE_EMOJI = (
    r"(?:[0-9#*]\ufe0f?\u20e3"
    rf"|[{EMOJI}](?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|\u200d[{EMOJI}])*+)"
)
_MARKER = re.compile(
    rf"(?:(?P<emoji>{_ONE_EMOJI}(?: ?{_ONE_EMOJI})*+)|(?P<bullet>[•◦‣⁃·∙])"
    r"|(?P<dash>[-–—−*])(?= )|(?P<number>[0-9]{1,2}[.)])(?= )) *+"
)
_CLOSING = re.compile(rf"[{EMOJI} \ufe0e\ufe0f\u200d\u20e3]")


class MarkerKind(Enum):
    """What a marker is made of. A dash or a number also leads lines that are no items."""

    EMOJI = auto()
    BULLET = auto()
    DASH = auto()
    NUMBER = auto()


class Marker(NamedTuple):
    """The marker of a line, as written."""

    text: str
    kind: MarkerKind
    body_start: int
    """Offset of the first code point after it and its blanks."""


_KINDS = {kind.name.lower(): kind for kind in MarkerKind}


def marker_at(text: str, start: int, end: int) -> Marker | None:
    """The marker that leads the line ``text[start:end]``; None when the line holds nothing else."""
    if text[start].isalpha():
        return None
    match = _MARKER.match(text, start, end)
    if match is None or match.end() == end or match.lastgroup is None:
        return None
    return Marker(match[match.lastgroup], _KINDS[match.lastgroup], match.end())


def without_closing_emoji(line: str) -> str:
    """A line without the emoji and blanks that close it."""
    end = len(line)
    while end and _CLOSING.match(line[end - 1]):
        end -= 1
    return line[:end]
