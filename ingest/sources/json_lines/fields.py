"""One JSON line -> one raw post. Used by the JSON-lines source and by ``tgwire parse`` alike.

A line is a full ``RawPost`` (``"type": "raw_post"``) or the short form: ``text``, and optionally

- ``channel_id``, or ``channel`` (an id, a name, an @username, or an object), ``username``, ``title``;
  without any of them the channel is named after the file;
- ``message_id`` or ``id``; without one, ``numbered_id(line number)``;
- ``posted_at`` or ``date``, ``edited_at``, ``collected_at``: ISO 8601 with a zone, or unix time;
- ``forward``: an object, or a link to the origin (``https://t.me/wirenews/42``);
- every other field of ``RawPost`` by its own name, but ``order``: it is the collector's alone, and is read from a full
  ``RawPost``, where it must not be later than now. Other fields are ignored.

Ids and dates, those of a forward, a reply or the counters too, may be written as other tools write them:
see ``identity.parse_channel_id`` and ``identity.parse_moment``.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from ingest.sources.channel_fields import (
    channel_fields,
    forward_fields,
    named_channel,
    parse_channel_id,
    parse_id,
    parse_moment,
)
from ingest.sources.format import InvalidRecordError
from ingest.sources.json_text import parse_object
from ingest.sources.options import GivenChannel
from schemas import Channel, Lane, RawPost, RejectReason, numbered_id
from schemas.field_path import field_path
from schemas.rank import microseconds
from schemas.validation_messages import reason_of

_BOM = b"\xef\xbb\xbf"
_FULL_POST = re.compile(rb'\{\s*"type"\s*:\s*"raw_post"\s*,')
_from_json: Callable[[bytes], RawPost] = RawPost.__pydantic_validator__.validate_json
_MOMENTS = {"posted_at": "posted_at", "date": "posted_at", "edited_at": "edited_at", "collected_at": "collected_at"}
ChannelOf = Callable[[str | None, str | None], Channel]
"""Username and title -> channel."""
_CHANNEL = ("channel", "channel_id", "username", "title")
_AS_NAMED = ("text", "entities", "media", "forward", "reply_to", "album_id", "counters", "is_deleted", "original")


def _utc_now() -> datetime:
    return datetime.now(UTC)


def read_line(
    line: bytes,
    line_no: int,
    name: str,
    lane: Lane = Lane.BACKFILL,
    now: Callable[[], datetime] = _utc_now,
    channel: GivenChannel | None = None,
    channel_of: ChannelOf | None = None,
) -> RawPost:
    """The post that a line holds; raises InvalidRecordError.

    ``name`` names the file in the record, and the channel when the line names none and none is given. The lane is the
    caller's, also for a full ``RawPost``, of which the ``order`` must not be later than ``now``. Where a line has no id
    ``channel_of`` finds the channel of a username and a title; without it the id is derived from them.
    """
    if line_no == 1:
        line = line.removeprefix(_BOM)
    if _FULL_POST.match(line):
        try:
            return _on_lane(_not_later(_from_json(line), now), lane)
        except ValidationError:
            pass  # what is wrong is said below
    fields = parse_object(line, takes_nan=False)
    if fields.get("type") == "raw_post":
        return _not_later(_validate(fields | {"lane": lane}, {}), now)
    if channel is not None and all(fields.get(key) is None for key in _CHANNEL):
        fields |= {"channel_id": channel.id, "username": channel.username, "title": channel.title}
    return _short_post(fields, line_no, name, lane, channel_of)


def _on_lane(post: RawPost, lane: Lane) -> RawPost:
    return post if post.lane is lane else post.model_copy(update={"lane": lane})


def _not_later(post: RawPost, now: Callable[[], datetime]) -> RawPost:
    """A later ``order`` would win over everything that is collected until then."""
    if post.order is not None and post.order > (moment := microseconds(now())):
        ahead_s = (post.order - moment) / 1e6
        message = f"{post.order} is {ahead_s:,.0f} s later than now: no collector has sent this"
        raise InvalidRecordError(message, "order")
    return post


def _short_post(fields: dict[str, Any], line_no: int, name: str, lane: Lane, channel_of: ChannelOf | None) -> RawPost:
    version = fields.get("schema_version")
    if version is not None and version != 1:
        raise InvalidRecordError("only version 1 is known", "schema_version", RejectReason.UNKNOWN_SCHEMA_VERSION)
    post = {key: fields[key] for key in _AS_NAMED if fields.get(key) is not None}
    if not _has_text(post) and not post.get("media") and not post.get("is_deleted"):
        raise InvalidRecordError("neither text nor media", "text")
    if "forward" in post:
        post["forward"] = _read(forward_fields, post["forward"], "forward")
    names: dict[str, str] = {}
    post["channel"] = _channel(fields, name, names, channel_of)
    post["message_id"] = _message_id(fields, line_no, names)
    for key, target in _MOMENTS.items():
        if fields.get(key) is not None and target not in post:
            post[target], names[target] = _read(parse_moment, fields[key], key), key
    _respell(post)
    post["source"] = {"kind": "jsonl", "name": name, "position": line_no}
    post["lane"] = lane
    return _validate(post, names)


def _has_text(post: dict[str, Any]) -> bool:
    text = post.get("text")
    return bool(text.strip()) if isinstance(text, str) else text is not None


_Spelling = Callable[[object], object]
_SPELLINGS: dict[str, dict[str, _Spelling]] = {
    "forward": {"channel_id": parse_channel_id, "message_id": parse_id, "posted_at": parse_moment},
    "reply_to": {"channel_id": parse_channel_id, "message_id": parse_id},
    "counters": {"observed_at": parse_moment, "views": parse_id, "forwards": parse_id, "replies": parse_id},
    "media": {"message_id": parse_id},
}
"""How ids and dates inside of other fields are read."""


def _respell(post: dict[str, Any]) -> None:
    """Bring ids and dates of nested fields to the schema's form; what is of no known form is left to the schema."""
    if "album_id" in post:
        post["album_id"] = parse_id(post["album_id"])
    for name, spellings in _SPELLINGS.items():
        given = post.get(name)
        if isinstance(given, dict):
            post[name] = _respelled(given, spellings, name)
        elif isinstance(given, list):
            post[name] = [
                _respelled(part, spellings, f"{name}.{number}") if isinstance(part, dict) else part
                for number, part in enumerate(given)
            ]


