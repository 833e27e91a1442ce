"""Which layout of ``DataFrame.to_json`` a text has, judged by its first bytes."""

import re
from enum import Enum

from ingest.sources.sample import object_keys
from ingest.sources.table.names import names_a_post

_STRING = r'"(?:[^"\\]|\\.){0,2000}"'
_SCALAR = rf"(?:{_STRING}|[-+0-9.eE]{{1,40}}|true|false|null|NaN|-?Infinity)"
_SPLIT = re.compile(rf'\{{\s*"columns"\s*:\s*\[\s*{_STRING}(?:\s*,\s*{_STRING}){{0,1000}}\s*\]\s*,\s*"(?:index|data)"')
_BY_COLUMN = re.compile(rf'\{{\s*{_STRING}\s*:\s*\{{\s*"[0-9]+"\s*:\s*{_SCALAR}\s*[,}}]')
_BY_KEY = re.compile(
    rf"\{{\s*(?P<outer>{_STRING}\s*:\s*\{{\s*)?{_STRING}\s*:\s*(?P<row>\{{)\s*{_STRING}\s*:\s*{_SCALAR}"
)
_ROWS = re.compile(rf"\[\s*\[\s*{_SCALAR}")
_TEXTS = re.compile(rf"\[\s*{_STRING}\s*[,\]]")


class FrameLayout(Enum):
    """How rows are laid out."""

    SPLIT = "columns, index, data"
    BY_COLUMN = "column by column"
    BY_KEY = "rows by key"
    BY_CHANNEL = "rows by key, by channel"
    ROWS = "rows without names of columns"
    TEXTS = "texts alone"


def frame_layout_of(text: str) -> FrameLayout | None:
    """The layout; None for any other text."""
    if _SPLIT.match(text):
        return FrameLayout.SPLIT
    if _BY_COLUMN.match(text):
        return FrameLayout.BY_COLUMN
    if _ROWS.match(text):
        return FrameLayout.ROWS
    if _TEXTS.match(text):
        return FrameLayout.TEXTS
    found = _BY_KEY.match(text)
    if found is None or not names_a_post(object_keys(text, found.start("row"))):
        return None
    return FrameLayout.BY_KEY if found["outer"] is None else FrameLayout.BY_CHANNEL
