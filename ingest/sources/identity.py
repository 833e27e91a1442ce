"""Channels and dates of inputs that name them loosely, or not at all. Nothing is guessed: unknown stays null."""

import re
from datetime import UTC, datetime

from schemas import synthetic_id

_POST_LINK = re.compile(
    r"(?:https?://)?(?:t|telegram)\.me/(?:s/)?(?:c/([1-9][0-9]{0,17})|([A-Za-z][A-Za-z0-9_]+))/([1-9][0-9]{0,17})(?:[?#].*)?"
)


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


def forward_fields(given: object) -> object:
    """Fields of a ``ForwardOrigin``, not yet validated, from an object or a link to the origin."""
    if isinstance(given, str):
        match = _POST_LINK.fullmatch(given.strip())
        if match is None:
            return given
        channel_id, username, message_id = match.groups()
        named = {"channel_username": username} if username else {"channel_id": int(channel_id)}
        return named | {"message_id": int(message_id)}
    if isinstance(given, dict) and isinstance(username := given.get("channel_username"), str):
        return given | {"channel_username": username.removeprefix("@") or None}
    return given


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
