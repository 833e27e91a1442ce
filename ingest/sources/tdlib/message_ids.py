"""TDLib's ids of messages: the server's id times 2^20; the bits below are of messages that the server does not have."""

from ingest.sources.context import ReadContext
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


def optional_server_id(context: ReadContext, value: object, field: str) -> int | None:
    """The server's id of another message; None for 0, null, and for one that it does not have; with a warning for what
    is no id of TDLib.
    """
    number = ids.optional_message_id(context, value, field)
    try:
        return None if number is None else server_id(number)
    except InvalidRecordError:
        context.unknown(field, "id of TDLib")
        return None
