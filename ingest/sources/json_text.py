"""One JSON value from bytes, with the place and the kind of what is wrong."""

import json
import re
from typing import NoReturn

import orjson

from ingest.sources.format import InvalidRecordError
from schemas import RejectReason

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAY_HOLD_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF_PAIR = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
_MAY_HOLD_CONSTANT = re.compile(rb"[:,\[]\s*+(?:NaN|-?Infinity)\s*+[,}\]]")


def has_half_pair(raw: bytes) -> bool:
    """Whether JSON escapes half a surrogate pair."""
    return _HALF_PAIR.search(raw) is not None


def parse_json(raw: bytes, *, takes_nan: bool = True) -> object:
    """The value; raises InvalidRecordError (invalid_json) with the byte at fault.

    Two common wounds are healed: half a surrogate pair, of old exports, becomes U+FFFD; NaN and Infinity, which
    Python's json writes for the empty cells of a data frame, become null if ``takes_nan``.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return _leniently(raw, error, takes_nan=takes_nan)


def parse_object(raw: bytes, *, takes_nan: bool = True) -> dict[str, object]:
    """An object; raises InvalidRecordError for any other value, too."""
    value = parse_json(raw, takes_nan=takes_nan)
    if not isinstance(value, dict):
        raise InvalidRecordError("expected a JSON object", reason=RejectReason.INVALID_JSON)
    return value


def key_of(raw: bytes) -> str:
    """A key out of its quotes; "" for a broken one, which is none that a format knows."""
    try:
        return str(parse_json(raw))
    except InvalidRecordError:
        return ""


def _leniently(raw: bytes, error: orjson.JSONDecodeError, *, takes_nan: bool) -> object:
    try:
        text = raw.decode()
    except UnicodeDecodeError as bad:
        message = f"invalid UTF-8 at byte {bad.start} of the record"
        raise InvalidRecordError(message, reason=RejectReason.INVALID_JSON, at=bad.start) from None
    if _MAY_HOLD_SURROGATE.search(raw) or (takes_nan and _MAY_HOLD_CONSTANT.search(raw)):
        try:
            return _without_surrogates(json.loads(text, parse_constant=_null if takes_nan else _refuse_constant))
        except (ValueError, RecursionError):
            pass  # the first error says it better
    is_conflict = _CONFLICT.search(raw) is not None
    detail = "a conflict of git is not resolved" if is_conflict else error.msg if text.strip() else "it is empty"
    where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno} of the record"
    at = len(text[: error.pos].encode())
    raise InvalidRecordError(f"broken JSON at {where}: {detail}", reason=RejectReason.INVALID_JSON, at=at) from None


def _null(constant: str) -> None:
    return None


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", key): _without_surrogates(item) for key, item in value.items()}
    return value
