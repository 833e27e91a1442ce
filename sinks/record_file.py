"""Records to a file of JSON lines."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from runtime.atomic_file import put_in_place
from schemas import Record


class RecordFile:
    """Writes records one to a line, in the order given, as often as they come.

    A context manager: the file gets its name when the block has ended well. Until then a file of that name stays as
    it was, and what is written lies in a hidden file beside it, which is removed when the block is left by an error.
    """

    def __init__(self, path: Path) -> None:
        """OSError names a path that cannot be written."""
        self.path = path
        self._draft = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = self._draft.open("wb")

    def write(self, record: Record) -> None:
        """Append one record as a line of JSON."""
        self.write_lines(record.to_json() + b"\n")

    def write_lines(self, lines: bytes) -> None:
        """Append records that are JSON already, each with the end of its line."""
        self._file.write(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
            if kind is None:
                put_in_place(self._draft, self.path)
        finally:
            self._draft.unlink(missing_ok=True)
