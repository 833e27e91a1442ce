"""JSON as Telegram Desktop writes it where it is none: control characters and, in 4.1.1, bare paths."""

import re

from ingest.sources.format import InvalidRecordError
from ingest.sources.json_text import parse_json

_CONTROL = re.compile(rb"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")
"""An ``\\x0B`` whose backslash is not itself escaped."""
_BARE_PATH = re.compile(rb'("document_id"\s*:\s*)(?!["\s0-9{\[]|null\b|-[0-9])([^\r\n]*?)(?=\s*(?:,?\s*[\r\n}]|,\s*"))')


def parse(raw: bytes) -> object:
    """The value of a record, repaired where needed; raises InvalidRecordError for what is broken otherwise."""
    try:
        return parse_json(raw)
    except InvalidRecordError:
        mended = _BARE_PATH.sub(_quoted, _CONTROL.sub(rb"\1\\u00\2", raw))
        if mended == raw:
            raise
        try:
            return parse_json(mended)
        except InvalidRecordError:
            pass
        raise


def _quoted(match: re.Match[bytes]) -> bytes:
    path = match[2].replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return match[1] + b'"' + path + b'"'
