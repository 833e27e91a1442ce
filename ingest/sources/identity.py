"""Channels and dates of inputs that name them loosely, or not at all. Nothing is guessed: unknown stays null."""

import os
from datetime import UTC, datetime
from pathlib import Path

from schemas import synthetic_id


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


def readable_name(name: str) -> str:
    """A name of the file system as UTF-8: Python hands on bytes that the locale does not know as surrogates, which no
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


def parse_moment(value: object) -> datetime:
    """A moment in UTC, from ISO 8601 with a zone or from unix seconds; ValueError says what is wrong."""
    if isinstance(value, bool) or not isinstance(value, str | int | datetime):
        raise ValueError("expected ISO 8601 with a time zone, or unix seconds as an integer")
    if isinstance(value, int) and value <= 0:
        raise ValueError("0 and below is no date; leave an unknown date out")
    try:
        moment = _to_datetime(value)
        if moment.tzinfo is None:
            raise ValueError("the time zone is missing; write e.g. 2024-05-01T12:00:00Z")
        return moment.astimezone(UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("out of range; unix times are in seconds") from error


def _to_datetime(value: str | int | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError("not an ISO 8601 date and time") from error
    try:
        return datetime.fromtimestamp(value, UTC)
    except ValueError as error:
        raise OverflowError from error
