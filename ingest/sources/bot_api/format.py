"""Updates of the Bot API, as ``getUpdates`` and webhooks give them."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.bot_api.reader import BotApiReader
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample

_UPDATE = re.compile(r'[{,]\s*"update_id"\s*:\s*[0-9]')
_MESSAGE = re.compile(r'[{,]\s*"(?:edited_)?(?:channel_post|message)"\s*:\s*\{')


class BotApiFormat(SeparateFiles):
    """``{"update_id": 5, "channel_post": {"message_id", "chat": {"id": -100...}, "date", "text"|"caption", ...}}``."""

    name = "bot-api"
    title = "Bot API updates"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The number of an update and a message."""
        if sample.json is None or not (_UPDATE.search(sample.text) and _MESSAGE.search(sample.text)):
            return None
        return FormatMatch(Certainty.CERTAIN)

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, BotApiReader)


FORMAT = BotApiFormat()
