"""A report of what was rejected: JSON lines with the place, the field and the reason of each."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson

from ingest.sources.base import Rejected
from runtime.atomic_file import put_in_place


def as_fields(rejected: Rejected) -> dict[str, object]:
    """A rejection as one object of JSON."""
    return {
        "type": "rejected",
        "source": rejected.source,
        "line": rejected.line,
        "record": rejected.record,
        "offset": rejected.offset,
        "field": rejected.field,
        "reason": rejected.reason,
        "message": rejected.message,
    }


REJECTED = "rejected.jsonl"
"""Name of the report in a folder of state."""


class RejectedFile:
    """The report; a context manager. It has its name at the end; until then it is a hidden file beside it."""

    def __init__(self, path: Path | None, *, is_partial_kept: bool = True) -> None:
        """Without a path nothing is written. The report of a run that breaks off is deleted unless it is kept."""
        self.path = path
        self.count = 0
        self._is_partial_kept = is_partial_kept
        self._draft = None if path is None else path.with_name(f".{path.name}.part")
        self._file: BinaryIO | None = None

    def add(self, rejected: Rejected) -> None:
        """Append a rejected record; raises OSError."""
        self.count += 1
        if self._draft is None:
            return
        if self._file is None:
            self._draft.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._draft.open("wb")
        self._file.write(orjson.dumps(as_fields(rejected)) + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is None or self._draft is None:
            return
        if self._file is None:
            if kind is None and self.path.exists():
                self.path.write_bytes(b"")  # an earlier report is not of this run
            return
        self._file.close()
        if kind is None or self._is_partial_kept:
            put_in_place(self._draft, self.path)
        else:
            self._draft.unlink()
