"""Files of TGDataset."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.tgdataset.reader import TGDatasetReader

_CHANNEL = re.compile(r'\{\s*"-?[0-9]{1,20}"\s*:')
_FIELDS = re.compile(r'"(?:text_messages|generic_media|creation_date)"\s*:')


class TGDatasetFormat(SeparateFiles):
    """``{"<channel id>": {"username", "title", "text_messages": {...}, "generic_media": {...}}, ...}``."""

    name = "tgdataset"
    title = "TGDataset"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """A channel's id as the first key, and a channel's fields within."""
        if not _CHANNEL.match(sample.text) or not _FIELDS.search(sample.text):
            return None
        return FormatMatch(Certainty.CERTAIN)

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TGDatasetReader)


FORMAT = TGDatasetFormat()
