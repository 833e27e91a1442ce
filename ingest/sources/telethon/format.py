"""Dumps of Telethon's messages: ``to_dict`` or ``to_json``, one after the other or in a list."""

import re
from collections.abc import Sequence

from ingest.sources.archive_file import ArchiveFile
from ingest.sources.base import Source
from ingest.sources.format import Certainty, FormatMatch, SeparateFiles
from ingest.sources.options import ReadOptions
from ingest.sources.record_source import RecordSource
from ingest.sources.sample import Sample
from ingest.sources.telethon.reader import TelethonReader

MESSAGE = re.compile(r'\{\s*"_"\s*:\s*"[Mm]essage(?:Service|Empty)?"')
"""A message's beginning. Quotes within texts have a backslash before them, and do not match."""
_ANSWER = re.compile(
    r'\{\s*"_"\s*:\s*"(?:(?:messages\.)?(?:Channel)?Messages|messages\.(?:channelM|m)essages)(?:Slice)?"'
)
PEER = re.compile(r'[{,]\s*"(?:peer_id|to_id)"\s*:')
_OF_GRAMJS = re.compile(r'"peerId"\s*:\s*\{[^{}]{0,200}"className"\s*:\s*"Peer')


class TelethonFormat(SeparateFiles):
    """``{"_": "Message", "id", "peer_id"|"to_id", ...}``; also as the programs of ``dialects`` write it."""

    name = "telethon"
    title = "Telethon dump"

    def detect(self, sample: Sample) -> FormatMatch | None:
        """The mark of Telegram's class, with a peer."""
        shape = sample.json
        if shape is None:
            return None
        if _ANSWER.match(sample.text, sample.text[:1] == "[") or _OF_GRAMJS.search(sample.text):
            return FormatMatch(Certainty.CERTAIN)
        has_peer = PEER.search(sample.text) is not None
        if MESSAGE.search(sample.text):
            return FormatMatch(Certainty.CERTAIN) if has_peer else None
        keys = set(shape.first_keys)
        return FormatMatch(Certainty.LIKELY) if has_peer and {"id", "date", "message"} <= keys else None

    def open(self, files: Sequence[ArchiveFile], options: ReadOptions) -> Source:
        """See ``Format``."""
        return RecordSource(self.name, files, options, TelethonReader)


FORMAT = TelethonFormat()
