"""The message id of a record that gives no post, in any format: for what an archive holds, not for posts."""

import re

from ingest.sources.channel_fields import parse_id
from ingest.sources.format import ArchiveRecord
from schemas.keys import ID_LIMIT

_ID_FIELDS = ("message_id", "id", "msg_id", "Message ID")
_AROUND = ("channel_post", "edited_channel_post", "message", "edited_message")
"""Fields of updates that hold the message."""
_HTML = re.compile(rb"""\bid\s*=\s*["']?message([1-9][0-9]{0,18})\b""")
_HTML_HEAD_BYTES = 200
_OF_TDLIB = frozenset(("chat_id", "content"))
_TDLIB_STEP = 1 << 20
"""TDLib has Telegram's ids times this; its messages have these fields."""


def message_id_of(record: ArchiveRecord) -> int | None:
    """The id, as far as the record says one plainly; None for any other."""
    value = record.value
    if not isinstance(value, dict):
        match = _HTML.search(record.raw, 0, _HTML_HEAD_BYTES)
        return int(match[1]) if match else None
    message = next((value[name] for name in _AROUND if isinstance(value.get(name), dict)), value)
    number = parse_id(next((message[name] for name in _ID_FIELDS if message.get(name) is not None), None))
    if type(number) is not int or not 0 < number < ID_LIMIT:
        return None
    return number // _TDLIB_STEP if number % _TDLIB_STEP == 0 and message.keys() >= _OF_TDLIB else number
