"""Secrets are removed from log events: by the name of a field, and inside of texts."""

import re
from collections.abc import Mapping

from pydantic import SecretBytes, SecretStr
from structlog.typing import EventDict, WrappedLogger

MASK = "***"

_NAME = r"(?:\w*(?:password|passwd|secret|token|credentials)|api_hash|auth_key|phone(?:_number)?|session(?:_string)?)"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_ASSIGNMENT = re.compile(
    rf"""(?P<name>\b{_NAME}\b["']?\s*[=:]\s*)(?P<value>"[^"]*"|'[^']*'|SecretStr\([^)]*\)|[^\s,;&)}}\]]+)""",
    re.IGNORECASE,
)
_URL_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+(?=@)")


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what is secret in an event, tracebacks included: a structlog processor."""
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: object, value: object) -> object:
    if value is None or isinstance(value, bool) or name in ("_record", "_from_structlog"):
        return value
    if isinstance(value, SecretStr | SecretBytes) or _SECRET_NAME.fullmatch(str(name)):
        return MASK
    if isinstance(value, str):
        return _URL_CREDENTIALS.sub(MASK, _ASSIGNMENT.sub(rf"\g<name>{MASK}", value))
    if isinstance(value, Mapping):
        return {str(key): _masked(key, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", inner) for inner in value]
    return value
