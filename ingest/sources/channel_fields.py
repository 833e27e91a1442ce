"""Ids, channels and dates as the tools of this field write them. Nothing is guessed: unknown stays null."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas import bare_channel_id, synthetic_id
from schemas.channel_names import channel_name, post_link, telegram_path

_ID = re.compile(r"(channel)?(-?(?![0-9]{1,3}\.000\Z)[0-9]{1,20})(?:\.0+)?", re.ASCII)
"""Not 12.000, which may be twelve thousand."""
_MAX_DIGITS = 20
_EXACT = 1 << 53
"""Below this a float holds an integer as it was."""
_NUMBER = re.compile(r"-?(?:0|[0-9]{9,20})(\.[0-9]+)?", re.ASCII)
"""Fewer digits are a year or an ISO date: 2024, 20240501."""
_UNITS = ((1e17, 10**9), (1e14, 10**6), (1e11, 10**3))
"""Unix times by size: nanoseconds, microseconds, milliseconds a second. Seconds reach 1e11 in the year 5138, and
milliseconds were there in 1973."""
_EPOCH = datetime.fromtimestamp(0, UTC)


def channel_fields(channel_id: object, username: object, title: object, default_name: str) -> dict[str, object]:
    """Fields of a ``Channel``, not yet validated.

    Without an id, one is derived from the first that is known: ``@username`` in lower case, the title, the default
    name. The default name is also the title of a channel that nothing else is known of.
    """
    if isinstance(username, str):
        username = username.removeprefix("@") or None
    if channel_id is None:
        if isinstance(username, str):
            channel_id = synthetic_id(f"@{username.lower()}")
        else:
            title = title or default_name
            channel_id = synthetic_id(str(title))
    return {"id": channel_id, "username": username, "title": title}


def parse_channel_id(value: object) -> object:
    """The bare id of a channel from ``-100...``, digits in a string, or Telegram Desktop's ``channel123``.

    What is none of these is returned as it is, for the schema to refuse. ValueError for an id of something else.
    """
    number = parse_id(value)
    return bare_channel_id(number) if type(number) is int else number


def parse_id(value: object) -> object:
    """An id, or a count, from digits in a string, perhaps behind ``channel``, or from a float that holds an integer, as
    tables with gaps have it; anything else as it is.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if not isinstance(value, str):
        return value
    if len(value) <= _MAX_DIGITS and value.isdecimal() and value.isascii():
        return int(value)  # what nearly all are
    match = _ID.fullmatch(value.strip())
    return int(match[2]) if match else value


def named_channel(given: str) -> str | None:
    """The @name or id of the channel that a link leads to; None for any other text. ValueError for a link to none."""
    return None if telegram_path(given) is None else channel_name(given)


def readable_name(name: str) -> str:
    """A name of the file system as UTF-8: Python passes on bytes that the locale does not know as surrogates, which no
    record can hold. The same file has the same name, and so the same keys, in every locale.
    """
    return _without_surrogates(name, "replace")


def path_identity(path: Path) -> str:
    """The path as a cursor's key: two paths that differ in any byte differ here."""
    return _without_surrogates(str(path), "backslashreplace")


def _without_surrogates(name: str, errors: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode(errors=errors)
    return name


def forward_fields(given: object) -> object:
    """Fields of a ``ForwardOrigin``, not yet validated, from an object or a link to the origin; ValueError for any
    other text.
    """
    if isinstance(given, str):
        link = post_link(given)
        if link is None:
            raise ValueError("expected an object, or a link to a post: https://t.me/name/42")
        return {"channel_id": link.channel_id, "channel_username": link.username, "message_id": link.message_id}
    if isinstance(given, dict) and isinstance(username := given.get("channel_username"), str):
        return given | {"channel_username": username.removeprefix("@") or None}
    return given


def parse_moment(value: object) -> datetime:
    """A moment in UTC, from ISO 8601 with a zone or from unix time; ValueError says what is wrong.

    Unix time is a number or a number in a string, in seconds (fractions allowed), or by its size in milli-, micro-
    or nanoseconds.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | datetime):
        raise ValueError("expected ISO 8601 with a time zone, or unix time")
    try:
        moment = _to_datetime(value)
        if moment.tzinfo is None:
            raise ValueError("the time zone is missing; write e.g. 2024-05-01T12:00:00Z")
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


def _to_datetime(value: str | float | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        if not (number := _NUMBER.fullmatch(value)):
            try:
                return datetime.fromisoformat(value)
            except ValueError as error:
                raise ValueError("not an ISO 8601 date and time") from error
        value = float(value) if number[1] else int(value)
    if not value > 0:
        raise ValueError("0 and below is no date; leave an unknown date out")
    per_second = next((per_second for least, per_second in _UNITS if value >= least), 1)
    if isinstance(value, int):
        return _EPOCH + timedelta(seconds=value // per_second, microseconds=value % per_second * 10**6 // per_second)
    return _EPOCH + timedelta(microseconds=round(value / per_second * 10**6))
