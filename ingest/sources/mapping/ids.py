"""Ids of channels and messages, as archives write them."""

from ingest.sources.channel_fields import parse_channel_id, parse_id
from ingest.sources.context import ReadContext
from ingest.sources.format import InvalidRecordError
from schemas.keys import ID_LIMIT

_MIGRATED = 1_000_000_000
"""Subtracted from ids of the group that a supergroup was made of."""
_INT64 = range(-(1 << 63), 1 << 63)


class OtherChatError(Exception):
    """A message is of a group of the old kind, or of a private chat."""


def message_id(value: object, field: str = "id") -> int:
    """A message's id from a number, digits in a string or "123.0"; InvalidRecordError for any other."""
    if type(value) is int and 0 < value < ID_LIMIT:
        return value
    number = parse_id(value)
    if type(number) is not int:
        raise InvalidRecordError("missing; it is required" if value is None else "expected a whole number", field)
    if not 0 < number < ID_LIMIT:
        raise InvalidRecordError(f"no message has the id {number}" if abs(number) < 1 << 70 else "out of range", field)
    return number


def exported_message_id(value: object) -> int:
    """The same of a message that Telegram Desktop has exported: an id below zero is of another group."""
    number = value if type(value) is int else parse_id(value)
    if type(number) is int and -_MIGRATED <= number < 0:
        raise InvalidRecordError("a message of the group that became this supergroup: its id is of another chat", "id")
    return message_id(value)


def optional_message_id(context: ReadContext, value: object, field: str) -> int | None:
    """The id of another message (a reply, a forward's origin); None for null and 0, and with a warning for what cannot
    be one.
    """
    if type(value) is int and 0 < value < ID_LIMIT:
        return value
    return _optional(context, value, field, range(1, ID_LIMIT))


def album_id(context: ReadContext, value: object, field: str) -> int | None:
    """Telegram's ``grouped_id`` of 64 bits, with a sign; else as ``optional_message_id``."""
    if type(value) is int and value and value in _INT64:
        return value
    return _optional(context, value, field, _INT64)


def media_id(context: ReadContext, value: object, field: str) -> str | None:
    """Telegram's id of a file or a poll, of any number of digits; else as ``optional_message_id``."""
    if type(value) is int or isinstance(value, str):
        return str(value) if value else None
    if value is not None:
        context.unknown(field, "id")
    return None


def _optional(context: ReadContext, value: object, field: str, valid: range) -> int | None:
    if value is None or value == "":
        return None
    number = parse_id(value)
    if type(number) is int and (number in valid or not number):
        return number or None
    context.unknown(field, "id")
    return None


def channel_id(value: object, field: str = "channel_id") -> int | None:
    """The bare id of a channel, also from -100...; None for null. InvalidRecordError for the id of anything else."""
    if value is None or value == "":
        return None
    try:
        number = parse_channel_id(value)
    except ValueError as error:
        raise InvalidRecordError(str(error), field) from None
    if type(number) is not int or not 0 < number < ID_LIMIT:
        raise InvalidRecordError("expected the id of a channel", field)
    return number


def optional_channel_id(value: object) -> int | None:
    """The same for a channel that is described beside the posts; None for what is no channel."""
    try:
        return channel_id(value)
    except InvalidRecordError:
        return None


def origin_id(context: ReadContext, value: object, field: str) -> int | None:
    """The same for the channel of a forward or a reply: None for that of a person or a group, and with a warning for
    what is no id at all.
    """
    if type(value) is int and 0 < value < ID_LIMIT:
        return value
    found = optional_channel_id(value)
    if found is None and value is not None and value != "":
        number = parse_id(value)
        if type(number) is not int or abs(number) >= _INT64.stop:
            context.unknown(field, "id")
    return found
