"""What a text seed may say about itself: front matter at its head, or a TOML file beside it.

Front matter is a first line ``---``, lines ``key: value``, and a closing ``---``; the sidecar of ``a.txt`` is
``a.toml``. Both know the fields of ``SeedHeader`` and no others. A first line ``---`` with no known key behind it is
part of the text.
"""

import re
import tomllib
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ingest.sources.identity import parse_moment
from schemas import UtcDatetime
from schemas.bounds import ChannelId, MessageId

_FENCE = "---"
_KEY = re.compile(r"\s*([a-z_]+)\s*[:=]")
_UNIX_SECONDS = re.compile(r"-?[0-9]+")


def _moment(value: object) -> datetime:
    return parse_moment(int(value) if isinstance(value, str) and _UNIX_SECONDS.fullmatch(value) else value)


Moment = Annotated[UtcDatetime, BeforeValidator(_moment)]


class SeedHeader(BaseModel):
    """Fields that a header can give; null is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel_id: ChannelId | None = None
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
    if lines[0].rstrip() != _FENCE or not any(_key(line) in SeedHeader.model_fields for line in _block(lines)):
        return None, text
    block = _block(lines)
    end = len(block) + 1
    if end >= len(lines) or lines[end].rstrip() != _FENCE:
        raise InvalidHeaderError(f"front matter is not closed by a line {_FENCE!r}", line=1)
    return _header(_pairs(block), block, first_line=2), "\n".join(lines[end + 1 :])


def parse_sidecar(data: bytes) -> SeedHeader:
    """The header in a TOML file; raises InvalidHeaderError."""
    try:
        text = data.decode("utf-8-sig")
        fields = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise InvalidHeaderError(f"invalid UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidHeaderError(f"broken TOML: {error}") from None
    return _header(fields, text.split("\n"), first_line=1)


def _block(lines: list[str]) -> list[str]:
    """The lines behind the first one that can belong to front matter: up to a fence or an empty line."""
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("", _FENCE)), len(lines))
    return lines[1:end]


def _key(line: str) -> str | None:
    match = _KEY.match(line)
    return match[1] if match else None


def _pairs(block: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for number, line in enumerate(block, 2):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            raise InvalidHeaderError("expected key: value", line=number)
        if key in pairs:
            raise InvalidHeaderError("given twice", line=number, field=key)
        pairs[key] = value
    return {key: value for key, value in pairs.items() if value}


def _header(fields: dict[str, Any], lines: list[str], first_line: int) -> SeedHeader:
    try:
        return SeedHeader.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = str(first["loc"][0])
        line = next((n for n, text in enumerate(lines, first_line) if _key(text) == field), None)
        if first["type"] == "extra_forbidden":
            raise InvalidHeaderError(f"unknown; known are {', '.join(SeedHeader.model_fields)}", line, field) from None
        raise InvalidHeaderError(first["msg"].removeprefix("Value error, "), line, field) from None