def _respelled(fields: dict[str, Any], spellings: dict[str, _Spelling], name: str) -> dict[str, Any]:
    return fields | {
        key: _read(spelling, fields[key], f"{name}.{key}")
        for key, spelling in spellings.items()
        if fields.get(key) is not None
    }


def _read(spelling: _Spelling, value: object, field: str) -> object:
    try:
        return spelling(value)
    except ValueError as error:
        raise InvalidRecordError(str(error), field) from None


def _channel(
    fields: dict[str, Any], default_name: str, names: dict[str, str], channel_of: ChannelOf | None
) -> dict[str, object]:
    """Fields of the channel; ``names`` takes which input field each was read from."""
    given, channel_id = fields.get("channel"), fields.get("channel_id")
    username, title = fields.get("username"), fields.get("title")
    names["channel.id"] = "channel_id" if channel_id is not None else "channel"
    if isinstance(given, dict):
        names["channel.id"] = "channel.id"
        channel_id, username = given.get("id", channel_id), given.get("username", username)
        title = given.get("title", title)
    else:
        names |= {"channel.username": "username", "channel.title": "title"}
        if isinstance(given, str):
            given = _read(lambda link: named_channel(str(link)) or link, given, "channel")
        if isinstance(given, str) and given.startswith("@"):
            username = username or given
        elif isinstance(given, str) and isinstance(parse_id(given), str):
            title = title or given
        elif channel_id is None:
            channel_id = given
    if channel_id is not None:
        channel_id = _read(parse_channel_id, channel_id, names["channel.id"])
    elif channel_of is not None and isinstance(username, str | None) and isinstance(title, str | None):
        found = channel_of(username or None, title or None)
        channel_id, username, title = found.id, found.username, found.title
    return channel_fields(channel_id, username, title, default_name)


def _message_id(fields: dict[str, Any], line_no: int, names: dict[str, str]) -> object:
    for key in ("message_id", "id"):
        if fields.get(key) is not None:
            names["message_id"] = key
            return parse_id(fields[key])
    return numbered_id(line_no)


def _dump(fields: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:  # a number of more than 64 bits, which the model names
        return json.dumps(fields, default=datetime.isoformat).encode()


def _validate(fields: dict[str, Any], names: dict[str, str]) -> RawPost:
    """Through JSON, whose strict mode takes an array for a tuple and a string for a date."""
    try:
        return RawPost.model_validate_json(_dump(fields))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = field_path(first["loc"]) or ""
        reason = RejectReason.UNKNOWN_SCHEMA_VERSION if field == "schema_version" else RejectReason.INVALID_FIELD
        raise InvalidRecordError(reason_of(first), names.get(field, field) or None, reason) from None
