"""The Pushshift Telegram data set: messages, channels and accounts, each in a file of JSON lines (``.ndjson.zst``)."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.pushshift.reader import PushshiftReader
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.telethon.format import MESSAGE, PEER

_RETRIEVED = re.compile(r'[{,]\s*"retrieved_utc"\s*:')
_CHANNEL = re.compile(r'\{\s*"_"\s*:\s*"(?:Channel(?:Forbidden)?|(?:messages\.)?ChatFull)"')
_ACCOUNT = re.compile(r'\{\s*"_"\s*:\s*"User(?:Full)?"')


class PushshiftFormat(SeparateFiles):
    """Telethon's old layout, and ``retrieved_utc``: when a message was read, and so when its views were counted."""

    name = "pushshift"
    title = "Pushshift Telegram data set"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """Lines of Telegram's objects that say when they were retrieved. Channels and accounts hold no posts."""
        if sample.json is None or sample.json.is_list or not _RETRIEVED.search(sample.text):
            return None
        if MESSAGE.search(sample.text) and PEER.search(sample.text):
            return FormatMatch(Certainty.CERTAIN)
        for pattern, what in ((_CHANNEL, "channels"), (_ACCOUNT, "accounts")):
            if pattern.search(sample.text):
                return FormatMatch(Certainty.CERTAIN, holds_posts=False, note=f"{what} of the Pushshift data set")
        return None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, PushshiftReader)


FORMAT = PushshiftFormat()
