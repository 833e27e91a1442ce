"""Ids of channels and messages, as archives write them."""

from ingest.sources.channel_fields import parse_channel_id, parse_id
from ingest.sources.format import InvalidRecordError
from schemas.keys import ID_LIMIT


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


def optional_message_id(value: object) -> int | None:
    """The id of another message (a reply, a forward's origin); None for null, 0 and what cannot be one."""
    number = parse_id(value)
    return number if type(number) is int and 0 < number < ID_LIMIT else None


def album_id(value: object) -> int | None:
    """Telegram's ``grouped_id`` of 64 bits, with a sign; None for null, 0 and what is none."""
    number = parse_id(value)
    return number if type(number) is int and number and -(1 << 63) <= number < 1 << 63 else None


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
    """The same for the channel of a forward or a reply; None for what is no channel."""
    try:
        return channel_id(value)
    except InvalidRecordError:
        return None
