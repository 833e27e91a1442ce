"""A record as a line."""

from collections.abc import Iterable

import orjson

from schemas import RejectReason
from sinks.contract import Message, Refusal


def lines_of(messages: Iterable[Message]) -> tuple[list[bytes], list[Refusal]]:
    """The line of each message, with its end; and what cannot be one.

    A record stays byte for byte as it is. A null, which withdraws a key, becomes ``{"type":"withdrawn","key":KEY}``.
    """
    lines: list[bytes] = []
    refused: list[Refusal] = []
    for message in messages:
        value = message.value
        if value is None:
            line = _withdrawn(message)
        else:
            try:
                record = orjson.loads(value)
            except orjson.JSONDecodeError as error:
                line = Refusal(message, RejectReason.INVALID_JSON, f"invalid JSON at character {error.pos}")
            else:
                if not isinstance(record, dict):
                    line = Refusal(message, RejectReason.INVALID_FIELD, "not an object")
                else:
                    line = (value if b"\n" not in value else orjson.dumps(record)) + b"\n"
        if isinstance(line, bytes):
            lines.append(line)
        else:
            refused.append(line)
    return lines, refused


def _withdrawn(message: Message) -> bytes | Refusal:
    try:
        key = (message.key or b"").decode()
    except UnicodeDecodeError as error:
        return Refusal(message, RejectReason.INVALID_FIELD, f"a key that is not UTF-8 at byte {error.start}", "key")
    if not key:
        return Refusal(message, RejectReason.INVALID_FIELD, "neither key nor value", "key")
    return orjson.dumps({"type": "withdrawn", "key": key}) + b"\n"
