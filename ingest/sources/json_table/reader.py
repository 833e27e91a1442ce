"""Records of a JSON text of any layout."""

import re
from collections.abc import Iterator, Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import NoPost
from ingest.sources.byte_window import ByteWindow
from ingest.sources.context import ReadContext
from ingest.sources.format import ArchiveRecord, Filler, InvalidRecordError
from ingest.sources.json_comments import utf8_json
from ingest.sources.json_frames import JsonFrames, Path
from ingest.sources.json_table.frame import TableFrame
from ingest.sources.json_table.outline import RecordsOutline, are_alike, find_records
from ingest.sources.sample import SAMPLE_BYTES, object_keys
from ingest.sources.table.columns import Layout, checked, with_map
from ingest.sources.table.fields import RowMapper
from ingest.sources.table.source import remark_on
from schemas import RawPost, RejectReason

_EMPTY_LIST = re.compile(r"\[\s*\]\s*\Z")


class JsonTableReader:
    """Posts of a table of any layout."""

    def __init__(self, files: Sequence[ArchiveFile], context: ReadContext) -> None:
        (self._file,) = files
        self._context = context
        self._mapper: RowMapper | None = None
        self._frame = TableFrame()

    def layout(self) -> Layout:
        """See ``HasLayout``."""
        with self._file.open() as stream:
            return self._begin(ByteWindow(utf8_json(stream)))[1]

    def _begin(self, window: ByteWindow) -> tuple[RecordsOutline | None, Layout]:
        window.fill_to(SAMPLE_BYTES)
        text = window.peek(SAMPLE_BYTES).decode(errors="replace")
        given, name = self._context.options.columns, self._file.name
        records = find_records(text, frozenset(part for _, column in given for part in (column, column.split(".")[0])))
        layout = records.layout if records is not None else Layout(())
        return records, checked(with_map(layout, given, name), given, name)

    def records(self) -> Iterator[ArchiveRecord | Filler]:
        """See ``RecordReader``."""
        with self._file.open() as stream:
            window = ByteWindow(utf8_json(stream))
            window.fill_to(SAMPLE_BYTES)
            if _EMPTY_LIST.match(window.peek(SAMPLE_BYTES).decode(errors="replace")):
                yield Filler(window.take(len(window)))
                return
            records, layout = self._begin(window)
            remark_on(layout, self._context)
            if records is None:
                error = InvalidRecordError("no objects in a list, nor one a line", reason=RejectReason.INVALID_JSON)
                yield ArchiveRecord(b"", 1, 0, number=1, error=error, is_open=True)
                return
            self._mapper = RowMapper(layout, self._context)
            yield from self._framed(window, records)

    def _framed(self, window: ByteWindow, records: RecordsOutline) -> Iterator[ArchiveRecord | Filler]:
        frames = JsonFrames(window, records.pattern, lambda head: _is_alike(head, records), self._frame.learn)
        path: Path | None = None
        for each in frames.records():
            if (frames.path != path or self._frame.is_changed) and self._mapper is not None:
                path, self._frame.is_changed = frames.path, False
                self._mapper.name_channel(self._frame.around(path), self._frame.key(path))
            yield each

    def post(self, record: ArchiveRecord) -> RawPost | NoPost:
        """See ``RecordReader``."""
        assert self._mapper is not None
        return self._mapper.post_of(record)


def _is_alike(head: bytes, records: RecordsOutline) -> bool:
    """Whether an object has keys as the first record, and of what makes a post one at least."""
    found = frozenset(object_keys(head.decode(errors="replace"), 0))
    fields = records.layout.fields
    needed = {fields[field].split(".")[0] for field in ("id", "text", "date", "link") if field in fields}
    return are_alike(found, frozenset(records.keys)) and (not needed or not needed.isdisjoint(found))
