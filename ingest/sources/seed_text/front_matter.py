"""What a text seed may say about itself: front matter at its head, or a TOML file beside it.

Front matter is a first line ``---``, lines ``key: value``, and a closing ``---``; the sidecar of ``a.txt`` is
``a.toml``. Both know the fields of ``SeedHeader`` and no others. A first line ``---`` with no known key behind it is
part of the text; where a key is almost a known one, it is an error.
"""

import re
import tomllib
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ingest.sources.channel_fields import parse_channel_id, parse_moment
from schemas import UtcDatetime
from schemas.bounds import ChannelId, MessageId
from schemas.validation_messages import reason_of

FENCE = "---"
_NOT_LETTERS = re.compile(r"[\W_]+")
_KEY = re.compile(r"\s*([a-z_]+)\s*[:=]")
_QUOTED = re.compile(r""" '.*'| ".*\"""", re.DOTALL)

Moment = Annotated[UtcDatetime, BeforeValidator(parse_moment)]


class SeedHeader(BaseModel):
    """Fields that a header can give; null is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel_id: Annotated[ChannelId | None, BeforeValidator(parse_channel_id)] = None
    username: str | None = None
    title: str | None = None
    message_id: MessageId | None = None
    posted_at: Moment | None = None
    edited_at: Moment | None = None


class InvalidHeaderError(Exception):
    """The header is wrong at a line, perhaps in a field."""

    def __init__(self, message: str, line: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.line, self.field = line, field


def split_front_matter(text: str) -> tuple[SeedHeader | None, str]:
    """The header, if there is one, and the text behind it; raises InvalidHeaderError."""
    lines = text.split("\n", len(SeedHeader.model_fields) + 64)
    if lines[0].rstrip() != FENCE:
        return None, text
    block = _block(lines)
    end = len(block) + 1
    if not any(_key(line) in SeedHeader.model_fields for line in block):
        if end < len(lines) and lines[end].rstrip() == FENCE:
            _refuse_misspelt(block)
        return None, text
    if end >= len(lines) or lines[end].rstrip() != FENCE:
        raise InvalidHeaderError(f"front matter is not closed by a line {FENCE!r}", line=1)
    return _header(_pairs(block), block, first_line=2), "\n".join(lines[end + 1 :])


def parse_sidecar(data: bytes) -> SeedHeader:
    """The header in a TOML file; raises InvalidHeaderError."""
    try:
        text = data.decode("utf-8-sig")
        fields = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise InvalidHeaderError(f"invalid UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        # Without what tomllib quotes: it may be a piece of a title.
        raise InvalidHeaderError(f"broken TOML: {_QUOTED.sub('', str(error))}") from None
    return _header(fields, text.split("\n"), first_line=1)


def _block(lines: list[str]) -> list[str]:
    """The lines behind the first one that can belong to front matter: up to a fence or an empty line."""
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("", FENCE)), len(lines))
    return lines[1:end]


def _refuse_misspelt(block: list[str]) -> None:
    """Raise InvalidHeaderError for a block between fences whose lines are keys and values, one key almost known."""
    keys = [(number, line.partition(":")[0].strip()) for number, line in enumerate(block, 2) if ":" in line]
    if len(keys) < len(block):
        return
    for number, key in keys:
        if meant := _meant(key):
            raise InvalidHeaderError(f"unknown; did you mean {meant}?", number, key)


def _meant(key: str) -> str | None:
    """The field that a key almost is."""
    near = get_close_matches(_NOT_LETTERS.sub("_", key.lower()), SeedHeader.model_fields, 1, cutoff=0.75)
    return near[0] if near else None


def _key(line: str) -> str | None:
    match = _KEY.match(line)
    return match[1] if match else None


def _front(line: str) -> str:
    """What is before the colon of a line, whether it looks like a key or not."""
    return line.partition(":")[0].strip()


def _pairs(block: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for number, line in enumerate(block, 2):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            raise InvalidHeaderError("expected key: value", line=number)
        if key in pairs:
            raise InvalidHeaderError("given twice", line=number, field=key if key in SeedHeader.model_fields else None)
        pairs[key] = value
    return {key: value for key, value in pairs.items() if value}


def _header(fields: dict[str, Any], lines: list[str], first_line: int) -> SeedHeader:
    try:
        return SeedHeader.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        line = next((n for n, text in enumerate(lines, first_line) if field in (_key(text), _front(text))), None)
        if first["type"] == "extra_forbidden":
            raise _unknown(field, line, is_sidecar=first_line == 1) from None
        raise InvalidHeaderError(reason_of(first), line, field) from None


def _unknown(key: str, line: int | None, *, is_sidecar: bool) -> InvalidHeaderError:
    """Under a first line ``---`` a key may be a piece of the post: it is named only where it is a misspelt field."""
    known = ", ".join(SeedHeader.model_fields)
    return InvalidHeaderError(f"unknown; known are {known}", line, key if is_sidecar or _meant(key) else None)
