"""TDLib's ids of messages: the server's id times 2^20; the bits below are of messages that the server does not have."""

from ingest.sources.format import InvalidRecordError
from ingest.sources.mapping import ids

STEP = 1 << 20
_LIMIT = STEP << 31


def server_id(value: object, field: str = "id") -> int | None:
    """The server's id; None for a message that it does not have: scheduled, not sent yet, or local.

    Raises InvalidRecordError for what is no id of TDLib, such as one that a script has divided already.
    """
    number = ids.message_id(value, field)
    if not STEP <= number < _LIMIT:
        raise InvalidRecordError("no id of TDLib: those are Telegram's ids times 1,048,576", field)
    return None if number % STEP else number // STEP


def optional_server_id(value: object) -> int | None:
    """The server's id of another message; None for 0, null, and for one that it does not have."""
    try:
        return server_id(value)
    except InvalidRecordError:
        return None
