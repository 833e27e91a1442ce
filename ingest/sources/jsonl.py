"""JSON lines: a file that may still grow, or a pipe."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

import xxhash

from ingest.errors import SourceChangedError, SourceUnreadableError
from ingest.sources.base import MAX_INPUT_BYTES, Item, Position, Rejected
from ingest.sources.identity import path_identity, readable_name
from ingest.sources.post_line import parse_line
from schemas import Lane, RawPost, RejectReason
from schemas.counted import counted
from schemas.files import open_regular

_CHUNK_BYTES = 1 << 20


class JsonLinesSource:
    """Posts of a JSON-lines file or of a binary stream; see ``post_line`` for the form of a line.

    The position is a byte offset with a digest of everything before it, so that a file that has grown is read on and
    one that has changed is an error. Resuming reads the file's done part once, without parsing it. Blank lines are
    skipped. A broken last line without its line end may still be in writing: it is rejected but not passed.
    """

    kind = "jsonl"

    def __init__(self, origin: Path | BinaryIO, name: str, lane: Lane) -> None:
        """``name`` is ``folder/file``, or e.g. ``stdin`` for a stream, which is not closed here."""
        self.name = readable_name(name)
        self.path = origin if isinstance(origin, Path) else None
        self._origin = origin
        self._lane = lane

    @property
    def identity(self) -> str | None:
        """The path; None for a stream."""
        return path_identity(self._origin) if isinstance(self._origin, Path) else None

    @property
    def total_bytes(self) -> int | None:
        """Size of the file now; None for a stream or a file that is gone."""
        try:
            return self._origin.stat().st_size if isinstance(self._origin, Path) else None
        except OSError:
            return None

    def read(self, after: Position | None = None) -> Iterator[Item]:
        """See ``Source``."""
        try:
            with self._open() as stream:
                yield from _Reader(stream, self.name, self._lane).items(after)
        except OSError as error:
            raise SourceUnreadableError(f"{self.name}: cannot be read ({error.strerror}).") from error

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return open_regular(self._origin) if isinstance(self._origin, Path) else nullcontext(self._origin)


class _Reader:
    """One pass over a stream: counts lines and bytes, and digests what it passes."""

    def __init__(self, stream: BinaryIO, name: str, lane: Lane) -> None:
        self._stream, self._name, self._lane = stream, name, lane
        self._digest = xxhash.xxh3_128()
        self._offset = 0
        self._lines = 0
        """Line ends passed."""

    def items(self, after: Position | None) -> Iterator[Item]:
        if after is not None:
            self._skip_to(after)
        while line := self._stream.readline(MAX_INPUT_BYTES + 1):
            start, line_no = self._offset, self._lines + 1
            self._pass(line)
            is_complete = line.endswith(b"\n")
            entry: RawPost | Rejected
            if len(line) > MAX_INPUT_BYTES and not is_complete:
                is_complete = self._pass_rest_of_line()
                entry = Rejected(self._name, RejectReason.TOO_LARGE, _TOO_LONG, line=line_no, offset=start)
            elif line.isspace():
                continue
            else:
                entry = parse_line(line, line_no, self._name, self._lane, start)
            is_settled = is_complete or isinstance(entry, RawPost)
            yield Item(entry, self._position if is_settled else None, line_no)

    @property
    def _position(self) -> Position:
        return Position(self._offset, self._digest.hexdigest())

    def _pass(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self._offset += len(chunk)
        self._lines += chunk.count(b"\n")

    def _pass_rest_of_line(self) -> bool:
        while chunk := self._stream.readline(_CHUNK_BYTES):
            self._pass(chunk)
            if chunk.endswith(b"\n"):
                return True
        return False

    def _skip_to(self, after: Position) -> None:
        while self._offset < after.offset:
            chunk = self._stream.read(min(_CHUNK_BYTES, after.offset - self._offset))
            if not chunk:
                raise self._changed(
                    f"it has {counted(self._offset, 'byte')}, fewer than the {after.offset:,} that were read before"
                )
            self._pass(chunk)
        if self._digest.hexdigest() != after.digest:
            raise self._changed(f"it does not begin with the {counted(after.offset, 'byte')} that were read before")

    def _changed(self, what: str) -> SourceChangedError:
        return SourceChangedError(
            f"{self._name}: the file has changed: {what}. Restore it, or replay it from its start."
        )


_TOO_LONG = f"the line is longer than {MAX_INPUT_BYTES} bytes"
