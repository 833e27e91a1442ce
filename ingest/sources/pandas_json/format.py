"""JSON of pandas (``DataFrame.to_json``) in the layouts that are no list of objects."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.pandas_json.frame_layout import FrameLayout, frame_layout_of
from ingest.sources.pandas_json.reader import PandasJsonReader
from ingest.sources.sample import Sample
from ingest.sources.table.source import TableSource

_REFUSED = {
    FrameLayout.ROWS: "rows without names of columns; DataFrame.to_json(FILE, orient='records', lines=True) has them",
    FrameLayout.TEXTS: "texts without ids and dates; they are read as lines of objects: jq -c '.[] | {text: .}' FILE",
}


class PandasJsonFormat(SeparateFiles):
    """``{"columns", "index", "data"}``, ``{column: {key: value}}``, ``{key: row}``, ``{channel: {key: row}}``."""

    name = "pandas"
    title = "JSON of pandas"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The frame of its layouts. A list of lists or of texts is nobody's, and is refused with a reason."""
        frame = frame_layout_of(sample.text)
        if frame in _REFUSED:
            return FormatMatch(Certainty.FALLBACK, holds_posts=False, note=_REFUSED[frame], is_fault=True)
        if frame is None:
            return None
        return FormatMatch(
            Certainty.CERTAIN if frame in (FrameLayout.SPLIT, FrameLayout.BY_COLUMN) else Certainty.LIKELY
        )

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return TableSource(self.name, files, options, PandasJsonReader)


FORMAT = PandasJsonFormat()
