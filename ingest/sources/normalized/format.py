"""Our own records: values of ``posts.normalized``, as ``tgwire replay --direct`` and ``tgwire parse`` write them."""

from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.normalized.reader import NormalizedReader
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample

_KEYS = {"type", "schema_version", "key"}
_COMPANIONS = {
    "quote": "quotes, which are found in posts again",
    "duplicate": "duplicates, which are found among posts again",
    "counters": "counts of posts, without the posts",
    "dead_letter": "dead letters; tgwire dead-letters replays those",
}


class NormalizedFormat(SeparateFiles):
    """Lines of ``{"type": "post", "schema_version": 1, "key": "tg:...", ...}``, and tombstones."""

    name = "normalized"
    title = "records of tgwire"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The type of the first record; records of other topics hold no posts."""
        shape = sample.json
        if shape is None or not set(shape.keys or shape.first_keys) >= _KEYS:
            return None
        kind = shape.first.get("type")
        if kind in _COMPANIONS:
            return FormatMatch(Certainty.CERTAIN, holds_posts=False, note=_COMPANIONS[str(kind)])
        is_post = '"type":"post"' in sample.text[:200] or '"type": "post"' in sample.text[:200]  # also one that is cut
        return FormatMatch(Certainty.CERTAIN) if kind in ("post", "tombstone") or is_post else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, NormalizedReader)


FORMAT = NormalizedFormat()
