"""A report of what was rejected: JSON lines with the place, the field and the reason of each."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson

from ingest.sources.base import Rejected


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


class RejectedFile:
    """The report; the file is there as soon as there is something to report, and is replaced by the next run."""

    def __init__(self, path: Path) -> None:
        """Nothing is written yet."""
        self.path = path
        self.count = 0
        self._file: BinaryIO | None = None

    def add(self, rejected: Rejected) -> None:
        """Append one; OSError."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("wb")
        self._file.write(orjson.dumps(as_fields(rejected)) + b"\n")
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
