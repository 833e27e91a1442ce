"""Lines of a file that may still grow, or of a pipe."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import MAX_INPUT_BYTES, NoPost
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_lines.fields import read_line
from schemas import Channel, RawPost, RejectReason

_CHUNK_BYTES = 1 << 20
_TOO_LONG = InvalidRecordError(f"the line is longer than {MAX_INPUT_BYTES} bytes", reason=RejectReason.TOO_LARGE)


class JsonLinesReader:
    """One post a line; see ``fields`` for its form. Blank lines are skipped.

    A broken last line without its line end may still be in writing: it is rejected but not passed.
    """

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            # A pipe is read as lines arrive: nothing may wait for more of it.
            yield from _lines(stream if self._file.path is None else utf8_json(stream))

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert record.line is not None
        options = self._context.options
        return read_line(
            record.raw,
            record.line,
            self._file.name,
            options.lane,
            channel=options.channel,
            channel_of=self._channel_of,
        )

    def _channel_of(self, username: str | None, title: str | None) -> Channel:
        return self._context.channel(username=username, title=title, fallback=self._file.name)


def _lines(stream: BinaryIO) -> Iterator[ArchiveRecord | Filler]:
    end = number = 0
    while line := stream.readline(MAX_INPUT_BYTES + 1):
        number += 1
        start, end = end, end + len(line)
        is_complete = line.endswith(b"\n")
        if len(line) > MAX_INPUT_BYTES and not is_complete:
            yield Filler(line)
            while not is_complete and (chunk := stream.readline(_CHUNK_BYTES)):
                is_complete, end = chunk.endswith(b"\n"), end + len(chunk)
                yield Filler(chunk)
            yield ArchiveRecord(b"", end, start, number, error=_TOO_LONG, is_open=not is_complete)
        elif line.isspace():
            yield Filler(line)
        else:
            # Its line end is no part of a record: a last line that has none gets one when the file grows.
            raw = line.removesuffix(b"\n")
            yield ArchiveRecord(raw, start + len(raw), start, number, is_open=not is_complete)
            yield Filler(line[len(raw) :])
