"""Posts and records that could not be kept: lines of a file, with the reason. Nothing is dropped without one."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import orjson
from prometheus_client import Counter

from ingest.publish.metrics import SetAsideKind
from processors.core.outcomes import Reject
from processors.core.pipeline import PIPELINE_VERSION
from runtime.atomic_file import sync
from runtime.private_files import make_private_file
from schemas import RejectReason, post_key
from sinks.contract import Refusal
from tgwire.embedded.processor import Refused

FILE_NAME: Final = "dead-letters.jsonl"


class DeadLetterFile:
    """The file, made when it is first needed. A line may come twice after a kill, and is never lost; one that a kill
    or a full disk cut short stays as a line of its own.
    """

    def __init__(self, state_dir: Path, counter: Counter | None = None) -> None:
        """``counter`` has the labels ``kind`` and ``reason``."""
        self._counter = counter
        self.path = state_dir / FILE_NAME
        self.written = 0
        self._has_name = False
        """On the disk."""

    def add(self, posts: Sequence[Refused], records: Sequence[Refusal] = ()) -> None:
        """Add raw posts, and records that the store does not take; on the disk before this returns. Raises OSError."""
        lines = [_line(post_key(raw.channel.id, raw.message_id), reject, raw.to_json(), "raw") for raw, reject in posts]
        for refusal in records:
            key = (refusal.message.key or b"").decode("utf-8", "replace")
            reject = Reject(refusal.reason, refusal.text, refusal.field)
            lines.append(_line(key, reject, refusal.message.value or b"", "record"))
        if not lines:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        make_private_file(self.path)
        with self.path.open("a+b") as file:
            if _is_torn(file):
                file.write(b"\n")
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        if not self._has_name:
            sync(self.path.parent)
            self._has_name = True
        self.written += len(lines)
        for _, reject in posts:
            self._count("raw", reject.reason)
        for refusal in records:
            self._count("record", refusal.reason)

    def _count(self, kind: SetAsideKind, reason: RejectReason) -> None:
        if self._counter is not None:
            self._counter.labels(kind, reason.value).inc()


def _is_torn(file: BinaryIO) -> bool:
    """Whether the last line has no end."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _line(key: str, reject: Reject, value: bytes, what: str) -> bytes:
    letter = {
        "key": key,
        "reason": reject.reason.value,
        "field": reject.field,
        "message": reject.message,
        "pipeline_version": PIPELINE_VERSION,
        "failed_at": datetime.now(UTC).isoformat(),
        what: value.decode("utf-8", "replace"),
    }
    return orjson.dumps(letter, option=orjson.OPT_APPEND_NEWLINE)
