"""Saved pages of public previews (t.me/s/NAME), as they were fetched or as a browser saved them."""

import io
import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.saved_preview.mhtml import page_of

_HISTORY = re.compile(
    r"""class=["'][^"'<>]*(?:tgme_channel_history|js-widget_message)[\s"'_]"""
    r"""|class=["'](?:[^"'<>]*\s)?tgme_widget_message[\s"'][^<>]{0,500}\bdata-post="""
)
"""Of a page, or of messages cut out of one."""
_STYLE = re.compile(r"\.tgme_(?:channel_history|widget_message)\b")
"""A page that holds its styles may have none of its messages in what is looked at."""
_NO_HISTORY = re.compile(r"""class=["']tgme_page(?:_wrap)?[\s"']""")
_ARCHIVE = re.compile(r"^content-type:\s*multipart/related\b", re.IGNORECASE | re.MULTILINE)
_HEADER_CHARACTERS = 8192


class SavedPreviewFormat(SeparateFiles):
    """Pages with messages of class ``tgme_widget_message``, as ``.html`` or within ``.mhtml``. Pages of one channel may
    overlap, and give the same keys.
    """

    name = "saved-preview"
    title = "saved t.me/s page"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """By classes of the page, which every browser keeps."""
        text = sample.text
        if _ARCHIVE.search(text[:_HEADER_CHARACTERS]):
            text = page_of(io.BytesIO(sample.head)).read().decode(errors="replace")
        elif not text.startswith("<"):
            return None
        if _HISTORY.search(text):
            return FormatMatch(Certainty.CERTAIN)
        if _STYLE.search(text):
            return FormatMatch(Certainty.LIKELY)
        if _NO_HISTORY.search(text):
            return FormatMatch(Certainty.LIKELY, holds_posts=False, note="a page about a channel, without its posts")
        return None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        from ingest.sources.saved_preview.reader import SavedPreviewReader  # a parser that few commands need

        return RecordSource(self.name, files, options, SavedPreviewReader)


FORMAT = SavedPreviewFormat()
