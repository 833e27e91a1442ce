"""Records to a file of JSON lines."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from schemas import Record


class JsonLinesSink:
    """Writes records one to a line, in the order given, as often as it is told."""

    def __init__(self, path: Path) -> None:
        """Open the file anew; OSError names the path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("wb")

    def write(self, record: Record) -> None:
        """Append one record."""
        self._file.write(record.model_dump_json().encode() + b"\n")

    def close(self) -> None:
        """Write out what is buffered, and close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
