"""Bytes of a message -> a model, or the reason why not. The reason names a place, never a piece of the post."""

import re
from typing import TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from processors.core.dedup.fingerprint import VERSION
from processors.core.outcomes import Reject
from schemas import FingerprintBatch, RawPost, RejectReason
from schemas.field_path import field_path
from schemas.fingerprints import FingerprintError
from schemas.validation_messages import reason_of

T = TypeVar("T")
_VERSION = re.compile(r"None|True|False|-?[0-9.]{1,12}|'[0-9.]{0,8}'", re.ASCII)
"""Anything else in place of the version may be a piece of the post, and is not repeated."""

RAW_POST: TypeAdapter[RawPost] = TypeAdapter(RawPost)


def decode(adapter: TypeAdapter[T], value: bytes | None) -> T | Reject:
    """The model that the bytes hold. A value that is none, or no valid one, is a ``Reject``."""
    if value is None:
        return Reject(RejectReason.INVALID_JSON, "the message has no value")
    try:
        return adapter.validate_json(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        if details[0]["type"] == "json_invalid":
            return Reject(RejectReason.INVALID_JSON, _json_fault(value))
        return _field_fault(details)


def decode_fingerprints(value: bytes | None, epoch: int) -> FingerprintBatch | Reject:
    """The value of ``posts.fingerprints``. One whose posts are not comparable with ours is a ``Reject``, too."""
    if value is None:
        return Reject(RejectReason.INVALID_FIELD, "the message has no value")
    try:
        batch = FingerprintBatch.read(value)
    except FingerprintError as error:
        is_other = error.is_other_version
        reason = RejectReason.UNKNOWN_SCHEMA_VERSION if is_other else RejectReason.INVALID_FIELD
        return Reject(reason, error.message, error.field)
    for name, given, ours in (("version", batch.version, VERSION), ("epoch", batch.epoch, epoch)):
        if given != ours:
            return Reject(RejectReason.UNKNOWN_SCHEMA_VERSION, f"{name} {given} is not comparable with {ours}", name)
    return batch


def _json_fault(value: bytes) -> str:
    try:
        value.decode("utf-8")
        orjson.loads(value)
    except UnicodeDecodeError as error:
        return f"invalid UTF-8 at byte {error.start}"
    except orjson.JSONDecodeError as error:
        return f"invalid JSON at byte {len(error.doc[: error.pos].encode())}: {error.msg.split(':')[0]}"
    return "invalid JSON: too deep, or a number out of range"


def _field_fault(details: list[ErrorDetails]) -> Reject:
    for detail in details:
        if detail["loc"][-1:] == ("schema_version",):
            given = repr(detail["input"])
            version = f"schema_version {given}" if _VERSION.fullmatch(given) else "it"
            return Reject(RejectReason.UNKNOWN_SCHEMA_VERSION, f"{version} is not known here", "schema_version")
    first = details[0]
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return Reject(RejectReason.INVALID_FIELD, reason_of(first), "type")
    return Reject(RejectReason.INVALID_FIELD, reason_of(first) + more, field_path(first["loc"]))
